//! Files of certificates to trust.

use std::path::PathBuf;

use super::reader::{Reader, Reported};

/// Largest file, in bytes.
const LIMIT: u64 = 1024 * 1024;

const MARK: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// The certificates in the file that `path` names, in PEM form.
pub(super) fn read(reader: &mut Reader, path: &str) -> Result<Option<Vec<u8>>, Reported> {
    let Some(file) = reader.get_optional::<PathBuf>(path)? else {
        return Ok(None);
    };
    let pem = reader.file(path, &file, LIMIT)?;
    if pem.windows(MARK.len()).any(|window| window == MARK) {
        return Ok(Some(pem));
    }
    reader.refuse(
        path,
        "holds no certificate in PEM form",
        "a file that starts with -----BEGIN CERTIFICATE-----",
    );
    Err(Reported)
}
