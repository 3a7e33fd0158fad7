//! Counts together with other replicas (SEC-115). The same code that counts in one process decides here, on the cached
//! values of shared rows. The changes are written if those values are current. Otherwise the store returns the current
//! values, and the decision is repeated.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::BoxFuture;
use thiserror::Error;

use super::keys::Named;
use super::known_rows::{KnownRow, KnownRows};
use super::ticks::Ticks;

/// The rows cannot be reached now.
#[derive(Debug, Clone, Copy, Error)]
#[error("the counters that replicas share cannot be read")]
pub struct Unavailable;

/// A row that a decision used: its cached value, and the value to write, which may be the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterRowChange {
    /// Its name, which reveals nothing.
    pub name: String,
    /// The value that the decision used; never empty bytes.
    pub expected: Option<Vec<u8>>,
    /// The value to write; never empty bytes.
    pub wanted: Option<Vec<u8>>,
    /// After this long it is equivalent to a missing row.
    pub keep_for: Duration,
}

/// Rows that replicas share.
pub trait SharedRows: fmt::Debug + Send + Sync {
    /// Writes all of them if each is as expected, and returns `None`; otherwise writes nothing, and returns the present
    /// values in the same order.
    fn write(&self, changes: Vec<CounterRowChange>) -> BoxFuture<'_, Result<Option<CounterRows>, Unavailable>>;
}

/// The values of rows; `None` for one that is missing.
pub type CounterRows = Vec<Option<Vec<u8>>>;

/// A value as it is stored in a shared row.
pub(super) trait RowValue: Sized + Send + 'static {
    /// Never empty; equal values have equal bytes.
    fn to_bytes(&self) -> Vec<u8>;

    /// `None` for a value of another version, which then counts as a missing row.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;

    /// The part that outlives this process, where it counts alone.
    fn at_rest(&self) -> Option<Vec<u8>> {
        Some(self.to_bytes())
    }
}

/// The environment of a table besides its own settings.
#[derive(Clone, Copy)]
pub(super) struct TableParts<'a> {
    pub(super) ticks: &'a Ticks,
    pub(super) home: &'a TableHome,
}

/// Where a table is stored: in this process, or on a page of shared rows.
#[derive(Clone)]
pub(super) struct TableHome {
    /// The most rows that it may hold.
    pub(super) most: usize,
    pub(super) page: Option<Arc<Page>>,
    /// The rows of each table of this process by its name, so that limits with other settings go on with them.
    rows: Arc<Mutex<HashMap<&'static str, Box<dyn Any + Send>>>>,
}

impl TableHome {
    /// A table in this process.
    pub(super) fn here(most: usize) -> Self {
        Self {
            most,
            page: None,
            rows: Arc::default(),
        }
    }

    pub(super) fn on(page: &Arc<Page>) -> Self {
        Self {
            most: usize::MAX,
            page: Some(Arc::clone(page)),
            rows: Arc::default(),
        }
    }

    /// The rows of the table with this name: those that are here, else new ones.
    pub(super) fn rows<T: Send + 'static>(&self, name: &'static str, new: impl FnOnce() -> T) -> Arc<T>
    where
        Arc<T>: Send,
    {
        // OK because the map is changed in one step: a panic leaves nothing half done.
        let mut tables = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let known = tables.get(name).and_then(|rows| rows.downcast_ref::<Arc<T>>());
        if let Some(rows) = known {
            return Arc::clone(rows);
        }
        let rows = Arc::new(new());
        tables.insert(name, Box::new(Arc::clone(&rows)));
        rows
    }
}

/// The shared rows that one decision uses.
pub(super) struct Page {
    names: hmac::Key,
    known: Arc<KnownRows>,
    /// How often the cached value of each row had been corrected by then.
    corrections: Mutex<HashMap<String, u64>>,
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").finish_non_exhaustive()
    }
}

impl Page {
    pub(super) fn new(names: &hmac::Key, known: &Arc<KnownRows>) -> Self {
        Self {
            names: names.clone(),
            known: Arc::clone(known),
            corrections: Mutex::default(),
        }
    }

    pub(super) fn take_corrections(&self) -> HashMap<String, u64> {
        std::mem::take(&mut *self.corrections())
    }

    /// The row of a key.
    pub(super) fn row(&self, table: &str, key: &impl Named) -> Row {
        let name = shared_name(&self.names, table, |text| key.name(text));
        let KnownRow { value, corrections } = self.known.get(&name);
        self.corrections().insert(name.clone(), corrections);
        Row { name, bytes: value }
    }

    fn corrections(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        // Every change is one call, so a panic in another place leaves nothing half done.
        self.corrections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name of the shared row of a key, which reveals nothing.
pub(super) fn shared_name(names: &hmac::Key, table: &str, key: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut text = table.as_bytes().to_vec();
    text.push(0);
    key(&mut text);
    URL_SAFE_NO_PAD.encode(hmac::sign(names, &text))
}

/// A shared row with its cached value.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) bytes: Option<Vec<u8>>,
}

/// The rows of one table that a decision has used.
#[derive(Debug)]
pub(super) struct TouchedRows<K> {
    page: Arc<Page>,
    table: &'static str,
    rows: Mutex<HashMap<K, Row>>,
}

impl<K: Named + Hash + Eq + Clone> TouchedRows<K> {
    pub(super) fn new(page: &Arc<Page>, table: &'static str) -> Self {
        Self {
            page: Arc::clone(page),
            table,
            rows: Mutex::default(),
        }
    }

    /// The cached value of this key, the first time it is used.
    pub(super) fn first<V: RowValue>(&self, key: &K) -> Option<V> {
        let mut rows = self.lock();
        if rows.contains_key(key) {
            return None;
        }
        let row = self.page.row(self.table, key);
        let value = row.bytes.as_deref().and_then(V::from_bytes);
        rows.insert(key.clone(), row);
        value
    }

    /// Calls `act` with each row and its key.
    pub(super) fn each(&self, mut act: impl FnMut(&K, &Row)) {
        for (key, row) in self.lock().iter() {
            act(key, row);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Row>> {
        // Every change is one call, so a panic in another place leaves nothing half done.
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Encodes moments and durations as eight bytes of nanoseconds.
pub(super) fn nanos(duration: Duration) -> [u8; 8] {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX).to_be_bytes()
}

pub(super) fn from_nanos(bytes: [u8; 8]) -> Duration {
    Duration::from_nanos(u64::from_be_bytes(bytes))
}
