//! What this process knows of whether sign-ins are closed. The store says so, for all replicas, and remembers it across
//! restarts. Each replica asks it at most once a second, when somebody wants to sign in.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::session::after;

/// How long an answer of the store is used.
const USED_FOR: Duration = Duration::from_secs(1);

/// A question that the store has not answered yet.
#[derive(Debug, Clone, Copy)]
pub(in crate::flow) struct Asked(u64);

/// The last answer.
#[derive(Debug, Default)]
pub(in crate::flow) struct Entrance(Mutex<LastAnswer>);

#[derive(Debug, Clone, Copy, Default)]
struct LastAnswer {
    is_closed: bool,
    /// When the store was asked last; `None` until it has answered once, so that everybody waits for that.
    asked: Option<Timestamp>,
    has_answered: bool,
    /// How often an operator here has closed or opened sign-ins: an answer to a question from before counts no more.
    changes: u64,
}

impl Entrance {
    /// Whether sign-ins were closed when the store was last asked.
    pub(in crate::flow) fn was_closed(&self) -> bool {
        self.last().is_closed
    }

    /// Whether the store has to be asked. Whoever is told so asks; others go by the last answer meanwhile, and nobody
    /// waits more than once a second for a store that is down.
    pub(in crate::flow) fn begins_to_ask(&self, now: Timestamp) -> Option<Asked> {
        let mut last = self.last();
        let is_fresh = |asked: Timestamp| asked <= now && now < after(asked, USED_FOR);
        if last.has_answered && last.asked.is_some_and(is_fresh) {
            return None;
        }
        last.asked = Some(now);
        Some(Asked(last.changes))
    }

    /// Takes an answer of the store, unless sign-ins were closed or opened here since it was asked.
    pub(in crate::flow) fn learns(&self, asked: Asked, is_closed: bool) {
        let mut last = self.last();
        if asked.0 == last.changes {
            (last.is_closed, last.has_answered) = (is_closed, true);
        }
    }

    /// Takes what was just stored.
    pub(in crate::flow) fn changes(&self, is_closed: bool) {
        let mut last = self.last();
        last.changes += 1;
        (last.is_closed, last.has_answered) = (is_closed, true);
    }

    fn last(&self) -> MutexGuard<'_, LastAnswer> {
        // Each value is replaced whole: a panic leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
