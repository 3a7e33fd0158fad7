//! Pending revocations on their way to the worker.

use tokio::sync::{Mutex, mpsc};

use crate::domain::revocation::PendingRevocation;
use crate::session::RevocationId;

/// Revocations that wait here for their first try. Any beyond that wait in the store, which hands them out a little
/// later.
const WAITING: usize = 1_000;

pub(super) type Pending = (RevocationId, PendingRevocation);

/// Holds them until the worker takes them up.
#[derive(Debug)]
pub(in crate::flow) struct RevocationQueue {
    sender: mpsc::Sender<Pending>,
    pub(super) receiver: Mutex<mpsc::Receiver<Pending>>,
}

impl Default for RevocationQueue {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self {
            sender,
            receiver: Mutex::new(receiver),
        }
    }
}

impl RevocationQueue {
    /// Queues a pending revocation that the store already has.
    pub(in crate::flow) fn put(&self, revocation: Pending) {
        // OK because the store hands it out if it was not tried from here.
        let _ = self.sender.try_send(revocation);
    }
}
