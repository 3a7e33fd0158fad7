//! The audit record (`ops.audit`): who did what, in a form that shows whether it was changed afterwards.
//!
//! Each process writes one chain of JSON lines ([`record`]): each line names the one before it by its hash, and
//! signatures vouch for all before them. A thread writes them ([`writer`]), so that no request waits for a disk.

mod chain;
mod queue;
mod record;
mod target;
#[cfg(test)]
mod tests;
pub mod verify;
mod writer;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use thiserror::Error;

use crate::clock::{Clock, Entropy};
use crate::flow::AuditEvent;
use crate::session::secrets::AuditSigner;
use crate::telemetry::{Build, Metrics};
use chain::Chain;
use queue::AuditQueue;
use record::{AuditLine, ChainEvent, hexadecimal};
use target::Target;
use writer::{PathLook, Writer};

pub use target::AuditPlace;

/// How long a stop waits for the last records.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why there is no audit record.
#[derive(Debug, Error)]
pub enum AuditTrouble {
    /// The file cannot be opened.
    #[error("{0} cannot be opened for writing")]
    Open(PathBuf, #[source] io::Error),
    /// The first record cannot be written.
    #[error("the first record cannot be written")]
    Write(#[source] io::Error),
    /// The ring has no key to sign with.
    #[error("the key ring has no key to sign with")]
    NoKey,
    /// The thread cannot be started.
    #[error("the thread that writes cannot be started")]
    Thread(#[source] io::Error),
}

/// What an audit record is made of.
#[derive(Debug)]
pub struct AuditParts {
    pub place: AuditPlace,
    pub signer: Option<AuditSigner>,
    pub build: Build,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub metrics: Arc<Metrics>,
}

/// The audit record of this process. Clones are the same.
#[derive(Debug, Clone)]
pub struct Audit {
    queue: Arc<AuditQueue>,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
}

impl Audit {
    /// Opens the place and writes the first record.
    pub fn open(parts: AuditParts) -> Result<Self, AuditTrouble> {
        let (mut target, found) = Target::open(&parts.place).map_err(|error| match &parts.place {
            AuditPlace::File(path) => AuditTrouble::Open(path.clone(), error),
            AuditPlace::Stderr => AuditTrouble::Write(error),
        })?;
        let signer = parts.signer.ok_or(AuditTrouble::NoKey)?;
        let mut id = [0; 16];
        parts.entropy.fill(&mut id);
        let mut chain = Chain::new(hexadecimal(&id), signer);
        let now = parts.clock.now();
        let first = AuditLine {
            instance: Some(instance()),
            version: Some(parts.build.version),
            commit: Some(parts.build.commit),
            key: Some(chain.key()),
            follows: found.last,
            torn_bytes: found.torn_bytes,
            ..AuditLine::new(ChainEvent::Opened.name(), now)
        };
        let line = chain.line(first);
        target.append(&line).map_err(AuditTrouble::Write)?;
        chain.written(&line, true);
        parts.metrics.audit_written();
        let queue = Arc::new(AuditQueue::default());
        let writer = Writer {
            queue: Arc::clone(&queue),
            target,
            chain,
            clock: Arc::clone(&parts.clock),
            metrics: Arc::clone(&parts.metrics),
            signed: now,
            told_of_drops: None,
            look: PathLook::new(now),
        };
        let thread = thread::Builder::new().name("audit".to_owned());
        // It ends when it is closed, or with the process.
        drop(thread.spawn(|| writer.run()).map_err(AuditTrouble::Thread)?);
        Ok(Self {
            queue,
            clock: parts.clock,
            metrics: parts.metrics,
        })
    }

    /// Takes an event, with the client's address as the settings want it. Never waits.
    pub fn record(&self, event: AuditEvent, address: Option<String>) {
        let record = AuditLine {
            outcome: event.outcome,
            reason: event.reason,
            factor: event.factor,
            step_up: event.is_step_up.then_some(true),
            user: event.user,
            session: event.session,
            sessions: event.sessions,
            settings: event.settings,
            address,
            support_code: event.origin.support_code,
            okta_request_id: event.okta_request_id.filter(|id| !id.is_empty()),
            ..AuditLine::new(event.act.name(), self.clock.now())
        };
        if !self.queue.push(record) {
            self.metrics.audit_dropped();
        }
    }

    /// Whether it cannot be written, or not fast enough.
    pub fn is_stuck(&self) -> bool {
        self.queue.is_stuck()
    }

    /// Opens the file again: a tool for logs may have moved it away.
    pub fn reopen(&self) {
        self.queue.reopen();
    }

    /// Writes what is left, and the last signature.
    pub fn close(&self) {
        self.queue.close(PATIENCE);
    }
}

/// The name of the machine; in a container, that of the container.
fn instance() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
