//! Gives the limits access to rows of the store.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::flow::{row_change, unavailable};
use crate::limits::{CounterRowChange, CounterRows, KeptRow, KeptRows, Limits, SharedRows, Unavailable};
use crate::session::{CountRow, RowChange, RowStore, Store, StoreError};

#[derive(Debug)]
struct StoreRows(Arc<dyn Store>);

/// Limits that count together with other replicas if they share the store, and that continue after a restart if the
/// store outlives this process.
pub(super) fn counted_in(limits: Limits, store: &Arc<dyn Store>, names: &[u8; 32]) -> Result<Limits, StoreError> {
    let rows = Arc::new(StoreRows(Arc::clone(store)));
    if store.rows().is_some() {
        return Ok(limits.together(rows, names));
    }
    let Some(counts) = store.counts() else {
        return Ok(limits);
    };
    let known = counts.read_counts()?.into_iter();
    let known = known.map(|CountRow { name, value }| KeptRow { name, value });
    Ok(limits.keeping(rows, known.collect()))
}

impl StoreRows {
    fn rows(&self) -> Result<&dyn RowStore, Unavailable> {
        self.0.rows().ok_or(Unavailable)
    }
}

impl SharedRows for StoreRows {
    fn write(&self, changes: Vec<CounterRowChange>) -> BoxFuture<'_, Result<Option<CounterRows>, Unavailable>> {
        async move {
            let changes: Vec<RowChange> = changes.into_iter().map(row_change).collect();
            let written = self.rows()?.write_rows(&changes).await;
            written.map_err(|error| unavailable(&error))
        }
        .boxed()
    }
}

impl KeptRows for StoreRows {
    fn keep(&self, rows: Vec<KeptRow>) -> BoxFuture<'static, Result<(), Unavailable>> {
        let rows = rows.into_iter();
        let rows = rows.map(|KeptRow { name, value }| CountRow { name, value });
        let kept = self.0.counts().map(|counts| counts.keep_counts(rows.collect()));
        async move {
            match kept {
                Some(kept) => kept.await.map_err(|_| Unavailable),
                None => Err(Unavailable),
            }
        }
        .boxed()
    }
}
