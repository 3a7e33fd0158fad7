//! This process's last known values of the shared rows. They only save queries: for every decision on them, the store
//! compares before it writes.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;

/// The most rows cached; about two hundred bytes each.
const MOST: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// The rows by their names.
#[derive(Debug)]
pub(super) struct KnownRows(Mutex<LruCache<String, KnownRow>>);

/// A row as last seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct KnownRow {
    pub(super) value: Option<Vec<u8>>,
    /// How often the cached value was corrected.
    pub(super) corrections: u64,
}

impl Default for KnownRows {
    fn default() -> Self {
        // Grows with use.
        let mut rows = LruCache::unbounded();
        rows.resize(MOST);
        Self(Mutex::new(rows))
    }
}

impl KnownRows {
    /// The row; an unknown one is assumed missing, as most are.
    pub(super) fn get(&self, name: &str) -> KnownRow {
        self.lock().get(name).cloned().unwrap_or_default()
    }

    /// A write is in progress. Later decisions rely on it: their writes reach the store after it, over the same
    /// connection.
    pub(super) fn expects(&self, name: &str, value: Option<&[u8]>) {
        let mut rows = self.lock();
        match (rows.get_mut(name), value) {
            (Some(row), _) => row.value = value.map(<[u8]>::to_vec),
            (None, Some(value)) => {
                let row = KnownRow {
                    value: Some(value.to_vec()),
                    corrections: 0,
                };
                rows.put(name.to_owned(), row);
            }
            (None, None) => {}
        }
    }

    /// The store has another value than the one cached after this many corrections. If it has been corrected since,
    /// writes that rely on the correction may already be in progress.
    pub(super) fn corrects(&self, name: &str, value: Option<Vec<u8>>, corrections: u64) {
        let mut rows = self.lock();
        let present = rows.get(name).map_or(0, |row| row.corrections);
        if present == corrections {
            let corrections = corrections + 1;
            rows.put(name.to_owned(), KnownRow { value, corrections });
        }
    }

    /// It is unknown whether a write was made.
    pub(super) fn forgets(&self, name: &str) {
        self.lock().pop(name);
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<String, KnownRow>> {
        // Every change is one call, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_who_went_by_a_wrong_value_the_first_corrects_it_for_all() {
        let rows = KnownRows::default();
        assert_eq!(rows.get("row"), KnownRow::default());
        // Two writes in a row, each relying on the one before.
        rows.expects("row", Some(b"1"));
        rows.expects("row", Some(b"2"));
        // Another replica was quicker.
        rows.corrects("row", Some(b"7".to_vec()), 0);
        rows.expects("row", Some(b"8"));
        // The second one finds that, too, and relies on the first one's new write.
        rows.corrects("row", Some(b"7".to_vec()), 0);
        let known = rows.get("row");
        assert_eq!((known.value.as_deref(), known.corrections), (Some(&b"8"[..]), 1));
        rows.forgets("row");
        assert_eq!(rows.get("row"), KnownRow::default());
    }
}
