//! The one writer of the file.
//!
//! All changes go through one queue to one thread, which commits the gathered ones in one transaction, at intervals:
//! many simultaneous sign-ins cost one flush to the disk, not one each. A caller that needs durability waits for it. A
//! deferrable change (a last use, an opened form) is committed together with the next urgent one, or a tenth of a
//! second later.

mod failed;
mod file;
mod on_failure;
mod pace;
mod queue;
#[cfg(test)]
mod tests;

use std::error::Error as StdError;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};

use super::tables;
use super::tables::{FileTable, KeyValue, Write};
use crate::panics::caught_in;
use crate::session::{ChangeError, StoreError};
use failed::Failed;
use file::File;
use queue::{Job, WriteQueue};

pub(super) use on_failure::{OnFailure, Then};
pub use pace::CommitPace;

/// How long a deferrable change waits at most.
const LINGER: Duration = Duration::from_millis(100);

/// The pause before a failed write is retried.
const RETRY: Duration = Duration::from_secs(1);

/// After a failure, writes must succeed for this long before the trouble counts as over: on a full disk, small ones
/// sometimes fit.
const CALM: Duration = Duration::from_secs(2);

/// The most changes in one commit; with more, callers would wait too long.
const MOST: usize = 2_000;

/// The file, with its writer.
#[derive(Debug)]
pub(super) struct Disk {
    queue: Arc<WriteQueue>,
    file: Arc<File>,
    writer: Mutex<Option<JoinHandle<()>>>,
    /// Whether the writer panicked.
    is_broken: Arc<watch::Sender<bool>>,
}

impl Disk {
    /// Takes over an open database.
    pub(super) fn new(path: PathBuf, database: redb::Database, pace: CommitPace) -> Result<Self, std::io::Error> {
        let file = Arc::new(File::new(path, database));
        let (sent, jobs) = mpsc::channel();
        let queue = Arc::new(WriteQueue::new(sent));
        let writer = Writer {
            file: Arc::clone(&file),
            queue: Arc::downgrade(&queue),
            jobs,
            pace,
            next: None,
            failed: None,
            is_open: true,
        };
        let is_broken = Arc::new(watch::Sender::new(false));
        let broken = Arc::clone(&is_broken);
        let thread = Builder::new().name("store".to_owned()).spawn(move || {
            // The file and the memory may now differ, and only a restart repairs that.
            if caught_in(|| writer.run()).is_err() {
                broken.send_replace(true);
            }
        })?;
        Ok(Self {
            queue,
            file,
            writer: Mutex::new(Some(thread)),
            is_broken,
        })
    }

    /// Writes; completes when the changes are on disk and `then` has run. Dropping the future does not stop the write.
    pub(super) fn write(
        &self,
        writes: Vec<Write>,
        on_failure: OnFailure,
        then: Option<Then>,
    ) -> impl Future<Output = Result<(), ChangeError>> + Send + use<> {
        self.send(writes, on_failure, then, false)
    }

    /// Writes within about a tenth of a second.
    pub(super) fn write_later(&self, writes: Vec<Write>, on_failure: OnFailure) {
        let job = Job {
            writes,
            on_failure,
            then: None,
            done: None,
            is_last: false,
        };
        self.queue.put(job);
    }

    /// Whether writing fails: a change made now may be lost if the process ends.
    pub(super) fn is_failing(&self) -> bool {
        self.file.is_failing.load(Ordering::Acquire)
    }

    /// Completes when the writer has panicked.
    pub(super) fn breaks(&self) -> impl Future<Output = ()> + Send + use<> {
        let is_broken = Arc::clone(&self.is_broken);
        async move {
            // OK to ignore: the sender lives as long as this does.
            let _ = is_broken.subscribe().wait_for(|broken| *broken).await;
        }
    }

    /// The number of commits so far.
    #[cfg(test)]
    pub(super) fn commits(&self) -> u32 {
        self.file.commits.load(Ordering::Relaxed)
    }

