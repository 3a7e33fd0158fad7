//! The events on their way to the file: bounded, so that a full disk never fills the memory too.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::record::AuditLine;

/// Most records that wait; each takes less than a KiB.
pub(super) const MOST: usize = 10_000;

/// What the writer has to do next.
#[derive(Debug)]
pub(super) enum Task {
    Write(Box<AuditLine>),
    /// This many events found no room.
    Drops(u64),
    /// The file may have been moved away.
    Reopen,
    /// Nothing came for a while.
    Idle,
    /// Nothing more will come.
    Close,
}

/// Between whatever happens and the thread that writes.
#[derive(Debug, Default)]
pub(super) struct AuditQueue {
    state: Mutex<State>,
    changed: Condvar,
    /// Whether the record cannot be written, or not fast enough.
    is_stuck: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    records: VecDeque<Box<AuditLine>>,
    dropped: u64,
    reopens: bool,
    closes: bool,
    is_done: bool,
}

impl AuditQueue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there was room for it.
    pub(super) fn push(&self, record: AuditLine) -> bool {
        let mut state = self.state();
        let has_room = state.records.len() < MOST && !state.is_done;
        if has_room {
            state.records.push_back(Box::new(record));
        } else {
            state.dropped += 1;
            self.is_stuck.store(true, Ordering::Relaxed);
        }
        drop(state);
        self.changed.notify_all();
        has_room
    }

    pub(super) fn reopen(&self) {
        self.state().reopens = true;
        self.changed.notify_all();
    }

    /// Asks for the end and waits for it, this long at most.
    pub(super) fn close(&self, patience: Duration) {
        let mut state = self.state();
        state.closes = true;
        self.changed.notify_all();
        let waited = self.changed.wait_timeout_while(state, patience, |state| !state.is_done);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn is_stuck(&self) -> bool {
        self.is_stuck.load(Ordering::Relaxed)
    }

    pub(super) fn set_stuck(&self, is_stuck: bool) {
        self.is_stuck.store(is_stuck, Ordering::Relaxed);
    }

    /// Waits for something to do, this long at most.
    pub(super) fn next(&self, patience: Duration) -> Task {
        let mut state = self.state();
        loop {
            if std::mem::take(&mut state.reopens) {
                return Task::Reopen;
            }
            if let Some(record) = state.records.pop_front() {
                return Task::Write(record);
            }
            if state.dropped > 0 {
                return Task::Drops(std::mem::take(&mut state.dropped));
            }
            if state.closes {
                return Task::Close;
            }
            let waited = self.changed.wait_timeout(state, patience);
            let (next, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            if timeout.timed_out() {
                return Task::Idle;
            }
            state = next;
        }
    }

    /// A pause before the next try, which a call to open the file anew ends. Gives whether the service stops.
    pub(super) fn pause(&self, pause: Duration) -> bool {
        let state = self.state();
        let waited = self
            .changed
            .wait_timeout_while(state, pause, |state| !state.reopens && !state.closes);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.reopens = false;
        state.closes
    }

    /// The writer has ended. Gives how many events are lost with that.
    pub(super) fn done(&self) -> u64 {
        let mut state = self.state();
        state.is_done = true;
        let lost = state.dropped + state.records.len() as u64;
        state.records.clear();
        drop(state);
        self.changed.notify_all();
        lost
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn record() -> AuditLine {
        AuditLine::new("factor_refused", Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn what_finds_no_room_is_counted_and_told_after_what_did() {
        let queue = AuditQueue::default();
        assert_eq!((0..MOST).filter(|_| queue.push(record())).count(), MOST);
        assert!(!queue.is_stuck());
        assert_eq!((0..5).filter(|_| queue.push(record())).count(), 0);
        assert!(queue.is_stuck());
        queue.reopen();
        assert!(matches!(queue.next(Duration::ZERO), Task::Reopen));
        assert!(matches!(queue.next(Duration::ZERO), Task::Write(_)));
        assert!(queue.push(record()), "there is room again");
        for _ in 0..MOST {
            assert!(matches!(queue.next(Duration::ZERO), Task::Write(_)));
        }
        assert!(matches!(queue.next(Duration::ZERO), Task::Drops(5)));
        assert!(matches!(queue.next(Duration::ZERO), Task::Idle));
    }

    #[test]
    fn a_queue_that_is_done_takes_nothing_and_says_what_is_lost() {
        let queue = AuditQueue::default();
        queue.push(record());
        queue.close(Duration::ZERO);
        assert!(matches!(queue.next(Duration::ZERO), Task::Write(_)));
        assert!(matches!(queue.next(Duration::ZERO), Task::Close));
        queue.push(record());
        assert_eq!(queue.done(), 1);
        assert!(!queue.push(record()));
        queue.close(Duration::MAX);
    }
}
