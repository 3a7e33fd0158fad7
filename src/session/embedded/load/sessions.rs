//! Opens the sessions of the file on all processors. Each thread repeatedly claims the next range of ids.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::ops::Bound;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{Builder, ScopedJoinHandle, available_parallelism, scope};

use jiff::Timestamp;
use redb::ReadTransaction;

use super::tally::{Tally, millis};
use crate::domain::session::Live;
use crate::session::HashedId;
use crate::session::embedded::open_error::OpenError;
use crate::session::embedded::sessions::delete_session;
use crate::session::embedded::tables::{FileTable, each_of};
use crate::session::local::table::SessionTable;
use crate::session::record::Records;

/// The number of ranges of ids: enough that no thread has much left to do while the others are idle.
const RANGES: usize = 64;

/// The source and the destination of the sessions.
pub(super) struct SessionLoader<'a> {
    pub(super) path: &'a Path,
    pub(super) transaction: &'a ReadTransaction,
    pub(super) records: &'a Records,
    pub(super) sessions: Arc<SessionTable>,
}

/// What the file holds besides sessions.
pub(super) struct LoadedSessions<'a> {
    pub(super) tally: Tally<'a>,
    /// Ids of sessions that are gone but whose tokens are still in the file.
    pub(super) ownerless: Vec<HashedId>,
}

/// The ranges that no thread has claimed yet.
struct Ranges {
    next: AtomicUsize,
    /// An error of one thread stops the others.
    is_stopped: AtomicBool,
}

impl<'a> SessionLoader<'a> {
    /// Loads all of them.
    pub(super) fn run(&self) -> Result<LoadedSessions<'a>, OpenError> {
        let ranges = Ranges {
            next: AtomicUsize::new(0),
            is_stopped: AtomicBool::new(false),
        };
        let helpers = available_parallelism().map_or(1, NonZeroUsize::get) - 1;
        let (here, there) = scope(|scope| {
            let helper = || {
                Builder::new()
                    .name("open".to_owned())
                    .spawn_scoped(scope, || self.take(&ranges))
            };
            // If a thread cannot be created, loading continues without it.
            let helpers: Vec<_> = (0..helpers).map_while(|_| helper().ok()).collect();
            let here = self.take(&ranges);
            let joined = |helper: ScopedJoinHandle<'_, _>| helper.join().unwrap_or_else(|panic| resume_unwind(panic));
            let there: Vec<Result<LoadedSessions<'a>, OpenError>> = helpers.into_iter().map(joined).collect();
            (here, there)
        });
        let mut found = here?;
        for other in there {
            found.add(other?);
        }
        Ok(found)
    }

    /// Loads ranges until none is left.
    fn take(&self, ranges: &Ranges) -> Result<LoadedSessions<'a>, OpenError> {
        let mut found = LoadedSessions {
            tally: Tally::new(self.path),
            ownerless: Vec::new(),
        };
        while let Some(range) = ranges.next() {
            self.load(range, &mut found).inspect_err(|_| ranges.stop())?;
        }
        Ok(found)
    }

    fn load(&self, range: usize, found: &mut LoadedSessions<'a>) -> Result<(), OpenError> {
        let mut used = self.uses(range, found)?;
        let mut orphans: Vec<HashedId> = Vec::new();
        let LoadedSessions { tally, ownerless } = found;
        self.each(FileTable::Sessions, range, |key, sealed| {
            let Some(id) = HashedId::from_bytes(key) else {
                tally.drops(FileTable::Sessions, key);
                return Ok(());
            };
            let opened = tally.usable(FileTable::Sessions, key, self.records.open_session(id, sealed))?;
            // A session that expired in the meantime is kept for the sweep: its tokens are still to be revoked.
            let Some(session) = opened else {
                orphans.push(id);
                return Ok(());
            };
            let last_used = used.remove(&id).unwrap_or(session.started);
            let live = Live {
                session: Arc::new(session),
                version: 0,
                last_used,
            };
            // Even beyond the bound: lowering it signs nobody out.
            self.sessions.insert(self.sessions.place(), id, live);
            Ok(())
        })?;
        for id in orphans.iter().chain(used.keys()) {
            tally.useless.extend(delete_session(*id));
        }
        // Checks the version of all tokens but opens none: that happens when they are used.
        self.each(FileTable::Tokens, range, |key, sealed| {
            tally.check_readable(sealed)?;
            match HashedId::from_bytes(key) {
                Some(id) if !self.sessions.has(id) => ownerless.push(id),
                Some(_) => {}
                None => tally.drops(FileTable::Tokens, key),
            }
            Ok(())
        })
    }

    /// The last uses of a range.
    fn uses(&self, range: usize, found: &mut LoadedSessions<'a>) -> Result<HashMap<HashedId, Timestamp>, OpenError> {
        let mut used = HashMap::new();
        self.each(FileTable::Used, range, |key, value| {
            match (HashedId::from_bytes(key), millis(value)) {
                (Some(id), Some(moment)) => {
                    used.insert(id, moment);
                }
                _ => found.tally.drops(FileTable::Used, key),
            }
            Ok(())
        })?;
        Ok(used)
    }

    fn each(
        &self,
        table: FileTable,
        range: usize,
        visit: impl FnMut(&[u8], &[u8]) -> Result<(), OpenError>,
    ) -> Result<(), OpenError> {
        let (first, behind) = (edge(range), edge(range + 1));
        let first = first
            .as_ref()
            .map_or(Bound::Unbounded, |first| Bound::Included(first.as_slice()));
        let behind = behind
            .as_ref()
            .map_or(Bound::Unbounded, |behind| Bound::Excluded(behind.as_slice()));
        each_of(self.transaction, table, (first, behind), visit)
    }
}

/// The first key of a range; `None` for the first range, which starts at the shortest key, and for the end of the last.
fn edge(range: usize) -> Option<[u8; 1]> {
    let first = u8::try_from(range * 256 / RANGES).ok()?;
    (first > 0).then_some([first])
}

impl Ranges {
    fn next(&self) -> Option<usize> {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        (next < RANGES && !self.is_stopped.load(Ordering::Relaxed)).then_some(next)
    }

    fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }
}

impl LoadedSessions<'_> {
    fn add(&mut self, other: Self) {
        self.tally.add(other.tally);
        self.ownerless.extend(other.ownerless);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_in_one_range() {
        let is_in = |key: &[u8], range: usize| {
            edge(range).is_none_or(|first| first.as_slice() <= key)
                && edge(range + 1).is_none_or(|behind| key < behind.as_slice())
        };
        let keys = (0..=u8::MAX).flat_map(|first| [vec![first], vec![first, 0], vec![first; 32]]);
        for key in std::iter::once(Vec::new()).chain(keys) {
            assert_eq!((0..RANGES).filter(|range| is_in(&key, *range)).count(), 1, "{key:?}");
        }
    }
}
