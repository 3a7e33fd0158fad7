//! Logout notices: what the portals are still to be told of a session that has ended.

use std::time::Duration;

use jiff::Timestamp;

use super::session::{Session, after};

/// The pause after the first try; it doubles with each further one. Longer than a try may take.
const FIRST_PAUSE: Duration = Duration::from_secs(10);

/// A portal that was away for long should not have to wait for long once it is back.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// The share of a pause by which it may be shortened.
const SPREAD: f64 = 0.25;

/// How long a portal is tried. Sessions of portals that were away for longer are their own affair.
pub const KEPT_FOR: Duration = Duration::from_hours(24);

/// An ended session that not every portal has been told of. Its name is the id of the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutNotice {
    /// Okta's `sub` of the user.
    pub subject: String,
    /// When the session ended.
    pub since: Timestamp,
    /// How often it was handed out.
    pub tries: u32,
    /// The addresses of the portals that need not be told any more.
    pub told: Vec<String>,
}

impl LogoutNotice {
    /// The notice of a session that ends now.
    pub fn new(session: &Session, now: Timestamp) -> Self {
        Self {
            subject: session.identity.subject().to_owned(),
            since: now,
            tries: 0,
            told: Vec::new(),
        }
    }

    /// The time of the next try, for a try in progress at `now`. `share`, from 0 to 1, depends on the session, so that
    /// notices of the same moment are not all tried together.
    pub fn next_try(&self, now: Timestamp, share: f64) -> Timestamp {
        let doublings = self.tries.saturating_sub(1).min(16);
        let pause = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
        let shortened = pause.mul_f64(1.0 - SPREAD * share.clamp(0.0, 1.0));
        after(now, shortened.max(FIRST_PAUSE))
    }

    /// Whether it is too old to be of use to a portal.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        now >= after(self.since, KEPT_FOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_five_minutes() {
        let now = Timestamp::UNIX_EPOCH;
        let mut notice = LogoutNotice {
            subject: "00u".to_owned(),
            since: now,
            tries: 0,
            told: Vec::new(),
        };
        let mut pauses = Vec::new();
        for tries in [1, 2, 3, 5, 6, 40, u32::MAX] {
            notice.tries = tries;
            let spread = [0.0, 1.0].map(|share| notice.next_try(now, share).duration_since(now).as_secs());
            pauses.push(spread);
        }
        let expected = [
            [10, 10],
            [20, 15],
            [40, 30],
            [160, 120],
            [300, 225],
            [300, 225],
            [300, 225],
        ];
        assert_eq!(pauses, expected);
        assert!(!notice.has_expired(after(now, Duration::from_hours(23))));
        assert!(notice.has_expired(after(now, Duration::from_hours(24))));
    }
}
