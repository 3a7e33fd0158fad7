//! Tombstones, kept in this process for the pages that say how a session ended.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use crate::session::{HashedId, Tombstone};

/// The most tombstones; beyond it the oldest are dropped. About a hundred bytes each.
const MOST: NonZeroUsize = NonZeroUsize::new(20_000).unwrap();

#[derive(Debug)]
pub(in crate::session) struct Tombstones(Mutex<LruCache<HashedId, Tombstone>>);

impl Default for Tombstones {
    fn default() -> Self {
        // Grows with use: most processes never hold this many.
        let mut notes = LruCache::unbounded();
        notes.resize(MOST);
        Self(Mutex::new(notes))
    }
}

impl Tombstones {
    pub(in crate::session) fn put(&self, id: HashedId, tombstone: Tombstone) {
        self.lock().put(id, tombstone);
    }

    pub(in crate::session) fn get(&self, id: HashedId) -> Option<Tombstone> {
        self.lock().peek(&id).copied()
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<HashedId, Tombstone>> {
        // Every change is one call, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
