//! Why the file cannot be opened.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use redb::{DatabaseError, StorageError};
use thiserror::Error;

use crate::session::Unreadable;

/// Why the file cannot be used. Each text says what to do.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error(
        "{0} is in use by another process; one process can use it at a time: stop the other one, or use \
         store.kind = \"redis\" for several replicas"
    )]
    InUse(PathBuf),
    /// The file is damaged.
    #[error(
        "{0} is damaged ({1}); it was left as it is. Put back a copy, or move it away to start with an empty store, \
         which signs everybody out"
    )]
    Damaged(PathBuf, String),
    /// A later version wrote it.
    #[error(
        "{0} was written by a newer version of Portico ({1}); start that version, or move the file away, which signs \
         everybody out"
    )]
    Newer(PathBuf, String),
    /// It was sealed with other keys.
    #[error(
        "{0} was sealed with keys that are not in the key ring ({1}); put back the key ring (store.keys_file) that \
         belongs to it, or move the file away, which signs everybody out"
    )]
    OtherKeys(PathBuf, String),
    /// The file or its folder cannot be used.
    #[error(
        "{0} cannot be used ({1}); its folder must exist and the user of this process must be allowed to write in it"
    )]
    Files(PathBuf, String),
    /// The engine failed while reading.
    #[error("reading the store: {0}")]
    Engine(#[from] redb::Error),
}

/// The error for the operator, from the error of the engine or the file system.
pub(super) fn refused(path: &Path, error: DatabaseError) -> OpenError {
    match error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => OpenError::InUse(path.to_owned()),
        DatabaseError::Storage(StorageError::Io(error))
            if error.kind() != ErrorKind::InvalidData && error.kind() != ErrorKind::UnexpectedEof =>
        {
            OpenError::Files(path.to_owned(), error.to_string())
        }
        other => OpenError::Damaged(path.to_owned(), other.to_string()),
    }
}

/// The error for the operator, from the problem with the key check or a record.
pub(super) fn unreadable(path: &Path, why: Unreadable) -> OpenError {
    let (path, text) = (path.to_owned(), why.to_string());
    match why {
        Unreadable::Newer(_) => OpenError::Newer(path, text),
        Unreadable::NoKey(_) => OpenError::OtherKeys(path, text),
        Unreadable::Damaged => OpenError::Damaged(path, text),
    }
}
