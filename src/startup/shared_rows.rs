//! The rows of the store, as the limits want them.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::limits::{Change, Limits, SharedRows, Unavailable};
use crate::session::{RowChange, RowStore, Store, StoreError};

#[derive(Debug)]
struct StoreRows(Arc<dyn Store>);

/// Limits that count together with other replicas, where the store is one that replicas share.
pub(super) fn together(limits: Limits, store: &Arc<dyn Store>, names: &[u8; 32]) -> Limits {
    match store.rows() {
        Some(_) => limits.together(Arc::new(StoreRows(Arc::clone(store))), names),
        None => limits,
    }
}

impl StoreRows {
    fn rows(&self) -> Result<&dyn RowStore, Unavailable> {
        self.0.rows().ok_or(Unavailable)
    }
}

impl SharedRows for StoreRows {
    fn read(&self, names: Vec<String>) -> BoxFuture<'_, Result<Vec<Option<Vec<u8>>>, Unavailable>> {
        async move {
            let read = self.rows()?.read_rows(&names).await;
            read.map_err(|error| unavailable(&error))
        }
        .boxed()
    }

    fn write(&self, changes: Vec<Change>) -> BoxFuture<'_, Result<bool, Unavailable>> {
        async move {
            let changes: Vec<RowChange> = changes.into_iter().map(row_change).collect();
            let written = self.rows()?.write_rows(&changes).await;
            written.map_err(|error| unavailable(&error))
        }
        .boxed()
    }
}

fn row_change(change: Change) -> RowChange {
    let Change {
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

fn unavailable(error: &StoreError) -> Unavailable {
    if !error.is_told {
        tracing::warn!(%error, "limits are counted by this process alone");
    }
    Unavailable
}
