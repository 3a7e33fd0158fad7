//! The proof: a small JWT that is good for one request.

use aws_lc_rs::digest;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::json;
use url::Url;

use super::DpopKey;
use crate::AccessToken;

pub(crate) const ALGORITHM: &str = "ES256";

/// What one request has to prove (RFC 9449, 4.2).
pub(super) struct DpopProof<'a> {
    pub(super) method: &'static str,
    pub(super) url: &'a Url,
    pub(super) issued_at: i64,
    pub(super) jti: &'a str,
    pub(super) nonce: Option<&'a str>,
    /// The token that the request presents.
    pub(super) access_token: Option<&'a AccessToken>,
}

impl DpopProof<'_> {
    pub(super) fn sign(&self, key: &DpopKey) -> Option<String> {
        let header = json!({"typ": "dpop+jwt", "alg": ALGORITHM, "jwk": key.public_jwk()});
        let mut payload = json!({
            "htm": self.method,
            "htu": target(self.url),
            "iat": self.issued_at,
            "jti": self.jti,
        });
        let extra = [
            ("nonce", self.nonce.map(str::to_owned)),
            ("ath", self.access_token.map(token_hash)),
        ];
        for (name, value) in extra {
            if let (Some(value), Some(payload)) = (value, payload.as_object_mut()) {
                payload.insert(name.to_owned(), value.into());
            }
        }
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let message = format!(
            "{}.{}",
            encode(header.to_string().as_bytes()),
            encode(payload.to_string().as_bytes())
        );
        let signature = key.sign(message.as_bytes())?;
        Some(format!("{message}.{}", encode(&signature)))
    }
}

/// The query and the fragment are not part of `htu`.
fn target(url: &Url) -> String {
    let mut bare = url.clone();
    bare.set_query(None);
    bare.set_fragment(None);
    bare.into()
}

/// The `ath` claim, which binds the proof to the access token beside it.
pub(super) fn token_hash(token: &AccessToken) -> String {
    let hash = digest::digest(&digest::SHA256, token.expose_secret().as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(hash)
}
