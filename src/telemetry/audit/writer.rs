//! The thread that writes the audit record.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::chain::Chain;
use super::queue::{AuditQueue, Task};
use super::record::{AuditLine, ChainEvent};
use super::target::{FoundEnd, PathState, Target};
use crate::clock::Clock;
use crate::telemetry::Metrics;

/// A signature follows after this many records,
const SIGN_AFTER: u64 = 100;

/// or this long after the last one, if there is something new.
const SIGN_WITHIN: Duration = Duration::from_secs(5);

/// The pause after a write that failed.
const RETRY: Duration = Duration::from_secs(1);

/// That events are lost is said this often.
const TOLD_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Whether the file is still under its path is looked at this often, at most.
const LOOK_AFTER: SignedDuration = SignedDuration::from_secs(1);

/// The service stops, and the record cannot be written.
struct GaveUp;

/// What the thread works with.
pub(super) struct Writer {
    pub(super) queue: Arc<AuditQueue>,
    pub(super) target: Target,
    pub(super) chain: Chain,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) signed: Timestamp,
    pub(super) told_of_drops: Option<Timestamp>,
    pub(super) look: PathLook,
}

/// What is known of the path.
#[derive(Debug)]
pub(super) struct PathLook {
    /// When it was looked at.
    looked: Timestamp,
    /// Whether another file is there, or none, and no new one could be opened so far.
    is_lost: bool,
    /// What stood in a file that was opened since, until the first record is in it.
    opened: Option<FoundEnd>,
}

impl PathLook {
    pub(super) const fn new(now: Timestamp) -> Self {
        Self {
            looked: now,
            is_lost: false,
            opened: None,
        }
    }
}

impl Writer {
    /// Works until the service stops.
    pub(super) fn run(mut self) {
        let ended = self.work();
        let lost = self.queue.done() + u64::from(ended.is_err());
        if lost > 0 {
            tracing::error!(
                lost,
                "the audit record ends without its last events: it cannot be written"
            );
        }
    }

    fn work(&mut self) -> Result<(), GaveUp> {
        loop {
            match self.queue.next(SIGN_WITHIN) {
                Task::Write(record) => self.write(&record)?,
                Task::Drops(dropped) => self.tell_of_drops(dropped)?,
                Task::Reopen => {
                    self.look_now();
                    self.keep_up(None)?;
                }
                // A file that is gone is found before the next sign-in, too.
                Task::Idle => self.keep_up(None)?,
                Task::Close => {
                    self.write(&self.of(ChainEvent::Closed))?;
                    self.sync();
                    return Ok(());
                }
            }
            let is_due = self.clock.now().duration_since(self.signed) >= SIGN_WITHIN.try_into().unwrap_or_default();
            let unsigned = self.chain.unsigned();
            if unsigned >= SIGN_AFTER || unsigned > 0 && is_due {
                self.write(&self.of(ChainEvent::Checkpoint))?;
                self.sync();
            }
        }
    }

    fn of(&self, event: ChainEvent) -> AuditLine {
        AuditLine::new(event.name(), self.clock.now())
    }

    fn write(&mut self, record: &AuditLine) -> Result<(), GaveUp> {
        self.keep_up(Some(record))
    }

    /// Goes on in another file if it has to, and writes the record. Tries until it is done, or the service stops.
    fn keep_up(&mut self, record: Option<&AuditLine>) -> Result<(), GaveUp> {
        let mut has_failed = false;
        loop {
            let Err(error) = self.follow().and_then(|()| self.append(record)) else {
                self.queue.set_stuck(false);
                if has_failed {
                    self.metrics.set_audit_failing(false);
                    tracing::info!("the audit record can be written again");
                }
                return Ok(());
            };
            self.queue.set_stuck(true);
            if !has_failed {
                has_failed = true;
                self.metrics.set_audit_failing(true);
                tracing::error!(
                    error = &error as &dyn StdError,
                    "the audit record cannot be written; events are kept in memory, as far as there is room"
                );
            }
            if self.queue.pause(RETRY) {
                return Err(GaveUp);
            }
            self.look_now();
        }
    }

