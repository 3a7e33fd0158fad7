//! What is found to be of no use while the file is loaded, and how moments are read.

use std::path::Path;

use jiff::Timestamp;

use crate::session::Unreadable;
use crate::session::embedded::open_error::{OpenError, unreadable};
use crate::session::embedded::tables::{FileTable, Write};
use crate::session::record::BadRecord;
use crate::session::secrets::seal;

/// What is found to be of no use while the file is loaded.
#[derive(Debug)]
pub(super) struct Tally<'a> {
    path: &'a Path,
    /// Deletes of entries that are of no use any more.
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

    /// Takes over what another one found.
    pub(super) fn add(&mut self, other: Self) {
        self.useless.extend(other.useless);
        self.unreadable += other.unreadable;
    }

    /// An entry that is of no use.
    pub(super) fn drops(&mut self, table: FileTable, key: &[u8]) {
        self.useless.push(Write::delete(table, key));
    }

    /// A damaged entry.
    pub(super) fn misses(&mut self, table: FileTable, key: &[u8]) {
        self.unreadable += 1;
        self.drops(table, key);
    }

    /// Refuses a record that a newer version sealed, where it is not opened here.
    pub(super) fn check_readable(&self, sealed: &[u8]) -> Result<(), OpenError> {
        match seal::check_version(sealed) {
            Err(why @ Unreadable::Newer(_)) => Err(unreadable(self.path, why)),
            // Damage is reported when the record is opened, and ends only what it stands for.
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// The opened record; `None` for a damaged one, which ends only what it stands for (SEC-415). A record of a newer
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

/// A moment as the file has it.
pub(super) fn millis(bytes: &[u8]) -> Option<Timestamp> {
    let millis = i64::from_be_bytes(bytes.try_into().ok()?);
    Timestamp::from_millisecond(millis).ok()
}
