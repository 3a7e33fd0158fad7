//! The sessions that this process caches, so that checking a session in use needs no query to Redis.
//!
//! Reads fill the cache, invalidation messages remove from it. A read that was in progress when a message arrived must
//! not bring back what the message removed: a reader compares the count of messages before its query and after.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use crate::domain::session::{Live, Session};
use crate::session::HashedId;

/// A session not used through this process is dropped after this long; Redis still has it.
const IDLE: Duration = Duration::from_hours(1);

const STRIPES: usize = 64;

#[derive(Debug)]
pub(super) struct SessionCache {
    sessions: Cache<HashedId, Arc<CachedRow>>,
    /// Counts of invalidation messages, by the first byte of the id.
    notices: [AtomicU64; STRIPES],
    /// Sessions whose last use is not in Redis yet.
    unwritten: Mutex<Vec<Arc<CachedRow>>>,
}

/// A session as Redis had it when it was read, and its last use here since.
#[derive(Debug)]
pub(super) struct CachedRow {
    pub(super) id: HashedId,
    session: Arc<Session>,
    version: u64,
    /// Milliseconds since 1970.
    last_used: AtomicI64,
    /// The last use that Redis has, as far as this process knows.
    written: AtomicI64,
    is_unwritten: AtomicBool,
    /// When it was last known to be live, in milliseconds since 1970 by the service's clock.
    seen: AtomicI64,
    epoch: u64,
}

/// What happens with a last use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Touched {
    /// The caller that recorded it writes it now.
    IsDue,
    /// It is written in the next batch.
    Waits,
}

/// The state before Redis was queried.
#[derive(Debug, Clone, Copy)]
pub(super) struct AsOf {
    /// The count of invalidation messages at that time.
    pub(super) notices: u64,
    /// The connection of that time.
    pub(super) epoch: u64,
}

impl SessionCache {
    /// A cache of this many sessions. Beyond it, the least recently used one is evicted: a newcomer is cached, however
    /// busy the others are, since otherwise each of its checks would query Redis.
    pub(super) fn new(most: usize) -> Self {
        let sessions = Cache::builder()
            .max_capacity(u64::try_from(most).unwrap_or(u64::MAX))
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(IDLE)
            .build();
        Self {
            sessions,
            notices: std::array::from_fn(|_| AtomicU64::new(0)),
            unwritten: Mutex::default(),
        }
    }

    pub(super) fn get(&self, id: HashedId) -> Option<Arc<CachedRow>> {
        self.sessions.get(&id)
    }

    /// The count of invalidation messages, to be read before Redis is queried, for [`keep`](Self::keep).
    pub(super) fn notices_for(&self, id: HashedId) -> u64 {
        self.stripe(id).load(Ordering::Acquire)
    }

    /// Caches Redis's answer, unless an invalidation message arrived in the meantime.
    pub(super) fn keep(&self, id: HashedId, live: &Live, as_of: AsOf, now: Timestamp) {
        let written = live.last_used.as_millisecond();
        let mut used = written;
        // A use here that is not written yet must not be lost with the entry.
        if let Some(before) = self.get(id) {
            used = used.max(before.last_used.load(Ordering::Acquire));
        }
        let known = Arc::new(CachedRow {
            id,
            session: Arc::clone(&live.session),
            version: live.version,
            last_used: AtomicI64::new(used),
            written: AtomicI64::new(written),
            is_unwritten: AtomicBool::new(false),
            seen: AtomicI64::new(now.as_millisecond()),
            epoch: as_of.epoch,
        });
        self.sessions.insert(id, known);
        // After the insertion: a message either finds the entry and removes it, or is counted here.
        if self.notices_for(id) != as_of.notices {
            self.sessions.invalidate(&id);
        }
    }

    /// An invalidation message arrived: the cached session is outdated.
    pub(super) fn forget(&self, id: HashedId) {
        self.stripe(id).fetch_add(1, Ordering::AcqRel);
        self.sessions.invalidate(&id);
    }

