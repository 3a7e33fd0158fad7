//! Live sessions in the memory of this process, from which checks are answered.
//!
//! Reading takes no lock. Recording a use is an atomic store; writing it to disk is up to the owner of the table.

mod entry;
mod name_index;

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use lru::LruCache;
use tokio::sync::watch;

use self::entry::Entry;
use self::name_index::NameIndex;
use super::lease::{LeaseAnswer, Lost};
use crate::domain::session::{Lifetimes, Live, Session};
use crate::session::{HashedId, StoreError};

/// A bounded table. At its bound, new sign-ins are refused; no session is evicted.
#[derive(Debug)]
pub(in crate::session) struct SessionTable {
    entries: papaya::HashMap<HashedId, Entry>,
    cold: Mutex<ColdFields>,
    /// Entries plus reserved capacity; counted separately, so that the bound holds without a lock.
    places: AtomicUsize,
    bound: usize,
}

/// Data that checks do not need, kept apart so that each session stays small.
#[derive(Debug, Default)]
struct ColdFields {
    names: NameIndex,
    leases: HashMap<HashedId, RenewalLease>,
    last_lease: u64,
    /// The last lease of recently renewed sessions, to recognise a repeated renewal.
    renewed: Option<LruCache<HashedId, u64>>,
    /// How many requests are about to end each session, which cannot be renewed meanwhile.
    seizures: HashMap<HashedId, u32>,
    /// Sessions whose next change is awaited.
    awaited: HashMap<HashedId, watch::Sender<()>>,
}

/// How many renewals are remembered; a renewal is repeated within seconds.
const RENEWED: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();

/// The right to renew a session.
#[derive(Debug, Clone, Copy)]
struct RenewalLease {
    number: u64,
    until: Timestamp,
    rests: bool,
}

/// Reserved capacity in the table, returned on drop unless it was used.
#[derive(Debug)]
pub(in crate::session) struct Promise(Option<Arc<SessionTable>>);

impl SessionTable {
    pub(in crate::session) fn new(bound: usize) -> Self {
        Self {
            entries: papaya::HashMap::new(),
            cold: Mutex::default(),
            places: AtomicUsize::new(0),
            bound: bound.max(1),
        }
    }

    /// Reserves capacity for one session, before anything is written to disk.
    pub(in crate::session) fn promise(self: &Arc<Self>) -> Result<Promise, StoreError> {
        let promised = self.places.fetch_update(Ordering::AcqRel, Ordering::Acquire, |places| {
            (places < self.bound).then_some(places + 1)
        });
        match promised {
            Ok(_) => Ok(Promise(Some(Arc::clone(self)))),
            Err(_) => Err(StoreError::new(format!(
                "{} sessions are kept, the most allowed (store.max_sessions)",
                self.bound
            ))),
        }
    }

    /// Capacity for a session that already exists, whatever the bound.
    pub(in crate::session) fn place(self: &Arc<Self>) -> Promise {
        self.places.fetch_add(1, Ordering::AcqRel);
        Promise(Some(Arc::clone(self)))
    }

    pub(in crate::session) fn insert(&self, promise: Promise, id: HashedId, live: Live) {
        let mut cold = self.cold();
        let slot = cold.names.add(id, &live.session.identity);
        let entries = self.entries.pin();
        match entries.insert(id, Entry::new(live, slot)) {
            None => promise.take(),
            Some(former) => cold.names.remove(former.slot(), &former.live().session.identity),
        }
    }

    pub(in crate::session) fn get(&self, id: HashedId) -> Option<Live> {
        self.entries.pin().get(&id).map(Entry::live)
    }

    pub(in crate::session) fn has(&self, id: HashedId) -> bool {
        self.entries.pin().contains_key(&id)
    }

    pub(in crate::session) fn of_subject(&self, subject: &str) -> Vec<(HashedId, Live)> {
        let ids = self.cold().names.of_subject(subject);
        let is_theirs = |live: &Live| live.session.identity.subject() == subject;
        self.those_of(ids, is_theirs)
    }

    /// How many sessions the customer has, at most.
    pub(in crate::session) fn count_of_subject(&self, subject: &str) -> usize {
        self.cold().names.of_subject(subject).len()
    }

