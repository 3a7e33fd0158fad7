//! The queue of changes for the writer.

use std::fmt;
use std::sync::mpsc::{SendError, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::on_failure::{OnFailure, Then};
use crate::session::ChangeError;
use crate::session::embedded::tables::Write;

/// Changes that belong together, and the caller that waits for them.
pub(super) struct Job {
    pub(super) writes: Vec<Write>,
    pub(super) on_failure: OnFailure,
    pub(super) then: Option<Then>,
    pub(super) done: Option<oneshot::Sender<Result<(), ChangeError>>>,
    pub(super) is_last: bool,
}

impl Job {
    /// Whether a caller waits until changes are on disk.
    pub(super) fn is_awaited(&self) -> bool {
        self.done.is_some() && !self.writes.is_empty()
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").finish_non_exhaustive()
    }
}

/// Changes to be written, in order: urgent ones as they were sent, then deferrable ones.
#[derive(Debug)]
pub(super) struct WriteQueue {
    sent: Sender<Vec<Job>>,
    /// Deferrable changes for the writer to include in its next commit. It is woken only for the first of them: waking
    /// it for each would cost more than most of these changes do.
    later: Mutex<Vec<Job>>,
}

impl WriteQueue {
    pub(super) fn new(sent: Sender<Vec<Job>>) -> Self {
        Self {
            sent,
            later: Mutex::default(),
        }
    }

    pub(super) fn later(&self) -> MutexGuard<'_, Vec<Job>> {
        // A list that is only pushed to is in order at any time.
        self.later.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a job, behind everything that was put here earlier.
    pub(super) fn send(&self, job: Job) -> Result<(), SendError<Vec<Job>>> {
        let mut later = self.later();
        let mut jobs = std::mem::take(&mut *later);
        jobs.push(job);
        // Under the lock, so that no later job is sent before it.
        self.sent.send(jobs)
    }

    /// Keeps a job for the next commit.
    pub(super) fn put(&self, job: Job) {
        let mut later = self.later();
        later.push(job);
        if later.len() == 1 {
            self.wake();
        }
    }

    /// Has the writer look at the deferrable jobs.
    pub(super) fn wake(&self) {
        // OK because without a writer the process is about to end, and deferrable jobs may be lost.
        let _ = self.sent.send(Vec::new());
    }
}

impl Drop for WriteQueue {
    /// Deferrable jobs need not be lost because the store was not closed.
    fn drop(&mut self) {
        let jobs = std::mem::take(&mut *self.later());
        // OK because the writer may have ended.
        let _ = self.sent.send(jobs);
    }
}
