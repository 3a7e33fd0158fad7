//! Loads the file into memory when the process starts.

mod desk;
mod sessions;
mod tally;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use redb::{Database, ReadTransaction, ReadableDatabase as _};

use super::attempts::{key, parse_key};
use super::open_error::{OpenError, unreadable};
use super::tables;
use super::tables::{FileTable, Write};
use crate::domain::attempt::Attempt;
use crate::domain::session::Tokens;
use crate::session::local::attempts::MemoryAttempts;
use crate::session::local::desk::Desk;
use crate::session::local::logout_notices::LogoutNotices;
use crate::session::local::table::SessionTable;
use crate::session::record::Records;
use crate::session::secrets::keys::Purpose;
use crate::session::{Bounds, HashedId, RevocationId, Sealer};
use sessions::{LoadedSessions, SessionLoader};
use tally::{Tally, millis};

pub(super) use desk::CLOSED;

/// The version of the table layout. A higher one is refused.
const FORMAT: u32 = 1;

const KEY_CHECK: &[u8] = b"portico";

/// The data that was loaded.
pub(super) struct Loaded {
    pub(super) attempts: MemoryAttempts,
    pub(super) sessions: Arc<SessionTable>,
    pub(super) revocations: BTreeMap<RevocationId, Timestamp>,
    pub(super) notices: LogoutNotices,
    pub(super) desk: Desk,
    /// Tokens of sign-ins that expired before a browser claimed them.
    pub(super) unclaimed: Vec<Tokens>,
    /// Ids of sessions that are gone but whose tokens are still in the file.
    pub(super) ownerless: Vec<HashedId>,
    /// Deletes of obsolete entries.
    pub(super) useless: Vec<Write>,
}

/// Checks that this version can read the file, and that the key ring belongs to it.
pub(super) fn check_format(path: &Path, database: &Database, sealer: &Sealer) -> Result<(), OpenError> {
    let damaged = |error: redb::Error| OpenError::Damaged(path.to_owned(), error.to_string());
    let format = tables::get(database, FileTable::Meta, b"format").map_err(damaged)?;
    if let Some(format) = format {
        let format = format
            .try_into()
            .map(u32::from_be_bytes)
            .map_err(|_| OpenError::Damaged(path.to_owned(), "it has no format".to_owned()))?;
        if format > FORMAT {
            let text = format!("format {format}; this version knows up to {FORMAT}");
            return Err(OpenError::Newer(path.to_owned(), text));
        }
    }
    let key_check = tables::get(database, FileTable::Meta, b"witness").map_err(damaged)?;
    if let Some(sealed) = key_check {
        sealer
            .open(Purpose::Session, KEY_CHECK, &sealed)
            .map_err(|why| unreadable(path, why))?;
    }
    // Sealed anew at each start: after a rotation the file belongs to the rotated ring.
    let renewed = sealer.seal(Purpose::Session, KEY_CHECK, KEY_CHECK);
    let meta = [
        Write::put(FileTable::Meta, *b"format", FORMAT.to_be_bytes()),
        Write::put(FileTable::Meta, *b"witness", renewed),
    ];
    tables::commit(database, meta.iter())
        .map_err(|failed| OpenError::Files(path.to_owned(), failed.into_error().to_string()))
}

/// Loads everything that is live.
pub(super) fn everything(
    path: &Path,
    database: &Database,
    records: &Records,
    bounds: Bounds,
    now: Timestamp,
) -> Result<Loaded, OpenError> {
    let transaction = database.begin_read().map_err(redb::Error::from)?;
    let mut loader = Loader {
        path,
        transaction: &transaction,
        records,
        unclaimed: Vec::new(),
        tally: Tally::new(path),
    };
    let (sessions, ownerless) = loader.sessions(bounds)?;
    let attempts = loader.attempts(bounds, now)?;
    let revocations = loader.revocations()?;
    let notices = loader.notices(bounds, now)?;
    let desk = loader.desk(now)?;
    if loader.tally.unreadable > 0 {
        tracing::warn!(
            records = loader.tally.unreadable,
            "records of the store could not be read and were dropped: they are damaged, or their key left the key ring"
        );
    }
    tracing::info!(
        sessions = sessions.len(),
        attempts = attempts.count(now),
        pending_revocations = revocations.len(),
        "the store is open"
    );
    Ok(Loaded {
        attempts,
        sessions,
        revocations,
        notices,
        desk,
        unclaimed: loader.unclaimed,
        ownerless,
        useless: loader.tally.useless,
    })
}

