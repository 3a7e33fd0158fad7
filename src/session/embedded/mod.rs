//! The store in one file (redb): `store.kind = "embedded"`.
//!
//! Everything live is in memory, and checks are answered from there; a restart begins with the file. A session is on
//! disk before its browser learns of it, and so is each step that leads there. Tokens stay on disk until they are used.

mod attempts;
mod copying;
mod counts;
mod desk;
mod disk;
pub(super) mod end_many;
pub(super) mod ending;
mod load;
mod logout_notices;
mod open;
mod open_error;
pub(super) mod ownerless_tokens;
mod revocations;
mod sessions;
pub(super) mod staged_file;
mod start;
mod store;
mod tables;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::local::replay_guard::ReplayGuard;
use super::local::tombstones::Tombstones;
use super::record::Records;
use super::{Answer, Bounds, Change, CountStore, ReplayStore, Sealer, Store};
use crate::clock::Entropy;
use crate::domain::revocation::Requester;
use crate::domain::session::Tokens;
use disk::{Disk, OnFailure};
use tables::Write;

pub use disk::CommitPace;
pub use open_error::OpenError;
pub use store::EmbeddedStore;

impl EmbeddedStore {
    /// Opens the file, or creates it, and loads it.
    pub fn open(
        path: &Path,
        bounds: Bounds,
        sealer: &Sealer,
        entropy: Arc<dyn Entropy>,
        now: Timestamp,
    ) -> Result<Self, OpenError> {
        Self::open_with(path, bounds, sealer, entropy, now, CommitPace::default())
    }

    /// The same with another pace of commits.
    pub fn open_with(
        path: &Path,
        bounds: Bounds,
        sealer: &Sealer,
        entropy: Arc<dyn Entropy>,
        now: Timestamp,
        pace: CommitPace,
    ) -> Result<Self, OpenError> {
        // Nothing is written before these checks have verified the file.
        let (database, staged) = open::check_file(path)?;
        let records = Records::new(sealer.clone());
        load::check_format(path, &database, sealer)?;
        let mut loaded = load::everything(path, &database, &records, bounds, now)?;
        staged
            .release()
            .map_err(|error| OpenError::Files(path.to_owned(), error.to_string()))?;
        ownerless_tokens::keep_revocations(
            &database,
            &records,
            entropy.as_ref(),
            &loaded.ownerless,
            now,
            &mut loaded.revocations,
        );
        let disk = Disk::new(path.to_owned(), database, pace)
            .map_err(|error| OpenError::Files(path.to_owned(), error.to_string()))?;
        let store = Self {
            attempts: Arc::new(loaded.attempts),
            desk: loaded.desk,
            unwritten_tries: Mutex::default(),
            sessions: loaded.sessions,
            revocations: Arc::new(Mutex::new(loaded.revocations)),
            keeps_notices: bounds.keeps_notices,
            notices: Arc::new(loaded.notices),
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

    /// Makes the writer panic.
    #[cfg(test)]
    pub(crate) fn break_writer(&self) {
        let then = Box::new(|| panic!("a test"));
        drop(self.disk.write(Vec::new(), OnFailure::Keep, Some(then)));
    }

    /// Deletes obsolete entries. Tokens in them become pending revocations in the same commit.
    fn tidy(&self, useless: Vec<Write>, unclaimed: Vec<Tokens>, now: Timestamp) {
        let mut writes = useless;
        for tokens in unclaimed {
            if let Some((id, revocation)) = self.revocation(Some(tokens), Requester::default(), now) {
                // Due at once: no other caller will try it.
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
            // Those that have become too old since the last sweep are dropped when the file is loaded.
            self.write_tries(Timestamp::MIN);
            let uses = self.sessions.unwritten();
            let writes: Vec<Write> = uses.into_iter().map(|(id, used)| sessions::used(id, used)).collect();
            self.disk.write_later(writes, OnFailure::Keep);
            self.disk.close().await
        }
        .boxed()
    }
}
