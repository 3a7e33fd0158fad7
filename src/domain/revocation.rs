//! Pending revocations: tokens of ended sessions that are still to be revoked at Okta.

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;

use super::session::{Tokens, after};

/// The pause after the first try; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(30);

const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// The share of a pause by which it may be shortened.
const SPREAD: f64 = 0.25;

/// The lifetime of a refresh token of the org's own authorization server, used or not. Custom servers may be configured
/// with a longer one; by default theirs is shorter.
const REFRESH_TOKEN_LIFE: Duration = Duration::from_hours(90 * 24);

/// The longest life that Okta allows an access token.
const ACCESS_TOKEN_LIFE: Duration = Duration::from_hours(24);

/// The client that caused a session to end; passed on to Okta, as with every call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requester {
    /// The address of the browser; `None` when no browser asked.
    pub address: Option<IpAddr>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
}

/// Tokens that are still to be revoked.
#[derive(Debug, Clone)]
pub struct PendingRevocation {
    pub tokens: Tokens,
    /// The client on whose behalf they are revoked.
    pub requester: Requester,
    /// When they became pending.
    pub since: Timestamp,
    /// How many tries Okta has not accepted.
    pub tries: u32,
}

impl PendingRevocation {
    /// The pending revocation for these tokens; `None` when there is nothing to revoke.
    pub fn new(tokens: Tokens, requester: Requester, now: Timestamp) -> Option<Self> {
        // The ID token that ends the browser's session at Okta is of no use without the browser.
        let tokens = Tokens {
            okta_session: None,
            ..tokens
        };
        (!tokens.is_empty()).then_some(Self {
            tokens,
            requester,
            since: now,
            tries: 0,
        })
    }

    /// The time of the next try, for a try in progress at `now`. `share`, from 0 to 1, depends on the revocation, so
    /// that those created together are not all tried together.
    pub fn next_try(&self, now: Timestamp, share: f64) -> Timestamp {
        let doublings = self.tries.min(16);
        let pause = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
        after(now, pause.mul_f64(1.0 - SPREAD * share.clamp(0.0, 1.0)))
    }

    /// Whether the store has not handed it out yet: the flow that made it may still try at once.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.tries == 0 && now < self.next_try(self.since, 1.0)
    }

    /// Whether no revocation made at that moment can have been given up by now.
    pub fn is_kept_since(moment: Timestamp, now: Timestamp) -> bool {
        now < after(moment, ACCESS_TOKEN_LIFE)
    }

    /// Whether the tokens have expired at Okta by themselves.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        let life = if self.tokens.refresh.is_some() {
            REFRESH_TOKEN_LIFE
        } else {
            ACCESS_TOKEN_LIFE
        };
        now >= after(self.since, life)
    }
}

#[cfg(test)]
mod tests {
    use okta_direct_auth::RefreshToken;

    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour() {
        let now = Timestamp::UNIX_EPOCH;
        let tokens = Tokens {
            access: None,
            refresh: Some(RefreshToken::new("r")),
            access_expires: now,
            dpop: None,
            okta_session: None,
        };
        let mut revocation = PendingRevocation::new(tokens, Requester::default(), now).unwrap();
        let mut pauses = Vec::new();
        for tries in [0, 1, 2, 6, 7, 40, u32::MAX] {
            revocation.tries = tries;
            pauses.push(revocation.next_try(now, 0.0).duration_since(now).as_secs());
        }
        assert_eq!(pauses, [30, 60, 120, 1920, 3600, 3600, 3600]);
        revocation.tries = 0;
        assert!(revocation.is_fresh(after(now, Duration::from_secs(22))));
        assert!(!revocation.is_fresh(after(now, Duration::from_secs(23))));
        revocation.tries = 1;
        let spread = [0.5, 1.0].map(|share| revocation.next_try(now, share).duration_since(now));
        assert_eq!(spread.map(|pause| pause.as_millis()), [52_500, 45_000]);
        assert!(!revocation.has_expired(after(now, Duration::from_hours(90 * 24 - 1))));
        assert!(revocation.has_expired(after(now, Duration::from_hours(90 * 24))));
    }

    #[test]
    fn without_tokens_nothing_is_to_be_revoked() {
        let none = Tokens {
            access: None,
            refresh: None,
            access_expires: Timestamp::UNIX_EPOCH,
            dpop: None,
            okta_session: None,
        };
        assert!(PendingRevocation::new(none, Requester::default(), Timestamp::UNIX_EPOCH).is_none());
    }
}
