//! A portal session: who, how, and until when.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use okta_direct_auth::{AccessToken, RefreshToken};

use super::factor::Factor;

/// How long sessions live.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// A session ends after this long without use.
    pub idle: Duration,
    /// A session ends this long after the sign-in whatever happens.
    pub absolute: Duration,
}

/// Who Okta says the customer is. `subject` is the stable key; names and addresses may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Okta's `sub`.
    pub subject: String,
    /// The name to greet with.
    pub name: String,
    /// The login that was typed or that Okta names.
    pub login: String,
    /// The email address, when Okta gave one.
    pub email: Option<String>,
    /// Group names, when Okta gave any.
    pub groups: Vec<String>,
    /// The assurance Okta names.
    pub acr: Option<String>,
    /// The methods Okta names.
    pub amr: Vec<String>,
    /// When Okta says that the customer proved it.
    pub auth_time: Timestamp,
}

/// The tokens behind a session. Used to end it at Okta, never shown.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The access token; absent for attestations.
    pub access: Option<AccessToken>,
    /// The refresh token; absent when the org gives none.
    pub refresh: Option<RefreshToken>,
}

/// A session. The store drops it at its end; ending it earlier goes through `flow::sign_out`.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who.
    pub identity: Identity,
    /// The factors this service saw accepted, in order.
    pub factors: Vec<Factor>,
    /// When it began.
    pub started: Timestamp,
    /// The last use that counted.
    pub last_used: Timestamp,
    /// The end that no use moves.
    pub expires: Timestamp,
    /// Okta's tokens.
    pub tokens: Tokens,
}

/// Adds a duration, saturating at the end of time.
pub fn after(moment: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    moment.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// The time from `now` to `moment`; zero when it has passed.
pub fn until(now: Timestamp, moment: Timestamp) -> Duration {
    Duration::try_from(moment.duration_since(now)).unwrap_or_default()
}

impl Session {
    /// When the session ends if it is not used again.
    pub fn idle_expires(&self, lifetimes: Lifetimes) -> Timestamp {
        after(self.last_used, lifetimes.idle).min(self.expires)
    }

    /// Whether it may still be used.
    pub fn is_live(&self, lifetimes: Lifetimes, now: Timestamp) -> bool {
        now < self.idle_expires(lifetimes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        let started = Timestamp::from_second(1_800_000_000).unwrap();
        Session {
            identity: Identity {
                subject: "00u1".to_owned(),
                name: "Robin".to_owned(),
                login: "robin@example.com".to_owned(),
                email: None,
                groups: Vec::new(),
                acr: None,
                amr: Vec::new(),
                auth_time: started,
            },
            factors: vec![Factor::Password],
            started,
            last_used: started,
            expires: after(started, Duration::from_hours(12)),
            tokens: Tokens {
                access: None,
                refresh: None,
            },
        }
    }

    const LIFETIMES: Lifetimes = Lifetimes {
        idle: Duration::from_mins(30),
        absolute: Duration::from_hours(12),
    };

    #[test]
    fn sec_204_idle_and_absolute_ends_hold_to_the_second() {
        let mut session = session();
        let start = session.started;
        assert!(session.is_live(LIFETIMES, after(start, Duration::from_secs(1799))));
        assert!(!session.is_live(LIFETIMES, after(start, Duration::from_mins(30))));

        session.last_used = after(start, Duration::from_mins(12 * 60 - 1));
        assert!(session.is_live(LIFETIMES, after(start, Duration::from_secs(12 * 3600 - 1))));
        assert!(!session.is_live(LIFETIMES, after(start, Duration::from_hours(12))));
    }
}
