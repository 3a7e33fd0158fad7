//! Collects the obsolete entries that loading finds in the file, and parses times.

use std::path::Path;

use jiff::Timestamp;

use crate::session::Unreadable;
use crate::session::embedded::open_error::{OpenError, unreadable};
use crate::session::embedded::tables::{FileTable, Write};
use crate::session::record::BadRecord;
use crate::session::secrets::seal;

/// The obsolete entries found while the file is loaded.
#[derive(Debug)]
pub(super) struct Tally<'a> {
    path: &'a Path,
    /// Deletes of obsolete entries.
    pub(super) useless: Vec<Write>,
    /// Records that could not be read.
    pub(super) unreadable: u32,
}

impl<'a> Tally<'a> {
    pub(super) fn new(path: &'a Path) -> Self {
        Self {
            path,
            useless: Vec::new(),
            unreadable: 0,
        }
    }

    /// Adds the findings of another thread.
    pub(super) fn add(&mut self, other: Self) {
        self.useless.extend(other.useless);
        self.unreadable += other.unreadable;
    }

    /// Records an obsolete entry.
    pub(super) fn drops(&mut self, table: FileTable, key: &[u8]) {
        self.useless.push(Write::delete(table, key));
    }

    /// Records a damaged entry.
    pub(super) fn misses(&mut self, table: FileTable, key: &[u8]) {
        self.unreadable += 1;
        self.drops(table, key);
    }

    /// Refuses a record that a newer version sealed, without opening it.
    pub(super) fn check_readable(&self, sealed: &[u8]) -> Result<(), OpenError> {
        match seal::check_version(sealed) {
            Err(why @ Unreadable::Newer(_)) => Err(unreadable(self.path, why)),
            // Damage is reported when the record is opened, and affects only that record.
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// The opened record; `None` for a damaged one, which affects only that record (SEC-415). A record of a newer
    /// version stops the start: this version would lose it.
    pub(super) fn usable<T>(
        &mut self,
        table: FileTable,
        key: &[u8],
        opened: Result<T, BadRecord>,
    ) -> Result<Option<T>, OpenError> {
        match opened {
            Ok(record) => Ok(Some(record)),
            Err(BadRecord::Sealed(why @ Unreadable::Newer(_))) => Err(unreadable(self.path, why)),
            Err(_) => {
                self.misses(table, key);
                Ok(None)
            }
        }
    }
}

/// Parses a time as stored in the file.
pub(super) fn millis(bytes: &[u8]) -> Option<Timestamp> {
    let millis = i64::from_be_bytes(bytes.try_into().ok()?);
    Timestamp::from_millisecond(millis).ok()
}
