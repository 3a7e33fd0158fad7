//! The thread that writes the audit record.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::chain::Chain;
use super::queue::{AuditQueue, Task};
use super::record::{AuditLine, ChainEvent};
use super::target::{FoundEnd, Target};
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
            let patience = (self.chain.unsigned() > 0).then_some(SIGN_WITHIN);
            match self.queue.next(patience) {
                Task::Write(record) => self.write(&record)?,
                Task::Drops(dropped) => self.tell_of_drops(dropped)?,
                Task::Reopen => self.reopen()?,
                Task::Idle => {}
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

    /// Tries until it is written, or the service stops.
    fn write(&mut self, record: &AuditLine) -> Result<(), GaveUp> {
        let is_signed = ChainEvent::must_be_signed(record.event);
        let mut has_failed = false;
        loop {
            let line = self.chain.line(record.clone());
            let Err(error) = self.target.append(&line) else {
                self.chain.written(&line, is_signed);
                if is_signed {
                    self.signed = self.clock.now();
                }
                self.queue.set_stuck(false);
                self.metrics.audit_written();
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
            let (reopens, closes) = self.queue.pause(RETRY);
            if closes {
                return Err(GaveUp);
            }
            if reopens && let Some((next, found)) = self.successor() {
                self.target = next;
                self.write(&self.continued(found))?;
            }
        }
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

    /// Goes on in another file, if the one that is open was moved away. The old one ends with a signature, and the new
    /// one begins with one.
    fn reopen(&mut self) -> Result<(), GaveUp> {
        let Some((next, found)) = self.successor() else {
            return Ok(());
        };
        if self.chain.unsigned() > 0 {
            let line = self.chain.line(self.of(ChainEvent::Checkpoint));
            if self.target.append(&line).is_ok() {
                self.chain.written(&line, true);
            }
        }
        self.sync();
        self.target = next;
        self.write(&self.continued(found))?;
        tracing::info!("the audit record goes on in a new file");
        Ok(())
    }

    /// The first record of this chain in another file.
    fn continued(&self, found: FoundEnd) -> AuditLine {
        AuditLine {
            key: Some(self.chain.key()),
            follows: found.last,
            torn_bytes: found.torn_bytes,
            ..self.of(ChainEvent::Continued)
        }
    }

    fn successor(&self) -> Option<(Target, FoundEnd)> {
        self.target.successor().unwrap_or_else(|error| {
            tracing::error!(
                error = &error as &dyn StdError,
                "the file of the audit record cannot be opened anew; the one that is open stays in use"
            );
            None
        })
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
