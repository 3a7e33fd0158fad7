//! The store in one file (redb): `store.kind = "embedded"`.
//!
//! Everything live is in memory, and checks are answered from there; a restart begins with the file. A session is on
//! disk before its browser learns of it, and so is each step that leads there. Tokens stay on disk until they are used.

mod attempts;
mod counts;
mod disk;
mod leaving;
mod load;
mod many;
mod ownerless;
mod revocations;
mod sessions;
mod staged;
mod start;
mod tables;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use redb::{Builder, Database, DatabaseError, StorageError};
use thiserror::Error;

use super::local::attempts::MemoryAttempts;
use super::local::replay_guard::ReplayGuard;
use super::local::table::SessionTable;
use super::local::tombstones::Tombstones;
use super::record::Records;
use super::{Answer, Bounds, Change, CountStore, HashedId, ReplayStore, RevocationId, Sealer, Store, Unreadable};
use crate::clock::Entropy;
use crate::domain::ids::Tab;
use crate::domain::revocation::Requester;
use crate::domain::session::Tokens;
use disk::{Disk, OnFailure};
use staged::Staged;
use tables::Write;

/// Memory for pages of the file, in bytes. Little is read from it: tokens, when they are used.
const CACHE: usize = 2 * 1024 * 1024;

/// Why the file cannot be used. Each text names the way out.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process has it.
    #[error(
        "{0} is in use by another process; one process can use it at a time: stop the other one, or use \
         store.kind = \"redis\" for several replicas"
    )]
    InUse(PathBuf),
    /// The file is not as it was written.
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

/// The store of `store.kind = "embedded"`.
#[derive(Debug)]
pub struct EmbeddedStore {
    attempts: Arc<MemoryAttempts>,
    sessions: Arc<SessionTable>,
    /// When each revocation is tried next.
    revocations: Arc<Mutex<BTreeMap<RevocationId, Timestamp>>>,
    /// Deletes of attempts whose tokens were returned by a sweep; the next sweep writes them.
    handed_out: Mutex<Vec<Write>>,
    /// Attempts that became sessions, and of which the file still has an earlier step; the next sweep deletes it.
    finished: Mutex<Vec<(HashedId, Tab)>>,
    /// Not on disk: a restart loses only the reasons that pages show.
    tombstones: Tombstones,
    /// Not on disk either: see [`ReplayGuard`].
    replay_guard: ReplayGuard,
    disk: Disk,
    records: Records,
    entropy: Arc<dyn Entropy>,
}

impl EmbeddedStore {
    /// Opens the file, or creates it, and loads it.
    pub fn open(
        path: &Path,
        bounds: Bounds,
        sealer: &Sealer,
        entropy: Arc<dyn Entropy>,
        now: Timestamp,
    ) -> Result<Self, OpenError> {
        // Nothing is written before these checks have found the file good.
        let (database, staged) = check_file(path)?;
        let records = Records::new(sealer.clone());
        load::check_format(path, &database, sealer)?;
        let mut loaded = load::everything(path, &database, &records, bounds, now)?;
        staged
            .release()
            .map_err(|error| OpenError::Files(path.to_owned(), error.to_string()))?;
        let (tools, revocations) = ((&records, entropy.as_ref()), &mut loaded.revocations);
        ownerless::keep_revocations(&database, tools, &loaded.ownerless, now, revocations);
        let disk = Disk::new(path.to_owned(), database)
            .map_err(|error| OpenError::Files(path.to_owned(), error.to_string()))?;
        let store = Self {
            attempts: Arc::new(loaded.attempts),
            sessions: loaded.sessions,
            revocations: Arc::new(Mutex::new(loaded.revocations)),
            handed_out: Mutex::default(),
            finished: Mutex::default(),
            tombstones: Tombstones::default(),
            replay_guard: ReplayGuard::default(),
            disk,
            records,
            entropy,
        };
        store.tidy(loaded.useless, loaded.unclaimed, now);
        Ok(store)
    }
}

impl EmbeddedStore {
    /// Makes the writer panic.
    #[cfg(test)]
    pub(crate) fn break_writer(&self) {
        let then = Box::new(|| panic!("a test"));
        drop(self.disk.write(Vec::new(), OnFailure::Keep, Some(then)));
    }

    /// Deletes entries that are of no use any more. Tokens in them become pending revocations in the same commit.
    fn tidy(&self, useless: Vec<Write>, unclaimed: Vec<Tokens>, now: Timestamp) {
        let mut writes = useless;
        for tokens in unclaimed {
            if let Some((id, revocation)) = self.revocation(Some(tokens), Requester::default(), now) {
                // Due at once: no other caller is about to try.
                writes.push(self.revocation_write(id, &revocation, now));
                self.revocations().insert(id, now);
            }
        }
        self.disk.write_later(writes, OnFailure::Keep);
    }
}

impl ReplayStore for EmbeddedStore {
    fn is_new<'a>(&'a self, name: &'a str, until: Timestamp, now: Timestamp) -> Change<'a, bool> {
        async move { Ok(self.replay_guard.is_new(name, until, now)) }.boxed()
    }

    fn forget_replay<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        async move {
            self.replay_guard.forget(name);
            Ok(())
        }
        .boxed()
    }
}

impl Store for EmbeddedStore {
    fn counts(&self) -> Option<&dyn CountStore> {
        Some(self)
    }

    fn breaks(&self) -> BoxFuture<'static, ()> {
        self.disk.breaks().boxed()
    }

    fn close(&self) -> Answer<'_, ()> {
        async move {
            self.forget_finished();
            let uses = self.sessions.unwritten();
            let writes: Vec<Write> = uses.into_iter().map(|(id, used)| sessions::used(id, used)).collect();
            self.disk.write_later(writes, OnFailure::Keep);
            self.disk.close().await
        }
        .boxed()
    }
}

/// Opens the file, or creates it, and checks every page of it. The engine's writes are held back until they are
/// released.
fn check_file(path: &Path) -> Result<(Database, Staged), OpenError> {
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
fn open_file(path: &Path) -> Result<Database, OpenError> {
    let opened = Builder::new().set_cache_size(CACHE).open(path);
    opened.map_err(|error| refused(path, error))
}

fn file(path: &Path) -> Result<File, DatabaseError> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path);
    file.map_err(|error| StorageError::Io(error).into())
}

fn refused(path: &Path, error: DatabaseError) -> OpenError {
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

/// The error for the operator, by what is wrong with the key check or a record.
fn unreadable(path: &Path, why: Unreadable) -> OpenError {
    let (path, text) = (path.to_owned(), why.to_string());
    match why {
        Unreadable::Newer(_) => OpenError::Newer(path, text),
        Unreadable::NoKey(_) => OpenError::OtherKeys(path, text),
        Unreadable::Damaged => OpenError::Damaged(path, text),
    }
}
