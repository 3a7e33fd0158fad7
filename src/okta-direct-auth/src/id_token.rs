//! ID tokens: trusted only after every check (OpenID Connect Core, 3.1.3.7; RFC 8725).

mod cause;
mod claims;
mod jws;

use std::sync::Arc;

pub(crate) use self::{
    cause::{Cause, refused},
    claims::{ExpectedClaims, OTHER_ISSUER, Proof, TokenOrigin, audience, check, is_begun, issued_and_expires, moment},
    jws::{Jws, JwtType},
};

use crate::{Claims, Client, Error, ErrorKind, IdToken, cache::Asker, keys::KeySet, optional_claims::Dropped};

/// In seconds. Beyond this, our clock is too far off to judge a token by.
pub const LARGEST_SKEW: u64 = 300;

const CLOCK_OFF: Cause = "clock_off";
const KID_UNKNOWN: Cause = "kid_unknown";

impl Client {
    /// Checks a token and returns its claims.
    pub(crate) async fn verify(&self, token: &IdToken, expected: ExpectedClaims<'_>) -> Result<Claims, Error> {
        let jws = Jws::parse(token.expose_secret(), JwtType::IdToken).map_err(refused)?;
        // The token came from Okta's own endpoint, so a key id that is not known here yet is from Okta too.
        let keys = self.keys_for(&jws, Asker::Okta).await?;
        let examined = examine(&jws, &keys, &expected, self.okta_now());
        let (claims, dropped) = examined.map_err(|cause| match cause {
            OTHER_ISSUER => refused(cause).with_issuers(expected.issuer, jws.issuer().as_deref()),
            _ => refused(cause),
        })?;
        dropped.tell("id_token");
        let is_met =
            expected.acr_values.is_empty() || claims.acr.as_ref().is_some_and(|acr| expected.acr_values.contains(acr));
        if is_met {
            Ok(claims)
        } else {
            Err(Error::new(ErrorKind::AcrUnmet, "acr_not_among_those_asked_for"))
        }
    }

    /// The keys to check a token with. Fails if our clock is too far off.
    pub(crate) async fn keys_for(&self, jws: &Jws<'_>, asker: Asker) -> Result<Arc<KeySet>, Error> {
        // Boxed: it seldom has to fetch anything, and is too large to be part of every token call's future.
        let keys = Box::pin(self.keys_with(jws.key_id(), asker)).await?;
        // Checked only now: fetching the keys may just have told us Okta's time.
        if self.skew().unsigned_abs() > LARGEST_SKEW {
            return Err(refused(CLOCK_OFF));
        }
        Ok(keys)
    }
}

/// The offline part of the check.
pub(crate) fn examine(
    jws: &Jws<'_>,
    keys: &KeySet,
    expected: &ExpectedClaims<'_>,
    now: i64,
) -> Result<(Claims, Dropped), Cause> {
    let key = keys.find(jws.key_id()).ok_or(KID_UNKNOWN)?;
    check(jws.verified_by(key)?, expected, now)
}

/// Whether the fault may be on our side: with a correct clock or newer keys the token might pass.
pub(crate) fn is_unjudged(error: &Error) -> bool {
    matches!(error.cause(), CLOCK_OFF | KID_UNKNOWN) || error.kind() == ErrorKind::Unavailable
}

#[cfg(test)]
pub(crate) mod tests;