    fn append(&mut self, record: Option<&AuditLine>) -> io::Result<()> {
        let Some(record) = record else {
            return Ok(());
        };
        let line = self.chain.line(record.clone());
        self.target.append(&line)?;
        let is_signed = ChainEvent::must_be_signed(record.event);
        self.chain.written(&line, is_signed);
        if is_signed {
            self.signed = self.clock.now();
        }
        self.metrics.audit_written();
        Ok(())
    }

    fn tell_of_drops(&mut self, dropped: u64) -> Result<(), GaveUp> {
        let now = self.clock.now();
        if self.told_of_drops.is_none_or(|at| now.duration_since(at) >= TOLD_EVERY) {
            self.told_of_drops = Some(now);
            tracing::warn!(
                dropped,
                "the audit record has lost events: they came faster than they could be written"
            );
        }
        let record = AuditLine {
            dropped: Some(dropped),
            ..self.of(ChainEvent::Dropped)
        };
        self.write(&record)
    }

    /// Whatever was seen a moment ago does not count.
    fn look_now(&mut self) {
        self.look.looked = Timestamp::MIN;
    }

    /// Goes on in a new file, if the one that is open was moved away, replaced or deleted.
    fn follow(&mut self) -> io::Result<()> {
        let now = self.clock.now();
        let is_due = now.duration_since(self.look.looked).abs() >= LOOK_AFTER;
        if is_due || self.look.is_lost {
            self.look.looked = now;
            let path_state = self.target.path_state()?;
            if path_state == PathState::InPlace {
                self.look.is_lost = false;
            } else {
                self.leave(path_state)?;
            }
        }
        if let Some(found) = &self.look.opened {
            let first = self.continued(found);
            self.append(Some(&first))?;
            self.look.opened = None;
            tracing::info!("the audit record goes on in a new file");
        }
        Ok(())
    }

    /// Opens the file that is under the path now. One that was moved away ends with a signature, and stays in use while
    /// there is no other.
    fn leave(&mut self, path_state: PathState) -> io::Result<()> {
        let is_news = !std::mem::replace(&mut self.look.is_lost, true);
        if is_news {
            if path_state == PathState::Deleted {
                self.metrics.audit_file_deleted();
                tracing::warn!(
                    "the file of the audit record was deleted or overwritten, and its records are gone with it"
                );
            } else {
                tracing::info!("the file of the audit record was moved away");
            }
        }
        let next = match (self.target.successor(), path_state) {
            (Ok(next), _) => next,
            (Err(error), PathState::Deleted) => return Err(error),
            (Err(error), _) => {
                if is_news {
                    tracing::error!(
                        error = &error as &dyn StdError,
                        "the file of the audit record cannot be opened anew; the one that is open stays in use"
                    );
                }
                None
            }
        };
        if let Some((next, found)) = next {
            if path_state == PathState::Moved {
                self.sign_off();
            }
            self.target = next;
            self.look.is_lost = false;
            self.look.opened = Some(found);
        }
        Ok(())
    }

    fn sign_off(&mut self) {
        if self.chain.unsigned() > 0 {
            let line = self.chain.line(self.of(ChainEvent::Checkpoint));
            if self.target.append(&line).is_ok() {
                self.chain.written(&line, true);
            }
        }
        self.sync();
    }

    /// The first record of this chain in another file.
    fn continued(&self, found: &FoundEnd) -> AuditLine {
        AuditLine {
            key: Some(self.chain.key()),
            follows: found.last.clone(),
            torn_bytes: found.torn_bytes,
            ..self.of(ChainEvent::Continued)
        }
    }

    fn sync(&self) {
        if let Err(error) = self.target.sync() {
            tracing::warn!(
                error = &error as &dyn StdError,
                "the audit record may not outlive a crash of this machine"
            );
        }
    }
}