    /// The sessions of the customer with this `sub`, or with this login or email address in any case.
    pub(in crate::session) fn of_user(&self, name: &str) -> Vec<(HashedId, Live)> {
        let ids = self.cold().names.of_user(name);
        self.those_of(ids, |live| live.session.identity.is_called(name))
    }

    fn those_of(
        &self,
        ids: impl IntoIterator<Item = HashedId>,
        is_theirs: impl Fn(&Live) -> bool,
    ) -> Vec<(HashedId, Live)> {
        let found = ids.into_iter().filter_map(|id| Some((id, self.get(id)?)));
        found.filter(|(_, live)| is_theirs(live)).collect()
    }

    pub(in crate::session) fn each(&self) -> Vec<(HashedId, Live)> {
        let entries = self.entries.pin();
        entries.iter().map(|(id, entry)| (*id, entry.live())).collect()
    }

    /// A session that is live now; records its use like [`touch`](Self::touch).
    pub(in crate::session) fn cached_session(
        &self,
        id: HashedId,
        lifetimes: Lifetimes,
        now: Timestamp,
        every: Duration,
    ) -> Option<(Live, Option<Timestamp>)> {
        let entries = self.entries.pin();
        let entry = entries.get(&id)?;
        let live = entry.live();
        live.is_live(lifetimes, now).then(|| (live, entry.note_use(now, every)))
    }

    /// Records a use; returns its time if it should be written to disk, because the last one written is older than
    /// `every`.
    pub(in crate::session) fn touch(&self, id: HashedId, now: Timestamp, every: Duration) -> Option<Timestamp> {
        self.entries.pin().get(&id)?.note_use(now, every)
    }

    /// The last uses that are not yet written to disk; from now on they count as written.
    pub(in crate::session) fn unwritten(&self) -> Vec<(HashedId, Timestamp)> {
        let mut unwritten = Vec::new();
        for (id, entry) in &self.entries.pin() {
            unwritten.extend(entry.take_unwritten().map(|moment| (*id, moment)));
        }
        unwritten
    }

    /// Removes a session; `also` runs before any other request can act on the same session.
    pub(in crate::session) fn remove(&self, id: HashedId, also: impl FnOnce()) -> Option<Live> {
        let mut cold = self.cold();
        let (slot, removed) = self
            .entries
            .pin()
            .remove(&id)
            .map(|entry| (entry.slot(), entry.live()))?;
        self.places.fetch_sub(1, Ordering::AcqRel);
        cold.names.remove(slot, &removed.session.identity);
        cold.forget(id);
        also();
        Some(removed)
    }

    /// Takes the lease, if it is free.
    pub(in crate::session) fn lease(
        &self,
        id: HashedId,
        version: u64,
        until: Timestamp,
        now: Timestamp,
    ) -> LeaseAnswer {
        let mut cold = self.cold();
        match cold.leases.get(&id).filter(|held| now < held.until) {
            Some(held) if held.rests => return LeaseAnswer::Resting,
            Some(_) => return LeaseAnswer::Busy,
            None => {}
        }
        if self.get(id).is_none_or(|live| live.version != version) {
            return LeaseAnswer::Nothing;
        }
        if cold.seizures.contains_key(&id) {
            return LeaseAnswer::Busy;
        }
        cold.last_lease += 1;
        let number = cold.last_lease;
        let held = RenewalLease {
            number,
            until,
            rests: false,
        };
        cold.leases.insert(id, held);
        LeaseAnswer::Granted(number)
    }

    /// Lets the lease rest until it expires, and wakes waiting requests.
    pub(in crate::session) fn rest(&self, id: HashedId, lease: u64) {
        let mut cold = self.cold();
        let latest = cold.leases.get_mut(&id);
        if let Some(held) = latest.filter(|held| held.number == lease) {
            held.rests = true;
            cold.awaited.remove(&id);
        }
    }

    /// Blocks renewals until the session is gone or [`release`](Self::release) is called: until then, whatever is read
    /// of the session stays current. Returns whether the session exists.
    pub(in crate::session) fn seize(&self, id: HashedId) -> bool {
        let mut cold = self.cold();
        let is_there = self.entries.pin().contains_key(&id);
        if is_there {
            *cold.seizures.entry(id).or_default() += 1;
        }
        is_there
    }