    /// Records a use. The first one later than `every` after the last write is written at once, by one of the callers;
    /// others wait for the next batch.
    pub(super) fn touch(&self, id: HashedId, now: Timestamp, every: Duration) -> Touched {
        // Not in the cache: an invalidation message came between the check and this.
        let Some(known) = self.get(id) else {
            return Touched::IsDue;
        };
        let now = now.as_millisecond();
        let used = known.last_used.fetch_max(now, Ordering::AcqRel).max(now);
        let written = known.written.load(Ordering::Acquire);
        let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
        if used.saturating_sub(written) >= every
            && known
                .written
                .compare_exchange(written, used, Ordering::AcqRel, Ordering::Acquire)
                .is_ok()
        {
            return Touched::IsDue;
        }
        self.give_back(vec![known]);
        Touched::Waits
    }

    /// Records a use that need not be written at once; if it must, returns `false` and records nothing.
    pub(super) fn note(&self, known: &Arc<CachedRow>, now: Timestamp, every: Duration) -> bool {
        let (now, written) = (now.as_millisecond(), known.written.load(Ordering::Acquire));
        let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
        if now.saturating_sub(written) >= every {
            return false;
        }
        known.last_used.fetch_max(now, Ordering::AcqRel);
        if !known.is_unwritten.load(Ordering::Acquire) {
            self.give_back(vec![Arc::clone(known)]);
        }
        true
    }

    /// A use that was due could not be written: it goes into the next batch.
    pub(super) fn defer(&self, id: HashedId) {
        self.give_back(self.get(id).into_iter().collect());
    }

    /// Takes the sessions whose last use is to be written now.
    pub(super) fn take_unwritten(&self) -> Vec<Arc<CachedRow>> {
        let taken = std::mem::take(&mut *self.lock());
        for known in &taken {
            // Cleared before the last use is read: a later use is recorded again.
            known.is_unwritten.store(false, Ordering::Release);
        }
        taken
    }

    /// Puts them into the next batch.
    pub(super) fn give_back(&self, uses: Vec<Arc<CachedRow>>) {
        let mut unwritten = self.lock();
        for known in uses {
            if !known.is_unwritten.swap(true, Ordering::AcqRel) {
                unwritten.push(known);
            }
        }
    }

    /// Evicts at once after an insertion; usually that happens together with later changes.
    #[cfg(test)]
    pub(super) fn settle(&self) {
        self.sessions.run_pending_tasks();
    }

    fn stripe(&self, id: HashedId) -> &AtomicU64 {
        let [first, ..] = id.0;
        // OK because the remainder is always in range; the fallback is never reached.
        self.notices
            .get(usize::from(first) % STRIPES)
            .unwrap_or(&self.notices[0])
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<CachedRow>>> {
        // Every change is one call, so a panic elsewhere leaves nothing half done.
        self.unwritten.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CachedRow {
    pub(super) fn live(&self) -> Live {
        Live {
            session: Arc::clone(&self.session),
            version: self.version,
            last_used: self.last_used(),
        }
    }

    pub(super) fn last_used(&self) -> Timestamp {
        let millis = self.last_used.load(Ordering::Acquire);
        Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Whether it was read over the listener's present connection.
    pub(super) fn is_of(&self, epoch: u64) -> bool {
        self.epoch == epoch
    }

    pub(super) fn see(&self, now: Timestamp) {
        self.seen.fetch_max(now.as_millisecond(), Ordering::AcqRel);
    }

    /// Whether it was known to be live less than `grace` ago.
    pub(super) fn was_seen_within(&self, grace: Duration, now: Timestamp) -> bool {
        let seen = self.seen.load(Ordering::Acquire);
        let since = now.as_millisecond().saturating_sub(seen);
        i64::try_from(grace.as_millis()).is_ok_and(|grace| since < grace)
    }
}
