//! Refused passwords take one class of time, whoever they were for (SEC-107).
//!
//! Okta may answer an unknown name sooner than a wrong password. A refusal is therefore held back until the slowest of
//! the recent answers would have come, plus a little jitter, so that the clock tells a stranger nothing.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Answers remembered.
const RECENT: usize = 64;

/// No refusal is held longer than this; a customer is waiting.
const CEILING: Duration = Duration::from_secs(3);

/// The jitter is up to this many milliseconds.
const JITTER_MS: u64 = 25;

/// How long Okta took for the latest passwords.
#[derive(Debug, Default)]
pub(super) struct Pace {
    recent: Mutex<VecDeque<Duration>>,
}

impl Pace {
    /// Notes one answer and tells how long a refusal must take in all. `random` is one random byte.
    pub(super) fn floor(&self, took: Duration, random: u8) -> Duration {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() == RECENT {
            recent.pop_front();
        }
        recent.push_back(took.min(CEILING));
        let mut sorted: Vec<Duration> = recent.iter().copied().collect();
        sorted.sort_unstable();
        // Nineteen in twenty were at least this quick: one slow outlier does not slow everybody down.
        let slow = sorted
            .get(sorted.len().saturating_sub(1) * 19 / 20)
            .copied()
            .unwrap_or_default();
        slow + Duration::from_millis(u64::from(random) * JITTER_MS / 255)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_107_a_quick_refusal_takes_as_long_as_a_slow_one() {
        let pace = Pace::default();
        for _ in 0..32 {
            pace.floor(Duration::from_millis(40), 0);
            pace.floor(Duration::from_millis(400), 0);
        }
        let (quick, slow) = (
            pace.floor(Duration::from_millis(40), 0),
            pace.floor(Duration::from_millis(400), 255),
        );
        assert_eq!(quick, Duration::from_millis(400));
        assert_eq!(slow, Duration::from_millis(425));
    }

    #[test]
    fn one_outlier_slows_nobody_and_nothing_exceeds_the_ceiling() {
        let pace = Pace::default();
        for _ in 0..63 {
            pace.floor(Duration::from_millis(50), 0);
        }
        assert_eq!(
            pace.floor(Duration::from_secs(9), 0),
            Duration::from_millis(50)
        );
        for _ in 0..64 {
            pace.floor(Duration::from_mins(1), 0);
        }
        assert_eq!(pace.floor(Duration::from_mins(1), 0), CEILING);
    }
}
