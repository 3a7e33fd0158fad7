//! The open file, and the changes that are not yet in it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::failed::Failed;
use crate::session::StoreError;
use crate::session::embedded::open::open_file;
use crate::session::embedded::open_error::OpenError;
use crate::session::embedded::tables;
use crate::session::embedded::tables::{FileTable, NotCommitted, Write};

/// The open file, and the changes that are not yet in it.
pub(super) struct File {
    pub(super) path: PathBuf,
    /// `None` while it cannot be reopened after an error.
    pub(super) database: RwLock<Option<redb::Database>>,
    /// Changes that could not be written when due; only the last one of each key. Only the writer changes this.
    backlog: RwLock<HashMap<(FileTable, Vec<u8>), Write>>,
    /// Whether writing fails.
    pub(super) is_failing: AtomicBool,
    #[cfg(test)]
    pub(super) commits: std::sync::atomic::AtomicU32,
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("File").field("path", &self.path).finish_non_exhaustive()
    }
}

impl File {
    pub(super) fn new(path: PathBuf, database: redb::Database) -> Self {
        Self {
            path,
            database: RwLock::new(Some(database)),
            backlog: RwLock::default(),
            is_failing: AtomicBool::new(false),
            #[cfg(test)]
            commits: std::sync::atomic::AtomicU32::new(0),
        }
    }

    pub(super) fn backlog(&self) -> RwLockReadGuard<'_, HashMap<(FileTable, Vec<u8>), Write>> {
        // Every change is one call on the map, so a panic elsewhere leaves nothing half done.
        self.backlog.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn backlog_mut(&self) -> RwLockWriteGuard<'_, HashMap<(FileTable, Vec<u8>), Write>> {
        self.backlog.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The values of these keys, from the backlog or from disk.
    pub(super) fn read_all(&self, table: FileTable, keys: Vec<Vec<u8>>) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let mut values = Vec::with_capacity(keys.len());
        let mut others = Vec::new();
        {
            // The backlog first: a change is in the file before it leaves the backlog.
            let backlog = self.backlog();
            for (at, key) in keys.into_iter().enumerate() {
                let key = (table, key);
                let kept = backlog.get(&key);
                values.push(kept.and_then(|kept| kept.value.clone()));
                if kept.is_none() {
                    others.push((at, key.1));
                }
            }
        }
        if others.is_empty() {
            return Ok(values);
        }
        let keys = others.iter().map(|(_, key)| key.as_slice());
        let found = self.with(|database| tables::get_all(database, table, keys))?;
        for ((at, _), found) in others.iter().zip(found) {
            if let Some(value) = values.get_mut(*at) {
                *value = found;
            }
        }
        Ok(values)
    }

    pub(super) fn with<T>(&self, act: impl FnOnce(&redb::Database) -> Result<T, redb::Error>) -> Result<T, StoreError> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let Some(database) = database.as_ref() else {
            return Err(StoreError::new("the file could not be opened again").logged());
        };
        act(database).map_err(|error| StoreError::new(error.to_string()))
    }

    /// Writes all changes, or none.
    pub(super) fn commit<'a>(&self, writes: impl Iterator<Item = &'a Write>) -> Result<(), Failed> {
        let committed = self.with(|database| Ok(tables::commit(database, writes)));
        let logged = |error: redb::Error| StoreError::new(error.to_string()).logged();
        match committed.map_err(Failed::Before)? {
            Ok(()) => Ok(()),
            Err(NotCommitted::Before(error)) => Err(Failed::Before(logged(error))),
            Err(NotCommitted::Amid(error)) => Err(Failed::Amid(logged(error))),
        }
    }

    /// After a disk error the engine refuses everything until the file is reopened.
    pub(super) fn open_again(&self) -> Result<(), OpenError> {
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        // Drops the old handle first: it holds the lock on the file.
        drop(database.take());
        *database = Some(open_file(&self.path)?);
        Ok(())
    }
}
