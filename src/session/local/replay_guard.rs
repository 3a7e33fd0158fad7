//! Logout orders (by `jti`) and hand-offs that were used before, so that none acts twice; in the memory of this
//! process.
//!
//! After a restart, an order could act once more within the ten minutes it is valid. An attacker who replays it can
//! only end sessions of a customer whose sessions Okta wanted ended.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// The most names remembered. Only orders that Okta signed and hand-offs that this service sealed get here, so filling
/// the table takes that many of them in a few minutes.
const MOST: usize = 10_000;

/// A bounded table of names, each kept until its order is no longer valid.
#[derive(Debug, Default)]
pub(in crate::session) struct ReplayGuard {
    until: Mutex<HashMap<String, Timestamp>>,
}

impl ReplayGuard {
    /// Records this name and returns whether it is new. When the table is full, the name that expires first is dropped:
    /// losing an order would be worse than carrying one out twice.
    pub(in crate::session) fn is_new(&self, jti: &str, until: Timestamp, now: Timestamp) -> bool {
        let mut known = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, until| now < *until);
        if known.contains_key(jti) {
            return false;
        }
        if known.len() >= MOST {
            let soonest = known.iter().min_by_key(|(_, until)| **until);
            if let Some(soonest) = soonest.map(|(jti, _)| jti.clone()) {
                known.remove(&soonest);
            }
        }
        known.insert(jti.to_owned(), until);
        true
    }

    /// The order could not be carried out, so it may be repeated.
    pub(in crate::session) fn forget(&self, jti: &str) {
        let mut known = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(jti);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::session::after;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn secs(seconds: u64) -> Timestamp {
        after(NOW, Duration::from_secs(seconds))
    }

    #[test]
    fn an_id_is_new_once_until_its_end_unless_it_is_forgotten() {
        let replay_guard = ReplayGuard::default();
        assert!(replay_guard.is_new("a", secs(60), NOW));
        assert!(!replay_guard.is_new("a", secs(60), secs(59)));
        assert!(replay_guard.is_new("a", secs(120), secs(60)));
        replay_guard.forget("a");
        assert!(replay_guard.is_new("a", secs(120), secs(61)));
    }

    #[test]
    fn the_table_is_bounded_and_forgets_what_ends_soonest() {
        let replay_guard = ReplayGuard::default();
        assert!(replay_guard.is_new("held", secs(99_999), NOW));
        let numbers = 1..=u64::try_from(MOST).unwrap();
        for number in numbers {
            assert!(replay_guard.is_new(&number.to_string(), secs(100 + number), NOW));
        }
        assert_eq!(replay_guard.until.lock().unwrap().len(), MOST);
        assert!(!replay_guard.is_new("held", secs(99_999), NOW));
        assert!(!replay_guard.is_new("2", secs(100), NOW));
        assert!(replay_guard.is_new("1", secs(99_999), NOW), "it made room");
    }
}
