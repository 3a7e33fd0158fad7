//! The tables of the file. Keys are hashed or random ids; values are sealed, except for format, counts and last uses.

use std::collections::HashMap;
use std::ops::Bound;

use redb::{ReadTransaction, ReadableDatabase as _, ReadableTable as _, TableDefinition, WriteTransaction};

use super::open_error::OpenError;

type Bytes = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// A key and its value.
pub(super) type KeyValue = (Vec<u8>, Vec<u8>);

/// A table of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum FileTable {
    /// `format`: the version of this layout; `witness`: the key check, sealed with the current key of the last start;
    /// `closed`: since when sign-ins are closed, if they are.
    Meta,
    /// Hashed visit and tab: an attempt, sealed.
    Attempts,
    /// Hashed session id: a session, sealed.
    Sessions,
    /// Hashed session id: its tokens, sealed.
    Tokens,
    /// Hashed session id: its last use, milliseconds since 1970, big-endian.
    Used,
    /// Id of a revocation: when it is tried next, milliseconds since 1970, big-endian; then the revocation, sealed.
    Revocations,
    /// Keyed hash of an account, and a factor: its failures in a row. Nothing in it needs sealing.
    Failures,
    /// Hashed session id: what the portals are still to be told of its end, sealed.
    LogoutNotices,
    /// Keyed hash of an account: how its recent tries ended, sealed. Versions that do not know it leave it alone.
    Tries,
}

impl FileTable {
    pub(super) const ALL: [Self; 9] = [
        Self::Meta,
        Self::Attempts,
        Self::Sessions,
        Self::Tokens,
        Self::Used,
        Self::Revocations,
        Self::Failures,
        Self::LogoutNotices,
        Self::Tries,
    ];

    const fn definition(self) -> Bytes {
        Bytes::new(match self {
            Self::Meta => "meta",
            Self::Attempts => "attempts",
            Self::Sessions => "sessions",
            Self::Tokens => "session_tokens",
            Self::Used => "session_used",
            Self::Revocations => "debts",
            Self::Failures => "failures",
            Self::LogoutNotices => "logout_notices",
            Self::Tries => "tries",
        })
    }
}

/// One change of a table.
#[derive(Debug, Clone)]
pub(super) struct Write {
    pub(super) table: FileTable,
    pub(super) key: Vec<u8>,
    /// `None` deletes the key.
    pub(super) value: Option<Vec<u8>>,
}

impl Write {
    pub(super) fn put(table: FileTable, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        Self {
            table,
            key: key.into(),
            value: Some(value.into()),
        }
    }

    pub(super) fn delete(table: FileTable, key: impl Into<Vec<u8>>) -> Self {
        Self {
            table,
            key: key.into(),
            value: None,
        }
    }
}

/// Why a transaction failed.
#[derive(Debug)]
pub(super) enum NotCommitted {
    /// Nothing of it is in the file.
    Before(redb::Error),
    /// How much of it is on disk is unknown.
    Amid(redb::Error),
}

impl NotCommitted {
    pub(super) fn into_error(self) -> redb::Error {
        match self {
            Self::Before(error) | Self::Amid(error) => error,
        }
    }
}

/// Applies changes in order, in one transaction; durable when this returns.
pub(super) fn commit<'a>(
    database: &redb::Database,
    writes: impl Iterator<Item = &'a Write>,
) -> Result<(), NotCommitted> {
    let begun = || {
        let transaction = database.begin_write()?;
        apply(&transaction, writes)?;
        Ok::<_, redb::Error>(transaction)
    };
    let transaction = begun().map_err(NotCommitted::Before)?;
    transaction.commit().map_err(|error| NotCommitted::Amid(error.into()))
}

fn apply<'a>(transaction: &WriteTransaction, writes: impl Iterator<Item = &'a Write>) -> Result<(), redb::Error> {
    // Each table is opened once, because that costs more than a write. The writes of one table keep their order.
    let mut by_table: HashMap<FileTable, Vec<&Write>> = HashMap::new();
    for write in writes {
        by_table.entry(write.table).or_default().push(write);
    }
    for (table, writes) in by_table {
        let mut table = transaction.open_table(table.definition())?;
        for write in writes {
            match &write.value {
                Some(value) => table.insert(write.key.as_slice(), value.as_slice())?,
                None => table.remove(write.key.as_slice())?,
            };
        }
    }
    Ok(())
}

/// Creates missing tables.
pub(super) fn create(database: &redb::Database) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    for table in FileTable::ALL {
        transaction.open_table(table.definition())?;
    }
    transaction.commit()?;
    Ok(())
}

/// Reads one value.
pub(super) fn get(database: &redb::Database, table: FileTable, key: &[u8]) -> Result<Option<Vec<u8>>, redb::Error> {
    let mut found = get_all(database, table, std::iter::once(key))?;
    Ok(found.pop().flatten())
}

/// Reads the values of these keys, in the same order.
pub(super) fn get_all<'a>(
    database: &redb::Database,
    table: FileTable,
    keys: impl Iterator<Item = &'a [u8]>,
) -> Result<Vec<Option<Vec<u8>>>, redb::Error> {
    let table = database.begin_read()?.open_table(table.definition())?;
    keys.map(|key| Ok(table.get(key)?.map(|value| value.value().to_vec())))
        .collect()
}

/// Every entry of a small table.
pub(super) fn all(database: &redb::Database, table: FileTable) -> Result<Vec<KeyValue>, redb::Error> {
    let table = database.begin_read()?.open_table(table.definition())?;
    let entries = table.iter()?.map(|entry| {
        let (key, value) = entry?;
        Ok((key.value().to_vec(), value.value().to_vec()))
    });
    entries.collect()
}

/// Calls `visit` with every entry of a table.
pub(super) fn each(
    transaction: &ReadTransaction,
    table: FileTable,
    visit: impl FnMut(&[u8], &[u8]) -> Result<(), OpenError>,
) -> Result<(), OpenError> {
    each_of(transaction, table, (Bound::Unbounded, Bound::Unbounded), visit)
}

/// Calls `visit` with every entry whose key is in the range.
pub(super) fn each_of(
    transaction: &ReadTransaction,
    table: FileTable,
    keys: (Bound<&[u8]>, Bound<&[u8]>),
    mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), OpenError>,
) -> Result<(), OpenError> {
    let table = transaction.open_table(table.definition()).map_err(redb::Error::from)?;
    for entry in table.range::<&[u8]>(keys).map_err(redb::Error::from)? {
        let (key, value) = entry.map_err(redb::Error::from)?;
        visit(key.value(), value.value())?;
    }
    Ok(())
}
