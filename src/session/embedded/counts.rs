//! Counts that survive a restart: one row each, in a format defined by its owner.

use futures_util::FutureExt as _;

use super::EmbeddedStore;
use super::disk::OnFailure;
use super::tables::{FileTable, Write};
use crate::session::{Change, CountRow, CountStore, StoreError};

impl CountStore for EmbeddedStore {
    fn read_counts(&self) -> Result<Vec<CountRow>, StoreError> {
        let rows = self.disk.all(FileTable::Failures)?.into_iter();
        let row = |(name, value)| CountRow {
            name,
            value: Some(value),
        };
        Ok(rows.map(row).collect())
    }

    fn keep_counts(&self, rows: Vec<CountRow>) -> Change<'static, ()> {
        let write = |CountRow { name, value }| Write {
            table: FileTable::Failures,
            key: name,
            value,
        };
        let writes = rows.into_iter().map(write).collect();
        self.disk.write(writes, OnFailure::Keep, None).boxed()
    }
}
