//! A session: its customer, the proof, and how long it lives.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};
use okta_direct_auth::{AccessToken, DpopKey, IdToken, RefreshToken, TokenSet};

use super::browser::Browser;
use super::end::EndReason;
use super::factor::Factor;
use super::identity::{Identity, Interned};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// The session ends after this long without use.
    pub idle: Duration,
    /// The session ends this long after the sign-in, whatever happens.
    pub absolute: Duration,
}

/// How long sessions live, by what was chosen at the sign-in.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// For customers who did not ask to be kept signed in.
    pub usual: Lifetime,
    /// For customers who asked to be kept signed in; `None`: that is not offered.
    pub remembered: Option<Lifetime>,
}

impl Lifetimes {
    /// The lifetime of a new or running session. A remembered session becomes a usual one when remembering is no longer
    /// offered.
    pub fn of(&self, is_remembered: bool) -> Lifetime {
        let remembered = self.remembered.filter(|_| is_remembered);
        remembered.unwrap_or(self.usual)
    }
}

/// The tokens behind a session. Used to revalidate it and to end it at Okta, never shown.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The access token; absent for attestations.
    pub access: Option<AccessToken>,
    /// The refresh token; absent when the org gives none.
    pub refresh: Option<RefreshToken>,
    /// When the access token expires.
    pub access_expires: Timestamp,
    /// The key that the tokens are bound to (DPoP, RFC 9449).
    pub dpop: Option<DpopKey>,
    /// The ID token that Okta requires before it ends the session that the browser has there; only where Okta's hosted
    /// page was used.
    pub okta_session: Option<IdToken>,
}

impl Tokens {
    /// Whether there is nothing to revoke.
    pub fn is_empty(&self) -> bool {
        self.access.is_none() && self.refresh.is_none()
    }

    /// Whether both have the same access token.
    pub fn has_access_of(&self, other: &Self) -> bool {
        match (&self.access, &other.access) {
            (Some(one), Some(other)) => one.expose_secret() == other.expose_secret(),
            (None, None) => true,
            _ => false,
        }
    }
}

impl From<Box<TokenSet>> for Tokens {
    fn from(tokens: Box<TokenSet>) -> Self {
        Self {
            access_expires: after(moment(tokens.claims.issued_at), tokens.expires_in),
            access: tokens.access_token,
            refresh: tokens.refresh_token,
            dpop: tokens.dpop_key,
            okta_session: None,
        }
    }
}

/// The facts of a session. Only Okta's answers change them. Its tokens are kept separately: they are opened only when
/// needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The customer.
    pub identity: Identity,
    /// The factors this service saw accepted, in order.
    pub factors: Interned<Vec<Factor>>,
    /// When it began.
    pub started: Timestamp,
    /// Its absolute end.
    pub expires: Timestamp,
    /// When Okta last confirmed these facts.
    pub checked: Timestamp,
    /// Whether the customer asked to be kept signed in.
    pub is_remembered: bool,
    /// Whether the browser got a session at Okta as well, by signing in at Okta's hosted page.
    pub is_hosted: bool,
    /// The browser it runs in.
    pub browser: Browser,
}

impl Session {
    /// Its absolute end: as set at the sign-in, or earlier when the settings have become stricter.
    pub fn ends(&self, lifetimes: Lifetimes) -> Timestamp {
        let absolute = lifetimes.of(self.is_remembered).absolute;
        self.expires.min(after(self.started, absolute))
    }
}

/// A session and its last recorded use.
#[derive(Debug, Clone)]
pub struct Live {
    pub session: Arc<Session>,
    /// Grows whenever the facts of the session change.
    pub version: u64,
    pub last_used: Timestamp,
}

