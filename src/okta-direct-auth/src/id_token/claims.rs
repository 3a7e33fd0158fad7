//! The claims: subject, audience, issuer and times.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::cause::Cause;
use crate::{
    Claims,
    optional_claims::{Dropped, OptionalClaims, whole},
    wire::UniqueObject,
};

pub(crate) const OTHER_ISSUER: Cause = "iss";
/// How far two correct clocks may differ, in seconds.
const SKEW: i64 = 60;
/// In seconds. A token is fetched the moment it is issued, so it cannot be older.
const OLDEST_ISSUE: i64 = 300;
const LONGEST_SUB: usize = 255;

/// What the token must contain.
#[derive(Clone, Copy)]
pub(crate) struct ExpectedClaims<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    /// The access token that came with it.
    pub(crate) access_token: Option<&'a str>,
    pub(crate) acr_values: &'a [String],
    pub(crate) origin: TokenOrigin<'a>,
}

/// How a token was obtained, and what it must then contain.
#[derive(Clone, Copy)]
pub(crate) enum TokenOrigin<'a> {
    /// By factors that were sent to Okta from here.
    Direct,
    /// On Okta's hosted page.
    Hosted(Proof<'a>),
    /// By a refresh token of the user with this `sub`.
    Refresh(&'a str),
}

/// What the token must prove about a sign-in that took place at Okta.
#[derive(Clone, Copy)]
pub(crate) struct Proof<'a> {
    /// The token answers the request with this nonce.
    pub(crate) nonce: &'a str,
    /// The user authenticated at this time or later, in seconds since 1970.
    pub(crate) not_before: Option<i64>,
}

/// Checks a payload whose signature is valid. Subject, audience, issuer and validity must be exactly right; any other
/// claim that is malformed is left out and named.
pub(crate) fn check(payload: &[u8], expected: &ExpectedClaims<'_>, now: i64) -> Result<(Claims, Dropped), Cause> {
    let UniqueObject(payload) = serde_json::from_slice(payload).map_err(|_| "payload_not_an_object")?;
    parties(&payload, expected)?;
    let sub = subject(&payload, expected)?;
    let mut optional = OptionalClaims::new(&payload);
    let times = Times::check(&payload, optional.seconds("auth_time"), now)?;
    if optional.number("ver").is_some_and(|version| version != 1) {
        return Err("ver");
    }
    proof(&payload, expected.origin)?;
    access_token_hash(&payload, expected)?;
    let claims = Claims {
        sub,
        issuer: expected.issuer.to_owned(),
        issued_at: times.issued_at,
        expires_at: times.expires_at,
        auth_time: times.auth_time,
        amr: optional.texts("amr"),
        acr: optional.text("acr"),
        name: optional.text("name"),
        preferred_username: optional.text("preferred_username"),
        email: optional.text("email"),
        email_verified: optional.flag("email_verified"),
        groups: optional.texts("groups"),
    };
    Ok((claims, optional.dropped()))
}

fn proof(payload: &Map<String, Value>, origin: TokenOrigin<'_>) -> Result<(), Cause> {
    match (origin, payload.get("nonce")) {
        // No nonce was sent, so this token answers another request.
        (TokenOrigin::Direct, Some(_)) => Err("nonce_unasked"),
        (TokenOrigin::Hosted(_), None) => Err("nonce_missing"),
        (TokenOrigin::Hosted(proof), Some(nonce)) if nonce.as_str() != Some(proof.nonce) => Err("nonce_differs"),
        (TokenOrigin::Hosted(proof), Some(_)) => proven_since(payload, proof.not_before),
        // A refreshed token may repeat the nonce of its sign-in (OpenID Connect Core, 12.2). That has served its
        // purpose: this token did not pass through a browser.
        (TokenOrigin::Direct, None) | (TokenOrigin::Refresh(_), _) => Ok(()),
    }
}

fn proven_since(payload: &Map<String, Value>, not_before: Option<i64>) -> Result<(), Cause> {
    let Some(not_before) = not_before else {
        return Ok(());
    };
    let proven = integer(payload, "auth_time")?.ok_or("auth_time_missing")?;
    if proven.saturating_add(SKEW) < not_before {
        return Err("auth_time_too_old");
    }
    Ok(())
}

