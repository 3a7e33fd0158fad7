//! What this process last saw, or wrote, in the shared rows. It only saves questions: whoever decides on it has the store
//! compare before it writes.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;

/// The most rows known; about two hundred bytes each.
const MOST: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// The rows by their names.
#[derive(Debug)]
pub(super) struct KnownRows(Mutex<LruCache<String, KnownRow>>);

/// A row as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct KnownRow {
    pub(super) value: Option<Vec<u8>>,
    /// Counts how often it turned out to be otherwise.
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
    /// The row; one that is not known is taken for missing, as most are.
    pub(super) fn get(&self, name: &str) -> KnownRow {
        self.lock().get(name).cloned().unwrap_or_default()
    }

    /// A write is on its way. Those that follow it go by it: they reach the store after it, over the same connection.
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

    /// The store has another value than was known after so many corrections. If somebody has corrected it since, writes
    /// that go by that may be on their way already.
    pub(super) fn corrects(&self, name: &str, value: Option<Vec<u8>>, corrections: u64) {
        let mut rows = self.lock();
        let present = rows.get(name).map_or(0, |row| row.corrections);
        if present == corrections {
            let corrections = corrections + 1;
            rows.put(name.to_owned(), KnownRow { value, corrections });
        }
    }

    /// Whether a write was done is not known.
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
        // Two writes in a row, each going by the one before.
        rows.expects("row", Some(b"1"));
        rows.expects("row", Some(b"2"));
        // Another replica was quicker.
        rows.corrects("row", Some(b"7".to_vec()), 0);
        rows.expects("row", Some(b"8"));
        // The second one finds that, too, and goes by what the first one writes now.
        rows.corrects("row", Some(b"7".to_vec()), 0);
        let known = rows.get("row");
        assert_eq!((known.value.as_deref(), known.corrections), (Some(&b"8"[..]), 1));
        rows.forgets("row");
        assert_eq!(rows.get("row"), KnownRow::default());
    }
}
