//! The JWS envelope: three parts, one algorithm, one signature.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

use super::cause::Cause;
use crate::{keys::SigningKey, wire::UniqueObject};

/// A user with a hundred groups of long names has some tens of KiB of claims.
const LARGEST_ID_TOKEN: usize = 64 * 1024;
/// A logout order names only its issuer and this client, and anybody may send one.
const LARGEST_ORDER: usize = 16 * 1024;

/// What a token is for. Its header says so, and one kind never passes for another (RFC 8725, 3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JwtType {
    IdToken,
    GlobalTokenRevocation,
}

/// A well-formed token, nothing of which is trusted yet.
pub(crate) struct Jws<'t> {
    /// Header and payload as they were signed.
    message: &'t str,
    key_id: Option<String>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'t> Jws<'t> {
    pub(crate) fn parse(token: &'t str, kind: JwtType) -> Result<Self, Cause> {
        if token.len() > kind.largest() {
            return Err("token_too_large");
        }
        let (message, signature) = token.rsplit_once('.').ok_or("not_three_parts")?;
        let (header, payload) = message.split_once('.').ok_or("not_three_parts")?;
        if payload.contains('.') {
            return Err("not_three_parts");
        }
        Ok(Self {
            message,
            key_id: key_id(&decode(header)?, kind)?,
            payload: decode(payload)?,
            signature: decode(signature)?,
        })
    }

    pub(crate) fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// The issuer that the payload names. It must have been verified before: only Okta's own words may be logged.
    pub(crate) fn issuer(&self) -> Option<String> {
        let UniqueObject(payload) = serde_json::from_slice(&self.payload).ok()?;
        Some(payload.get("iss")?.as_str()?.to_owned())
    }

    /// The payload, if that key signed it.
    pub(crate) fn verified_by(&self, key: &SigningKey) -> Result<&[u8], Cause> {
        if key.verifies(self.message.as_bytes(), &self.signature) {
            Ok(&self.payload)
        } else {
            Err("signature")
        }
    }
}

fn decode(part: &str) -> Result<Vec<u8>, Cause> {
    BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| "not_base64url")
}

/// The algorithm is ours to choose, and a key or a key's address in the header is ignored: only the issuer's key set
/// counts.
fn key_id(header: &[u8], kind: JwtType) -> Result<Option<String>, Cause> {
    let UniqueObject(header) = serde_json::from_slice(header).map_err(|_| "header_not_an_object")?;
    if header.get("alg").and_then(Value::as_str) != Some("RS256") {
        return Err("alg_not_rs256");
    }
    // None of the extensions that these announce is supported here.
    if header.contains_key("crit") || header.contains_key("b64") {
        return Err("header_critical");
    }
    kind.check(header.get("typ"))?;
    match header.get("kid") {
        None => Ok(None),
        Some(Value::String(id)) if !id.is_empty() => Ok(Some(id.clone())),
        Some(_) => Err("kid_malformed"),
    }
}

impl JwtType {
    const fn largest(self) -> usize {
        match self {
            Self::IdToken => LARGEST_ID_TOKEN,
            Self::GlobalTokenRevocation => LARGEST_ORDER,
        }
    }

    fn check(self, typ: Option<&Value>) -> Result<(), Cause> {
        match (self, typ) {
            (Self::IdToken, None) => Ok(()),
            (Self::IdToken, Some(Value::String(typ))) if typ.eq_ignore_ascii_case("JWT") => Ok(()),
            (Self::IdToken, Some(_)) => Err("typ_not_jwt"),
            (Self::GlobalTokenRevocation, Some(Value::String(typ))) if typ == "global-token-revocation+jwt" => Ok(()),
            (Self::GlobalTokenRevocation, _) => Err("typ_not_global_token_revocation"),
        }
    }
}
