//! What this process knows of whether sign-ins are closed. The store says so, for all replicas, and remembers it across
//! restarts. Each replica asks it at most once a second, when somebody wants to sign in.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::session::after;

/// How long an answer of the store is used.
const USED_FOR: Duration = Duration::from_secs(1);

/// The last answer.
#[derive(Debug, Default)]
pub(in crate::flow) struct Entrance(Mutex<LastAnswer>);

#[derive(Debug, Clone, Copy, Default)]
struct LastAnswer {
    is_closed: bool,
    asked: Option<Timestamp>,
}

impl Entrance {
    /// Whether sign-ins were closed when the store was last asked.
    pub(in crate::flow) fn was_closed(&self) -> bool {
        self.last().is_closed
    }

    /// Whether the store has to be asked. Whoever is told so asks; others go by the last answer meanwhile, and nobody
    /// waits more than once a second for a store that is down.
    pub(in crate::flow) fn is_to_be_asked(&self, now: Timestamp) -> bool {
        let mut last = self.last();
        let is_fresh = |asked: Timestamp| asked <= now && now < after(asked, USED_FOR);
        if last.asked.is_some_and(is_fresh) {
            return false;
        }
        last.asked = Some(now);
        true
    }

    /// Takes an answer of the store, or what was just stored.
    pub(in crate::flow) fn learns(&self, is_closed: bool) {
        self.last().is_closed = is_closed;
    }

    fn last(&self) -> MutexGuard<'_, LastAnswer> {
        // Two values of which each is replaced whole: a panic leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