/// Adds a duration, saturating at the latest representable time.
pub fn after(moment: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    moment.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// Converts Okta's time to ours.
pub fn moment(time: SystemTime) -> Timestamp {
    Timestamp::try_from(time).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The time from `now` to `moment`; zero when it has passed.
pub fn until(now: Timestamp, moment: Timestamp) -> Duration {
    Duration::try_from(moment.duration_since(now)).unwrap_or_default()
}

impl Live {
    /// When the session ends if it is not used again.
    pub fn idle_expires(&self, lifetimes: Lifetimes) -> Timestamp {
        let idle = lifetimes.of(self.session.is_remembered).idle;
        after(self.last_used, idle).min(self.session.ends(lifetimes))
    }

    /// Which limit ends it if it is not used again.
    pub fn limit(&self, lifetimes: Lifetimes) -> EndReason {
        if self.idle_expires(lifetimes) < self.session.ends(lifetimes) {
            EndReason::Idle
        } else {
            EndReason::Absolute
        }
    }

    /// Whether it may still be used.
    pub fn is_live(&self, lifetimes: Lifetimes, now: Timestamp) -> bool {
        now < self.idle_expires(lifetimes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::identity::Person;

    fn live() -> Live {
        let started = Timestamp::from_second(1_800_000_000).unwrap();
        let session = Session {
            identity: Identity::from(Person {
                subject: "00u1".to_owned(),
                name: "Robin".to_owned(),
                login: "robin@example.com".to_owned(),
                email: None,
                groups: Vec::new(),
                acr: None,
                amr: Vec::new(),
                auth_time: started,
            }),
            factors: vec![Factor::Password].into(),
            started,
            expires: after(started, Duration::from_hours(12)),
            checked: started,
            is_remembered: false,
            is_hosted: false,
            browser: Browser::default(),
        };
        Live {
            version: 0,
            session: Arc::new(session),
            last_used: started,
        }
    }

    const LIFETIMES: Lifetimes = Lifetimes {
        usual: Lifetime {
            idle: Duration::from_mins(30),
            absolute: Duration::from_hours(12),
        },
        remembered: None,
    };

    const REMEMBERING: Lifetimes = Lifetimes {
        remembered: Some(Lifetime {
            idle: Duration::from_hours(7 * 24),
            absolute: Duration::from_hours(30 * 24),
        }),
        ..LIFETIMES
    };

    fn remembered() -> Live {
        let mut session = (*live().session).clone();
        session.is_remembered = true;
        session.expires = after(session.started, Duration::from_hours(30 * 24));
        Live {
            session: Arc::new(session),
            ..live()
        }
    }

    #[test]
    fn sec_204_idle_and_absolute_ends_hold_to_the_second() {
        let mut session = live();
        let start = session.session.started;
        assert!(session.is_live(LIFETIMES, after(start, Duration::from_secs(1799))));
        assert!(!session.is_live(LIFETIMES, after(start, Duration::from_mins(30))));

        session.last_used = after(start, Duration::from_mins(12 * 60 - 1));
        assert!(session.is_live(LIFETIMES, after(start, Duration::from_secs(12 * 3600 - 1))));
        assert!(!session.is_live(LIFETIMES, after(start, Duration::from_hours(12))));
    }

    #[test]
    fn sec_202_a_remembered_session_has_limits_of_its_own() {
        let (mut session, days) = (remembered(), |days: u64| Duration::from_hours(days * 24));
        let start = session.session.started;
        assert!(session.is_live(REMEMBERING, after(start, days(6))));
        assert!(!session.is_live(REMEMBERING, after(start, days(7))));
        assert_eq!(session.limit(REMEMBERING), EndReason::Idle);
        session.last_used = after(start, days(29));
        assert!(!session.is_live(REMEMBERING, after(start, days(30))));
        assert_eq!(session.limit(REMEMBERING), EndReason::Absolute);
    }

    #[test]
    fn sec_204_stricter_settings_shorten_what_runs_and_looser_ones_lengthen_no_end_that_was_given() {
        let hours = Duration::from_hours;
        let with = |absolute| Lifetimes {
            usual: Lifetime {
                absolute,
                ..LIFETIMES.usual
            },
            ..LIFETIMES
        };
        let session = live().session;
        let end = |lifetimes| session.ends(lifetimes).duration_since(session.started);
        assert_eq!(end(with(hours(1))), SignedDuration::from_hours(1));
        assert_eq!(end(with(hours(24))), SignedDuration::from_hours(12));
        // When remembering is no longer offered, a remembered session is treated like any other.
        let kept = remembered();
        let start = kept.session.started;
        assert!(!kept.is_live(LIFETIMES, after(start, LIFETIMES.usual.idle)));
        assert_eq!(kept.session.ends(LIFETIMES), after(start, LIFETIMES.usual.absolute));
    }
}