    /// Reads one value, from the backlog or from disk.
    pub(super) async fn read(&self, table: FileTable, key: Vec<u8>) -> Result<Option<Vec<u8>>, StoreError> {
        let mut read = self.read_all(table, vec![key]).await?;
        Ok(read.pop().flatten())
    }

    /// Reads many values of one table at once, in the order of their keys.
    pub(super) async fn read_all(
        &self,
        table: FileTable,
        keys: Vec<Vec<u8>>,
    ) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let file = Arc::clone(&self.file);
        let read = tokio::task::spawn_blocking(move || file.read_all(table, keys));
        read.await
            // The error's own text would quote the panic.
            .map_err(|_| StoreError::new("a read of the file broke off"))?
    }

    /// Every entry of a table, as it is in the file. Blocks on the disk: for startup only.
    pub(super) fn all(&self, table: FileTable) -> Result<Vec<KeyValue>, StoreError> {
        self.file.with(|database| tables::all(database, table))
    }

    /// Writes all remaining changes and closes the file.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        let closed = self.send(Vec::new(), OnFailure::Keep, None, true).await;
        let writer = {
            let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            writer.take()
        };
        if let Some(writer) = writer {
            let ended = tokio::task::spawn_blocking(move || writer.join()).await;
            drop(ended);
        }
        match closed {
            Ok(()) => Ok(()),
            Err(ChangeError::NotDone(error) | ChangeError::Unknown(error)) => Err(error),
        }
    }

    fn send(
        &self,
        writes: Vec<Write>,
        on_failure: OnFailure,
        then: Option<Then>,
        is_last: bool,
    ) -> impl Future<Output = Result<(), ChangeError>> + Send + use<> {
        let (done, answer) = oneshot::channel();
        let sent = self.queue.send(Job {
            writes,
            on_failure,
            then,
            done: Some(done),
            is_last,
        });
        async move {
            let closed = || StoreError::new("the store is closed");
            sent.map_err(|_| ChangeError::NotDone(closed()))?;
            // The writer ended while it had this job.
            answer.await.map_err(|_| ChangeError::Unknown(closed()))?
        }
    }
}

struct Writer {
    file: Arc<File>,
    /// Dropped when no request can write any more.
    queue: Weak<WriteQueue>,
    jobs: Receiver<Vec<Job>>,
    pace: CommitPace,
    /// Before this time, no change that a caller waits for is committed.
    next: Option<Instant>,
    /// The latest failure of the current trouble.
    failed: Option<Instant>,
    /// Whether the file could be reopened after it.
    is_open: bool,
}

impl Writer {
    fn run(mut self) {
        loop {
            let (jobs, is_over) = self.gather();
            self.commit(jobs);
            if is_over {
                let mut database = self.file.database.write().unwrap_or_else(PoisonError::into_inner);
                drop(database.take());
                return;
            }
        }
    }

    /// Gathers the changes of one transaction; also returns whether they are the last.
    fn gather(&self) -> (Vec<Job>, bool) {
        let (mut jobs, mut is_over) = self.gather_sent();
        if let Some(queue) = self.queue.upgrade().filter(|_| !is_over) {
            let mut later = queue.later();
            if jobs.len() < MOST {
                // Deferrable changes go behind everything that was sent, even a moment ago.
                jobs.extend(self.jobs.try_iter().flatten());
                jobs.append(&mut later);
                is_over = jobs.iter().any(|job| job.is_last);
            } else if !later.is_empty() {
                queue.wake();
            }
        }
        (jobs, is_over)
    }

