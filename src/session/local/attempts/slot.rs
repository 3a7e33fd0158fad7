//! One attempt in memory.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::domain::attempt::{Attempt, Stage};
use crate::domain::ids::Tab;
use crate::domain::session::after;
use crate::session::HashedId;
use crate::session::making_room::{LAST_ANSWER, MEMORY_OF_THE_ENDED};

#[derive(Debug)]
pub(super) struct Slot {
    pub(super) tab: Tab,
    pub(super) attempt: Arc<Attempt>,
    pub(super) revision: u64,
    /// Wakes the requests that wait for the next revision; `None` while none waits. A `watch` channel in each attempt
    /// would cost ten times as much.
    pub(super) changed: Option<Arc<Notify>>,
    /// Held by the request that writes the attempt to disk; `None` while none does.
    pub(super) write_lock: Option<Arc<tokio::sync::Mutex<()>>>,
}

impl Drop for Slot {
    /// Dropping an attempt is a change as well.
    fn drop(&mut self) {
        self.tells();
    }
}

impl Slot {
    pub(super) fn new(tab: Tab, attempt: Attempt) -> Self {
        Self {
            tab,
            attempt: Arc::new(attempt),
            revision: 0,
            changed: None,
            write_lock: None,
        }
    }

    /// Counts a change, and wakes the requests that wait for it.
    pub(super) fn revise(&mut self) {
        self.revision += 1;
        self.tells();
    }

    fn tells(&mut self) {
        if let Some(changed) = self.changed.take() {
            changed.notify_waiters();
        }
    }

    /// Whether a request is writing it to disk at this moment.
    fn is_written(&self) -> bool {
        let write_lock = self.write_lock.as_ref();
        write_lock.is_some_and(|write_lock| write_lock.try_lock().is_err())
    }

    /// Whether it is still kept. Its tokens are taken out before it is removed, however late the sweep comes.
    pub(super) fn is_kept(&self, now: Timestamp) -> bool {
        now < after(self.attempt.ends_at(), MEMORY_OF_THE_ENDED) || self.attempt.has_tokens()
    }

    /// Whether it is only remembered: it has ended, and nobody is answered from it any more.
    pub(super) fn is_remembered(&self, now: Timestamp) -> bool {
        now >= after(self.attempt.ends_at(), LAST_ANSWER)
    }

    pub(super) fn is_in_progress(&self, now: Timestamp) -> bool {
        now < self.attempt.ends_at()
    }

    /// Closes an approval that was not claimed in time, and returns it as it was; only its destination is kept.
    pub(super) fn unclaimed(&mut self, visit: HashedId, now: Timestamp) -> Option<Gone> {
        let is_over = self.attempt.has_tokens() && self.attempt.is_expired(now);
        if !is_over || self.is_written() {
            return None;
        }
        let attempt = Attempt::clone(&self.attempt);
        Arc::make_mut(&mut self.attempt).close(now);
        self.revise();
        Some(Gone {
            visit,
            tab: self.tab,
            attempt,
        })
    }
}

/// An attempt that was removed, or whose tokens were taken out.
#[derive(Debug)]
pub(in crate::session) struct Gone {
    pub(in crate::session) visit: HashedId,
    pub(in crate::session) tab: Tab,
    pub(in crate::session) attempt: Attempt,
}

impl Gone {
    pub(super) fn new(visit: HashedId, slot: &Slot) -> Self {
        let mut attempt = Attempt::clone(&slot.attempt);
        if slot.is_written() {
            // The request that is writing it has its tokens.
            attempt.stage = Stage::Finished { session: None };
        }
        Self {
            visit,
            tab: slot.tab,
            attempt,
        }
    }
}

pub(in crate::session) fn attempts(gone: Vec<Gone>) -> Vec<Attempt> {
    gone.into_iter().map(|gone| gone.attempt).collect()
}
