//! The lock for writing an attempt to disk: one request at a time.

use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};

use super::MemoryAttempts;
use crate::domain::ids::Tab;
use crate::session::HashedId;

/// The right to write one attempt. Dropping it releases the lock.
#[derive(Debug)]
pub(in crate::session) struct WriteLock {
    attempts: MemoryAttempts,
    visit: HashedId,
    tab: Tab,
    held: Option<OwnedMutexGuard<()>>,
}

impl Drop for WriteLock {
    fn drop(&mut self) {
        self.held = None;
        self.attempts.forget_write_lock(self.visit, &self.tab);
    }
}

impl MemoryAttempts {
    /// The right to write the attempt, for stores that take time to write; waits until no other request has it. `None`
    /// when the attempt is gone.
    pub(in crate::session) async fn write_lock(&self, visit: HashedId, tab: &Tab) -> Option<WriteLock> {
        let held = self.lock_of(visit, tab)?.lock_owned().await;
        Some(self.write_lock_with(visit, tab, held))
    }

    /// The same if no other request has it; does not wait.
    pub(in crate::session) fn free_write_lock(&self, visit: HashedId, tab: &Tab) -> Option<WriteLock> {
        let held = self.lock_of(visit, tab)?.try_lock_owned().ok()?;
        Some(self.write_lock_with(visit, tab, held))
    }

    fn write_lock_with(&self, visit: HashedId, tab: &Tab, held: OwnedMutexGuard<()>) -> WriteLock {
        WriteLock {
            attempts: self.clone(),
            visit,
            tab: *tab,
            held: Some(held),
        }
    }

    fn lock_of(&self, visit: HashedId, tab: &Tab) -> Option<Arc<Mutex<()>>> {
        let mut inner = self.lock();
        let slot = inner.slot(visit, tab)?;
        Some(Arc::clone(slot.write_lock.get_or_insert_default()))
    }

    /// Attempts are many and writers few, so a lock that no request waits for is dropped.
    fn forget_write_lock(&self, visit: HashedId, tab: &Tab) {
        if let Some(slot) = self.lock().slot(visit, tab) {
            slot.write_lock.take_if(|write_lock| Arc::strong_count(write_lock) == 1);
        }
    }
}
