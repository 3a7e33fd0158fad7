//! The envelope: three parts, one algorithm, one signature.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

use super::Refused;
use crate::{keys::SigningKey, wire::UniqueObject};

const LARGEST_TOKEN: usize = 16 * 1024;

/// A token in the right form, of which nothing is believed yet.
pub(crate) struct Jws<'t> {
    /// Header and payload as they were signed.
    message: &'t str,
    key_id: Option<String>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'t> Jws<'t> {
    pub(crate) fn parse(token: &'t str) -> Result<Self, Refused> {
        if token.len() > LARGEST_TOKEN {
            return Err("token_too_large");
        }
        let (message, signature) = token.rsplit_once('.').ok_or("not_three_parts")?;
        let (header, payload) = message.split_once('.').ok_or("not_three_parts")?;
        if payload.contains('.') {
            return Err("not_three_parts");
        }
        Ok(Self {
            message,
            key_id: key_id(&decode(header)?)?,
            payload: decode(payload)?,
            signature: decode(signature)?,
        })
    }

    pub(crate) fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// The payload, if that key signed it.
    pub(crate) fn verified_by(&self, key: &SigningKey) -> Result<&[u8], Refused> {
        if key.verifies(self.message.as_bytes(), &self.signature) {
            Ok(&self.payload)
        } else {
            Err("signature")
        }
    }
}

fn decode(part: &str) -> Result<Vec<u8>, Refused> {
    BASE64_URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| "not_base64url")
}

/// The algorithm is ours to choose, and a key or an address of one in the header is ignored: only the issuer's key
/// set counts.
fn key_id(header: &[u8]) -> Result<Option<String>, Refused> {
    let UniqueObject(header) =
        serde_json::from_slice(header).map_err(|_| "header_not_an_object")?;
    if header.get("alg").and_then(Value::as_str) != Some("RS256") {
        return Err("alg_not_rs256");
    }
    // None of the extensions that these announce is understood here.
    if header.contains_key("crit") || header.contains_key("b64") {
        return Err("header_critical");
    }
    match header.get("typ") {
        None => {}
        Some(Value::String(kind)) if kind.eq_ignore_ascii_case("JWT") => {}
        Some(_) => return Err("typ_not_jwt"),
    }
    match header.get("kid") {
        None => Ok(None),
        Some(Value::String(id)) if !id.is_empty() => Ok(Some(id.clone())),
        Some(_) => Err("kid_malformed"),
    }
}
