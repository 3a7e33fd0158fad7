//! Checks an assertion, and reads the key from a new passkey's attestation.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::Value as Json;

use super::{
    Passkey, PublicKey,
    cbor::{self, Value},
};
use crate::ids::unb64;

const USER_PRESENT: u8 = 0x01;
const HAS_KEY: u8 = 0x40;

/// What the browser sends back, decoded.
#[derive(Debug)]
pub(crate) struct Assertion {
    pub(crate) authenticator_data: Vec<u8>,
    pub(crate) client_data: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    pub(crate) user_handle: Option<Vec<u8>>,
}

#[derive(Debug)]
pub(crate) struct Expected<'a> {
    pub(crate) rp_id: &'a str,
    /// Empty allows any port of `http://localhost`.
    pub(crate) origins: &'a [String],
    pub(crate) challenge: &'a str,
}

impl Passkey {
    /// Checks the assertion and, when it is good, remembers its counter.
    pub(crate) fn accept(&mut self, assertion: &Assertion, expected: &Expected<'_>) -> bool {
        let Some(seen) = AuthenticatorData::parse(&assertion.authenticator_data) else {
            return false;
        };
        let is_right_place = seen.rp_id_hash == digest(&SHA256, expected.rp_id.as_bytes()).as_ref()
            && is_client_data(&assertion.client_data, "webauthn.get", expected);
        let is_fresh = (seen.counter == 0 && self.counter == 0) || seen.counter > self.counter;
        if !is_right_place || !is_fresh || seen.flags & USER_PRESENT == 0 {
            return false;
        }
        let hash = digest(&SHA256, &assertion.client_data);
        let signed = [assertion.authenticator_data.as_slice(), hash.as_ref()].concat();
        let is_good = self.key.is_signature(&signed, &assertion.signature);
        if is_good {
            self.counter = seen.counter;
        }
        is_good
    }
}

struct AuthenticatorData<'a> {
    rp_id_hash: &'a [u8],
    flags: u8,
    counter: u32,
    rest: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (rp_id_hash, rest) = bytes.split_at_checked(32)?;
        let (&flags, rest) = rest.split_first()?;
        let (counter, rest) = rest.split_first_chunk::<4>()?;
        Some(Self {
            rp_id_hash,
            flags,
            counter: u32::from_be_bytes(*counter),
            rest,
        })
    }
}

/// The challenge that the browser says it answered.
pub(crate) fn challenge_of(client_data: &[u8]) -> Option<String> {
    let data: Json = serde_json::from_slice(client_data).ok()?;
    Some(data.get("challenge")?.as_str()?.trim_end_matches('=').to_owned())
}

fn is_client_data(bytes: &[u8], kind: &str, expected: &Expected<'_>) -> bool {
    let Ok(data) = serde_json::from_slice::<Json>(bytes) else {
        return false;
    };
    let text = |name: &str| data.get(name).and_then(Json::as_str).unwrap_or_default();
    let is_right_challenge = challenge_of(bytes).as_deref() == Some(expected.challenge);
    text("type") == kind && is_right_challenge && is_allowed(text("origin"), expected.origins)
}

fn is_allowed(origin: &str, allowed: &[String]) -> bool {
    if !allowed.is_empty() {
        return allowed.iter().any(|known| known == origin);
    }
    match origin.strip_prefix("http://localhost") {
        Some("") => true,
        Some(rest) => rest
            .strip_prefix(':')
            .is_some_and(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit())),
        None => false,
    }
}

/// The id and key of a new passkey, from an attestation object of any format (its statement is not checked).
pub(crate) fn attested(attestation: &str, rp_id: &str) -> Option<(Vec<u8>, PublicKey)> {
    let object = unb64(attestation)?;
    let (object, _) = cbor::read(&object)?;
    let data = object.get(&Value::Text("authData".to_owned()))?.bytes()?;
    let seen = AuthenticatorData::parse(data)?;
    if seen.flags & HAS_KEY == 0 || seen.rp_id_hash != digest(&SHA256, rp_id.as_bytes()).as_ref() {
        return None;
    }
    let (_aaguid, rest) = seen.rest.split_at_checked(16)?;
    let (len, rest) = rest.split_first_chunk::<2>()?;
    let (id, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
    let (cose, _) = cbor::read(rest)?;
    Some((id.to_vec(), PublicKey::from_cose(&cose)?))
}