    /// Undoes a [`seize`](Self::seize). When it was the last one and the session still exists, the lease is valid
    /// again.
    pub(in crate::session) fn release(&self, id: HashedId) {
        let mut cold = self.cold();
        let left = cold.seizures.get_mut(&id).map(|count| {
            *count = count.saturating_sub(1);
            *count
        });
        if left == Some(0) {
            cold.seizures.remove(&id);
            cold.awaited.remove(&id);
        }
    }

    /// Completes when no request is about to end the session.
    pub(in crate::session) async fn released(&self, id: HashedId) {
        loop {
            let mut change = {
                let mut cold = self.cold();
                if !cold.seizures.contains_key(&id) {
                    return;
                }
                cold.watch(id)
            };
            // The error is the signal: the sender was dropped.
            while change.changed().await.is_ok() {}
        }
    }

    /// Whether the session was renewed under this lease.
    pub(in crate::session) fn is_renewed(&self, id: HashedId, lease: u64) -> bool {
        let mut cold = self.cold();
        cold.renewed().get(&id) == Some(&lease)
    }

    /// Runs `act` if the session exists and this is its latest lease, before any other request can act on the session.
    pub(in crate::session) fn with_lease<T>(
        &self,
        id: HashedId,
        lease: u64,
        act: impl FnOnce() -> T,
    ) -> Result<T, Lost> {
        let cold = self.cold();
        if !self.entries.pin().contains_key(&id) {
            return Err(Lost::Ended);
        }
        if cold.seizures.contains_key(&id) {
            return Err(Lost::Seized);
        }
        match cold.leases.get(&id) {
            Some(held) if held.number == lease => Ok(act()),
            _ => Err(Lost::Superseded),
        }
    }

    /// Replaces a session and returns its lease.
    pub(in crate::session) fn renew(&self, id: HashedId, lease: u64, session: Session) {
        let mut cold = self.cold();
        cold.leases.remove(&id);
        cold.renewed().put(id, lease);
        if let Some(entry) = self.entries.pin().get(&id) {
            let former = entry.live().session;
            if former.identity != session.identity {
                cold.names.rename(entry.slot(), &former.identity, &session.identity);
            }
            entry.renew(session);
        }
        // Dropping the sender wakes the waiting requests.
        cold.awaited.remove(&id);
    }

    /// Completes when the session is no longer at `version`, or has ended.
    pub(in crate::session) async fn changed(&self, id: HashedId, version: u64) {
        let mut change = {
            let mut cold = self.cold();
            let is_at = self.get(id).is_some_and(|live| live.version == version);
            if !is_at {
                return;
            }
            cold.watch(id)
        };
        // The error is the signal: the sender was dropped.
        while change.changed().await.is_ok() {}
    }

    pub(in crate::session) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The sessions that are past their limits.
    pub(in crate::session) fn ended(&self, lifetimes: Lifetimes, now: Timestamp) -> Vec<HashedId> {
        let entries = self.entries.pin();
        entries
            .iter()
            .filter(|(_, entry)| !entry.live().is_live(lifetimes, now))
            .map(|(id, _)| *id)
            .collect()
    }

    fn cold(&self) -> MutexGuard<'_, ColdFields> {
        // Every change is complete when the lock is released, so a panic elsewhere leaves nothing half done.
        self.cold.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ColdFields {
    fn renewed(&mut self) -> &mut LruCache<HashedId, u64> {
        self.renewed.get_or_insert_with(|| LruCache::new(RENEWED))
    }

    /// Subscribes to the next change of a session.
    fn watch(&mut self, id: HashedId) -> watch::Receiver<()> {
        let sender = self.awaited.entry(id).or_insert_with(|| watch::Sender::new(()));
        sender.subscribe()
    }

    fn forget(&mut self, id: HashedId) {
        self.leases.remove(&id);
        self.renewed().pop(&id);
        self.seizures.remove(&id);
        self.awaited.remove(&id);
    }
}

impl Promise {
    fn take(mut self) {
        self.0 = None;
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        if let Some(table) = &self.0 {
            table.places.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

#[cfg(test)]
mod tests;