fn parties(payload: &Map<String, Value>, expected: &ExpectedClaims<'_>) -> Result<(), Cause> {
    if payload.get("iss").and_then(Value::as_str) != Some(expected.issuer) {
        return Err(OTHER_ISSUER);
    }
    if audience(payload) != Some(expected.client_id) {
        return Err("aud");
    }
    match payload.get("azp") {
        None => Ok(()),
        Some(party) if party.as_str() == Some(expected.client_id) => Ok(()),
        Some(_) => Err("azp"),
    }
}

/// The only audience of a token; `None` if it has several.
pub(crate) fn audience(payload: &Map<String, Value>) -> Option<&str> {
    match payload.get("aud")? {
        Value::String(one) => Some(one),
        Value::Array(list) => match list.as_slice() {
            [only] => only.as_str(),
            _ => None,
        },
        _ => None,
    }
}

fn subject(payload: &Map<String, Value>, expected: &ExpectedClaims<'_>) -> Result<String, Cause> {
    let sub = payload.get("sub").and_then(Value::as_str).ok_or("sub_missing")?;
    if sub.is_empty() || sub.len() > LONGEST_SUB {
        return Err("sub_length");
    }
    match expected.origin {
        TokenOrigin::Refresh(expected) if expected != sub => return Err("sub_of_someone_else"),
        TokenOrigin::Refresh(_) | TokenOrigin::Direct | TokenOrigin::Hosted(_) => {}
    }
    Ok(sub.to_owned())
}

struct Times {
    issued_at: SystemTime,
    expires_at: SystemTime,
    auth_time: Option<SystemTime>,
}

impl Times {
    fn check(payload: &Map<String, Value>, auth_time: Option<u64>, now: i64) -> Result<Self, Cause> {
        let (iat, exp) = issued_and_expires(payload, now)?;
        if iat < now.saturating_sub(OLDEST_ISSUE) {
            return Err("iat_too_old");
        }
        is_begun(payload, now)?;
        let auth_time = auth_time.map(|time| i64::try_from(time).unwrap_or(i64::MAX));
        if auth_time.is_some_and(|time| time > now.saturating_add(SKEW)) {
            return Err("auth_time_in_the_future");
        }
        Ok(Self {
            issued_at: moment(iat)?,
            expires_at: moment(exp)?,
            auth_time: auth_time.map(moment).transpose()?,
        })
    }
}

/// When a token was issued and when it expires, if it is valid now.
pub(crate) fn issued_and_expires(payload: &Map<String, Value>, now: i64) -> Result<(i64, i64), Cause> {
    let exp = integer(payload, "exp")?.ok_or("exp_missing")?;
    if exp.saturating_add(SKEW) <= now {
        return Err("exp_past");
    }
    let iat = integer(payload, "iat")?.ok_or("iat_missing")?;
    if iat > now.saturating_add(SKEW) {
        return Err("iat_in_the_future");
    }
    Ok((iat, exp))
}

/// Refuses a token that is not valid yet.
pub(crate) fn is_begun(payload: &Map<String, Value>, now: i64) -> Result<(), Cause> {
    match integer(payload, "nbf")? {
        Some(nbf) if nbf > now.saturating_add(SKEW) => Err("nbf_in_the_future"),
        _ => Ok(()),
    }
}

/// Binds the ID token to the access token beside it (OpenID Connect Core, 3.1.3.6).
fn access_token_hash(payload: &Map<String, Value>, expected: &ExpectedClaims<'_>) -> Result<(), Cause> {
    match (payload.get("at_hash"), expected.access_token) {
        (None, _) => Ok(()),
        (Some(hash), Some(token)) if hash.as_str() == Some(&at_hash(token)) => Ok(()),
        (Some(_), _) => Err("at_hash"),
    }
}

/// The left half of the token's SHA-256.
pub(super) fn at_hash(token: &str) -> String {
    let hash = digest::digest(&digest::SHA256, token.as_bytes());
    let left: Vec<u8> = hash.as_ref().iter().take(16).copied().collect();
    BASE64_URL_SAFE_NO_PAD.encode(left)
}

/// A claim that must be a number if it is present.
fn integer(payload: &Map<String, Value>, name: &str) -> Result<Option<i64>, Cause> {
    match payload.get(name) {
        None => Ok(None),
        Some(value) => whole(value).map(Some).ok_or("number_malformed"),
    }
}

pub(crate) fn moment(seconds: i64) -> Result<SystemTime, Cause> {
    let seconds = u64::try_from(seconds).map_err(|_| "number_malformed")?;
    UNIX_EPOCH
        .checked_add(Duration::from_secs(seconds))
        .ok_or("number_malformed")
}
