//! Universal Logout: Okta's order to end every session of a user (draft-parecki-oauth-global-token-revocation).

use std::{fmt, time::SystemTime};

use serde_json::{Map, Value};

use crate::{
    Client, Error,
    cache::Asker,
    id_token::{Cause, Jws, JwtType, audience, is_begun, issued_and_expires, moment, refused},
    keys::KeySet,
    wire::UniqueObject,
};

/// Okta's orders are valid for five minutes; a replay guard must not have to remember them for long.
const LONGEST_LIFE: i64 = 600;
const LONGEST_JTI: usize = 255;

/// An order from Okta that passed every check but one: the caller must check that it is no replay.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GlobalTokenRevocation {
    /// The order's own id; at most 255 bytes.
    pub jti: String,
    /// The issuer of the order. It can only be about this issuer's users.
    pub issuer: String,
    /// The order is refused from a minute after this on, by Okta's clock, which may differ from ours by five minutes.
    pub expires_at: SystemTime,
}

impl Client {
    /// Checks the bearer token of a request to end every session of a user. `audience` is the address that is
    /// registered with Okta, without query or fragment.
    pub async fn global_token_revocation(&self, jwt: &str, audience: &str) -> Result<GlobalTokenRevocation, Error> {
        let jws = Jws::parse(jwt, JwtType::GlobalTokenRevocation).map_err(refused)?;
        let keys = self.keys_for(&jws, Asker::Stranger).await?;
        let expected = ExpectedOrder {
            issuer: &self.shared.issuer,
            client_id: &self.config().client_id,
            audience,
        };
        examine(&jws, &keys, &expected, self.okta_now()).map_err(refused)
    }
}

/// What the token must contain.
pub(crate) struct ExpectedOrder<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) audience: &'a str,
}

/// The offline part of the check.
fn examine(
    jws: &Jws<'_>,
    keys: &KeySet,
    expected: &ExpectedOrder<'_>,
    now: i64,
) -> Result<GlobalTokenRevocation, Cause> {
    let key = keys.find(jws.key_id()).ok_or("kid_unknown")?;
    check(jws.verified_by(key)?, expected, now)
}

/// Checks a payload whose signature is valid.
pub(crate) fn check(payload: &[u8], expected: &ExpectedOrder<'_>, now: i64) -> Result<GlobalTokenRevocation, Cause> {
    let UniqueObject(payload) = serde_json::from_slice(payload).map_err(|_| "payload_not_an_object")?;
    let text = |name: &str| payload.get(name).and_then(Value::as_str);
    if text("iss") != Some(expected.issuer) {
        return Err("iss");
    }
    if text("sub") != Some(expected.client_id) {
        return Err("sub_not_this_client");
    }
    if audience(&payload) != Some(expected.audience) {
        return Err("aud");
    }
    let expires_at = moment(expiry(&payload, now)?)?;
    let jti = text("jti").ok_or("jti_missing")?;
    if jti.is_empty() || jti.len() > LONGEST_JTI {
        return Err("jti_length");
    }
    Ok(GlobalTokenRevocation {
        jti: jti.to_owned(),
        issuer: expected.issuer.to_owned(),
        expires_at,
    })
}

fn expiry(payload: &Map<String, Value>, now: i64) -> Result<i64, Cause> {
    let (iat, exp) = issued_and_expires(payload, now)?;
    if !(1..=LONGEST_LIFE).contains(&exp.saturating_sub(iat)) {
        return Err("lifetime");
    }
    is_begun(payload, now)?;
    Ok(exp)
}

impl fmt::Debug for GlobalTokenRevocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GlobalTokenRevocation")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
