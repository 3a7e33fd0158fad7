//! Pending revocations on their way to the worker.

use tokio::sync::{Mutex, mpsc};

use crate::domain::revocation::PendingRevocation;
use crate::session::RevocationId;

/// How many revocations wait here for their first try. Any others wait in the store, which hands them out soon.
const WAITING: usize = 1_000;

pub(super) type Pending = (RevocationId, PendingRevocation);

/// Holds pending revocations until the worker takes them.
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
        // OK because the store hands out every revocation that was not tried from here.
        let _ = self.sender.try_send(revocation);
    }
}
