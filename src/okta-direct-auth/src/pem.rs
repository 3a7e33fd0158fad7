//! Just enough PEM (RFC 7468) to find one private key.

use base64::{Engine, prelude::BASE64_STANDARD};

/// The content of the first private-key block.
pub(crate) fn decode(pem: &str) -> Option<Vec<u8>> {
    let mut lines = pem.lines().map(str::trim);
    lines.find(|line| line.starts_with("-----BEGIN ") && line.ends_with("PRIVATE KEY-----"))?;
    let mut base64 = String::new();
    for line in lines {
        if line.starts_with("-----END ") {
            return BASE64_STANDARD.decode(base64).ok();
        }
        base64.push_str(line);
    }
    None
}
