//! Counts of the limits that are written in one step with an attempt or a session: a store that replicas share is then
//! asked once instead of twice.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::limits::{CounterRowChange, CounterRows, SharedRows, Unavailable};
use crate::session::{ChangeError, RowChange, Store, StoreError};

/// What came of the rows.
type Written = Result<Option<CounterRows>, Unavailable>;

type Made<T> = Result<T, ChangeError>;

type ChangeWithRows<'a, T> = Box<dyn FnOnce(Vec<RowChange>) -> BoxFuture<'a, (Made<T>, Written)> + Send + 'a>;

/// A change of the store to be made with the first rows that a decision of the limits writes. If these turn out to be
/// outdated, the decision is repeated, and its rows are then written by themselves.
pub(super) struct OneStep<'a, T> {
    store: &'a dyn Store,
    progress: Mutex<Progress<'a, T>>,
}

enum Progress<'a, T> {
    Waiting(ChangeWithRows<'a, T>),
    UnderWay,
    Made(Made<T>),
}

impl<'a, T: Send> OneStep<'a, T> {
    pub(super) fn new<F>(store: &'a dyn Store, change: impl FnOnce(Vec<RowChange>) -> F + Send + 'a) -> Self
    where
        F: Future<Output = (Made<T>, Written)> + Send + 'a,
    {
        Self {
            store,
            progress: Mutex::new(Progress::Waiting(Box::new(|rows| change(rows).boxed()))),
        }
    }

    /// The outcome of the change. Where the limits wrote no rows, it is made now.
    pub(super) async fn outcome(self) -> Made<T> {
        let progress = self.progress.into_inner();
        match progress.unwrap_or_else(PoisonError::into_inner) {
            Progress::Waiting(change) => change(Vec::new()).await.0,
            Progress::Made(outcome) => outcome,
            Progress::UnderWay => Err(ChangeError::Unknown(StoreError::new("a change was given up"))),
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress<'a, T>> {
        // Every change is one call, so a panic elsewhere leaves nothing half done.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the change, unless that was done before.
    async fn make(&self, rows: Vec<RowChange>) -> Written {
        let before = std::mem::replace(&mut *self.progress(), Progress::UnderWay);
        match before {
            Progress::Waiting(change) => {
                let (outcome, written) = change(rows).await;
                *self.progress() = Progress::Made(outcome);
                written
            }
            before => {
                *self.progress() = before;
                let store = self.store.rows().ok_or(Unavailable)?;
                store.write_rows(&rows).await.map_err(|error| unavailable(&error))
            }
        }
    }
}

impl<T: Send> SharedRows for OneStep<'_, T> {
    fn write(&self, changes: Vec<CounterRowChange>) -> BoxFuture<'_, Written> {
        self.make(changes.into_iter().map(row_change).collect()).boxed()
    }
}

impl<T> fmt::Debug for OneStep<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneStep").finish_non_exhaustive()
    }
}

/// A row of the limits as a row of the store.
pub(crate) fn row_change(change: CounterRowChange) -> RowChange {
    let CounterRowChange {
        name,
        expected,
        wanted,
        keep_for,
    } = change;
    RowChange {
        name,
        expected,
        wanted,
        keep_for,
    }
}

/// The store cannot write rows now.
pub(crate) fn unavailable(error: &StoreError) -> Unavailable {
    if !error.is_logged {
        tracing::warn!(
            error = error as &dyn StdError,
            "limits are counted by this process alone"
        );
    }
    Unavailable
}
