//! One live session. Read and used without a lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;

use super::name_index::NameSlot;
use crate::domain::session::{Live, Session};

#[derive(Debug)]
pub(super) struct Entry {
    session: ArcSwap<Session>,
    version: AtomicU64,
    /// Milliseconds since 1970.
    last_used: AtomicI64,
    /// The last use that was written to disk.
    written: AtomicI64,
    slot: NameSlot,
}

impl Entry {
    /// An entry whose last use counts as written to disk.
    pub(super) fn new(live: Live, slot: NameSlot) -> Self {
        let used = live.last_used.as_millisecond();
        Self {
            session: ArcSwap::new(live.session),
            version: AtomicU64::new(live.version),
            last_used: AtomicI64::new(used),
            written: AtomicI64::new(used),
            slot,
        }
    }

    /// The session's slot in the name index.
    pub(super) fn slot(&self) -> NameSlot {
        self.slot
    }

    pub(super) fn live(&self) -> Live {
        Live {
            // Before the session: an old version may come with a new session, never the other way round.
            version: self.version.load(Ordering::Acquire),
            session: self.session.load_full(),
            last_used: moment(self.last_used.load(Ordering::Acquire)),
        }
    }

    pub(super) fn renew(&self, session: Session) {
        self.session.store(Arc::new(session));
        self.version.fetch_add(1, Ordering::AcqRel);
    }

    /// Records a use; returns its time if it should be written to disk, because the last one written is older than
    /// `every`.
    pub(super) fn note_use(&self, now: Timestamp, every: Duration) -> Option<Timestamp> {
        let now = now.as_millisecond();
        let used = self.last_used.fetch_max(now, Ordering::AcqRel).max(now);
        let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
        let written = self.written.load(Ordering::Acquire);
        // Of two requests that record a use at once, one writes it.
        let is_due = used.saturating_sub(written) >= every
            && self
                .written
                .compare_exchange(written, used, Ordering::AcqRel, Ordering::Acquire)
                .is_ok();
        is_due.then(|| moment(used))
    }

    /// A last use that is not yet written to disk; from now on it counts as written.
    pub(super) fn take_unwritten(&self) -> Option<Timestamp> {
        let last = self.last_used.load(Ordering::Acquire);
        (self.written.swap(last, Ordering::AcqRel) < last).then(|| moment(last))
    }
}

fn moment(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
}