struct Loader<'a> {
    path: &'a Path,
    transaction: &'a ReadTransaction,
    records: &'a Records,
    unclaimed: Vec<Tokens>,
    tally: Tally<'a>,
}

impl Loader<'_> {
    fn sessions(&mut self, bounds: Bounds) -> Result<(Arc<SessionTable>, Vec<HashedId>), OpenError> {
        let sessions = Arc::new(SessionTable::new(bounds.sessions));
        let loader = SessionLoader {
            path: self.path,
            transaction: self.transaction,
            records: self.records,
            sessions: Arc::clone(&sessions),
        };
        let LoadedSessions { tally, ownerless } = loader.run()?;
        self.tally.add(tally);
        if sessions.len() > bounds.sessions {
            tracing::warn!(
                sessions = sessions.len(),
                max_sessions = bounds.sessions,
                "the store holds more sessions than it may (store.max_sessions): nobody is signed out, and sign-ins are \
                 refused until enough sessions have ended"
            );
        }
        Ok((sessions, ownerless))
    }

    fn attempts(&mut self, bounds: Bounds, now: Timestamp) -> Result<MemoryAttempts, OpenError> {
        let (transaction, records) = (self.transaction, self.records);
        let mut found = Vec::new();
        tables::each(transaction, FileTable::Attempts, |key, sealed| {
            let Some((visit, tab)) = parse_key(key) else {
                self.tally.drops(FileTable::Attempts, key);
                return Ok(());
            };
            let opened = records.open_attempt(visit, &tab, sealed);
            match self.tally.usable(FileTable::Attempts, key, opened)? {
                Some(attempt) if !attempt.is_expired(now) => {
                    // Requests in progress ended with their process.
                    found.push((visit, tab, attempt.unmarked()));
                }
                gone => self.forget(key, gone),
            }
            Ok(())
        })?;
        // The oldest first, so that the newest attempt of each browser is inserted last.
        found.sort_by_key(|(_, _, attempt)| attempt.facts.started);
        let attempts = MemoryAttempts::new(bounds.attempts);
        for (visit, tab, attempt) in found {
            for gone in attempts.open(visit, &tab, attempt).unwrap_or_default() {
                self.forget(&key(gone.visit, &gone.tab), Some(gone.attempt));
            }
        }
        Ok(attempts)
    }

    fn forget(&mut self, key: &[u8], attempt: Option<Attempt>) {
        self.tally.drops(FileTable::Attempts, key);
        self.unclaimed.extend(attempt.and_then(Attempt::into_tokens));
    }

    fn revocations(&mut self) -> Result<BTreeMap<RevocationId, Timestamp>, OpenError> {
        let (transaction, tally, mut revocations) = (self.transaction, &mut self.tally, BTreeMap::new());
        tables::each(transaction, FileTable::Revocations, |key, value| {
            let id = <[u8; 16]>::try_from(key).ok().map(RevocationId);
            if let (Some(id), Some((next, sealed))) = (id, value.split_first_chunk::<8>())
                && let Some(next) = millis(next)
            {
                tally.check_readable(sealed)?;
                revocations.insert(id, next);
            } else {
                tally.misses(FileTable::Revocations, key);
            }
            Ok(())
        })?;
        Ok(revocations)
    }

    /// All of them are due. Without a portal to tell, they are deleted.
    fn notices(&mut self, bounds: Bounds, now: Timestamp) -> Result<LogoutNotices, OpenError> {
        let (transaction, records, tally) = (self.transaction, self.records, &mut self.tally);
        let notices = LogoutNotices::default();
        tables::each(transaction, FileTable::LogoutNotices, |key, sealed| {
            let Some(id) = HashedId::from_bytes(key).filter(|_| bounds.keeps_notices) else {
                tally.drops(FileTable::LogoutNotices, key);
                return Ok(());
            };
            let opened = records.open_notice(id, sealed);
            if let Some(notice) = tally.usable(FileTable::LogoutNotices, key, opened)? {
                notices.put(id, notice, now);
            }
            Ok(())
        })?;
        Ok(notices)
    }
}