    fn gather_sent(&self) -> (Vec<Job>, bool) {
        let mut jobs: Vec<Job> = Vec::new();
        let (mut deadline, mut is_paced) = (None, false);
        loop {
            let is_urgent = jobs.iter().any(|job| job.done.is_some());
            if is_urgent && !is_paced {
                // Sleeps instead of listening: each job sent meanwhile would have to wake this thread.
                std::thread::sleep(self.next.map_or(Duration::ZERO, until));
                is_paced = true;
            }
            let next = if is_urgent || jobs.len() >= MOST {
                self.jobs.try_recv().map_err(|_| RecvTimeoutError::Timeout)
            } else if let Some(deadline) = deadline {
                self.jobs.recv_timeout(until(deadline))
            } else if self.failed.is_none() && self.file.backlog().is_empty() {
                self.jobs.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                self.jobs.recv_timeout(RETRY)
            };
            match next {
                Ok(sent) => {
                    let is_last = sent.iter().any(|job| job.is_last);
                    jobs.extend(sent);
                    if is_last || jobs.len() >= MOST {
                        return (jobs, is_last);
                    }
                    deadline = deadline.or_else(|| Some(now() + LINGER));
                }
                Err(RecvTimeoutError::Timeout) => return (jobs, false),
                Err(RecvTimeoutError::Disconnected) => return (jobs, true),
            }
        }
    }

    fn commit(&mut self, jobs: Vec<Job>) {
        let written = self.write(&jobs);
        if let Err(failed) = &written {
            self.notes_failure(failed.error());
        }
        for job in jobs {
            let is_kept = job.on_failure == OnFailure::Keep;
            if written.is_err() && is_kept {
                let keyed = |write: Write| ((write.table, write.key.clone()), write);
                let kept = job.writes.into_iter().map(keyed);
                self.file.backlog_mut().extend(kept);
            }
            if (written.is_ok() || is_kept)
                && let Some(then) = job.then
            {
                then();
            }
            if let Some(done) = job.done {
                // OK because a caller that gave up does not need the answer.
                let _ = done.send(written.clone().map_err(|failed| failed.of(job.on_failure)));
            }
        }
        if written.is_err() {
            self.opens_again();
        }
    }

    /// Writes the backlog and the changes of the jobs. During trouble, writes an empty probe if there is nothing else,
    /// so that the end of the trouble is noticed.
    fn write(&mut self, jobs: &[Job]) -> Result<(), Failed> {
        let probe = self.failed.map(|_| Write::put(FileTable::Meta, *b"probe", []));
        let is_idle = self.file.backlog().is_empty() && jobs.iter().all(|job| job.writes.is_empty());
        if is_idle && probe.is_none() {
            return Ok(());
        }
        let began = now();
        let written = {
            let backlog = self.file.backlog();
            let asked = jobs.iter().flat_map(|job| &job.writes);
            self.file.commit(backlog.values().chain(asked).chain(&probe))
        };
        let waiting = jobs.iter().filter(|job| job.is_awaited()).count();
        self.next = Some(began + self.pace.after(waiting, now().saturating_duration_since(began)));
        written?;
        #[cfg(test)]
        self.file.commits.fetch_add(1, Ordering::Relaxed);
        self.file.backlog_mut().clear();
        self.notes_success();
        Ok(())
    }

    /// Logs once per trouble, not once per change.
    fn notes_failure(&mut self, error: &StoreError) {
        self.file.is_failing.store(true, Ordering::Release);
        if self.failed.replace(now()).is_none() {
            tracing::error!(
                error = error as &dyn StdError,
                "the store cannot be written; new sign-ins are refused until it can"
            );
        }
    }

    fn notes_success(&mut self) {
        let is_over = |failed: Instant| now().saturating_duration_since(failed) >= CALM;
        if self.failed.is_some_and(is_over) {
            self.failed = None;
            self.file.is_failing.store(false, Ordering::Release);
            tracing::info!("the store can be written again");
        }
    }

    fn opens_again(&mut self) {
        let opened = self.file.open_again();
        if let Err(error) = &opened
            && self.is_open
        {
            tracing::error!(
                error = error as &dyn StdError,
                "the store cannot be opened again; retrying"
            );
        }
        self.is_open = opened.is_ok();
    }
}

fn until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(now())
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long the writer lingers is no business of the service's clock, which tests move"
)]
fn now() -> Instant {
    Instant::now()
}
