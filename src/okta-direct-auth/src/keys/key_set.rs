//! The published key set, as far as it can sign ID tokens.

use std::time::Duration;

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;

use crate::{
    Error,
    cache::Fetched,
    transport::Facts,
    wire::{json, nonsense},
};

const LARGEST_SET: usize = 64 * 1024;
const MOST_KEYS: usize = 50;
/// In bytes: 2048 bits.
const SHORTEST_MODULUS: usize = 256;
/// Okta allows weeks, but a key that was withdrawn in an emergency should not be accepted here for that long.
const LONGEST_FRESH: Duration = Duration::from_hours(1);
const SHORTEST_FRESH: Duration = Duration::from_mins(1);

/// The keys that may sign ID tokens.
#[derive(Debug)]
pub(crate) struct KeySet(Vec<SigningKey>);

/// An RSA key for RS256, parsed once and not for each token.
#[derive(Clone, Debug)]
pub(crate) struct SigningKey {
    id: Option<String>,
    key: ParsedPublicKey,
}

impl SigningKey {
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.verify_sig(message, signature).is_ok()
    }
}

#[derive(Deserialize)]
struct RawSet {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct RawKey {
    kty: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    kid: Option<String>,
    n: String,
    e: String,
}

impl KeySet {
    pub(crate) fn read(body: &[u8], facts: &Facts) -> Result<Fetched<Self>, Error> {
        if body.len() > LARGEST_SET {
            return Err(nonsense("key_set_too_large"));
        }
        let RawSet { keys } = json(body, facts)?;
        if keys.len() > MOST_KEYS {
            return Err(nonsense("too_many_keys"));
        }
        // Keys of other kinds are ignored; they are not an error.
        let keys: Vec<_> = keys.into_iter().filter_map(SigningKey::read).collect();
        if keys.is_empty() {
            return Err(nonsense("no_usable_key"));
        }
        let fresh_for = facts
            .max_age
            .unwrap_or(LONGEST_FRESH)
            .clamp(SHORTEST_FRESH, LONGEST_FRESH);
        Ok(Fetched {
            value: Self(keys),
            fresh_for,
        })
    }

    /// The key with this id. Without an id, the only key, if there is just one.
    pub(crate) fn find(&self, id: Option<&str>) -> Option<&SigningKey> {
        match (id, self.0.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(_), keys) => keys.iter().find(|key| key.id.as_deref() == id),
        }
    }
}

impl SigningKey {
    fn read(value: serde_json::Value) -> Option<Self> {
        let raw: RawKey = serde_json::from_value(value).ok()?;
        let is_for_us = raw.kty == "RSA"
            && raw.usage.is_none_or(|usage| usage == "sig")
            && raw.alg.is_none_or(|alg| alg == "RS256");
        if !is_for_us {
            return None;
        }
        let number = |text: String| {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            Some(bytes.into_iter().skip(zeros).collect::<Vec<u8>>())
        };
        let (n, e) = (number(raw.n)?, number(raw.e)?);
        if n.len() < SHORTEST_MODULUS {
            return None;
        }
        let key = RsaPublicKeyComponents { n, e }.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256);
        Some(Self {
            id: raw.kid,
            key: key.ok()?,
        })
    }
}
