//! Opening the file.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use redb::{Builder, Database, DatabaseError, StorageError};

use super::open_error::{OpenError, refused};
use super::staged_file::Staged;
use super::tables;

/// Memory for pages of the file, in bytes. Little is read from it: tokens, when they are used.
const CACHE: usize = 2 * 1024 * 1024;

/// A new file can be read by the user of the service alone. An existing one keeps its mode.
const MODE: u32 = 0o600;

/// Opens the file, or creates it, and checks every page of it. The engine's writes are held back until they are
/// released.
pub(super) fn check_file(path: &Path) -> Result<(Database, Staged), OpenError> {
    let refused = |error| refused(path, error);
    let staged = file(path).and_then(Staged::new).map_err(refused)?;
    // Without the check, the engine trusts a file that was closed in order, and panics on a damaged one.
    let opened = Builder::new()
        .set_cache_size(CACHE)
        .set_check_integrity_on_open(true)
        .create_with_backend(staged.clone());
    let database = opened.map_err(refused)?;
    tables::create(&database).map_err(|error| OpenError::Damaged(path.to_owned(), error.to_string()))?;
    Ok((database, staged))
}

/// Opens a file that this process had open a moment ago. A missing one is not created: it would be empty.
pub(super) fn open_file(path: &Path) -> Result<Database, OpenError> {
    let opened = Builder::new().set_cache_size(CACHE).open(path);
    opened.map_err(|error| refused(path, error))
}

fn file(path: &Path) -> Result<File, DatabaseError> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(MODE)
        .open(path);
    file.map_err(|error| StorageError::Io(error).into())
}
