//! Finds sessions by customer: by Okta's `sub`, and by login and email address in any case.
//!
//! Each session has a slot, and each of its names an entry of eight bytes: a hash of the name, then the slot. Different
//! names may have the same hash, so a look-up compares the name with those of the sessions found.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};

use crate::domain::identity::{Identity, uncased};
use crate::session::HashedId;

/// The position of a session in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NameSlot(u32);

#[derive(Debug, Default)]
pub(super) struct NameIndex {
    hasher: RandomState,
    ids: Vec<HashedId>,
    free: Vec<NameSlot>,
    names: BTreeSet<u64>,
}

/// The kind of a name.
#[derive(Hash)]
enum Kind {
    Subject,
    /// A login or an email address.
    Address,
}

impl NameIndex {
    /// Adds a session under all its names.
    pub(super) fn add(&mut self, id: HashedId, identity: &Identity) -> NameSlot {
        let slot = match self.free.pop() {
            Some(slot) => slot,
            // `store.max_sessions` allows far fewer; the fallback is never reached.
            None => NameSlot(u32::try_from(self.ids.len()).unwrap_or(u32::MAX)),
        };
        match self.ids.get_mut(slot.0 as usize) {
            Some(place) => *place = id,
            None => self.ids.push(id),
        }
        let entries = self.entries(slot, identity);
        self.names.extend(entries);
        slot
    }

    /// The names of a session have changed.
    pub(super) fn rename(&mut self, slot: NameSlot, old: &Identity, new: &Identity) {
        for entry in self.entries(slot, old) {
            self.names.remove(&entry);
        }
        let entries = self.entries(slot, new);
        self.names.extend(entries);
    }

    /// Removes a session with these names.
    pub(super) fn remove(&mut self, slot: NameSlot, identity: &Identity) {
        for entry in self.entries(slot, identity) {
            self.names.remove(&entry);
        }
        self.free.push(slot);
    }

    /// The sessions with this `sub`, and possibly others.
    pub(super) fn of_subject(&self, subject: &str) -> Vec<HashedId> {
        self.with(self.hash(&Kind::Subject, subject)).collect()
    }

    /// The sessions with this name of any kind, and possibly others.
    pub(super) fn of_user(&self, name: &str) -> BTreeSet<HashedId> {
        let addressed = self.with(self.hash(&Kind::Address, &uncased(name)));
        self.with(self.hash(&Kind::Subject, name)).chain(addressed).collect()
    }

    /// Whether the index is empty.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    fn with(&self, hash: u64) -> impl Iterator<Item = HashedId> {
        let slots = self.names.range(hash..=hash | u64::from(u32::MAX));
        slots.filter_map(|entry| {
            let slot = usize::try_from(entry & u64::from(u32::MAX)).ok()?;
            self.ids.get(slot).copied()
        })
    }

    /// The entries of a session; login and email often have the same one.
    fn entries(&self, slot: NameSlot, identity: &Identity) -> [u64; 3] {
        let login = self.hash(&Kind::Address, &uncased(identity.login()));
        let email = match identity.email() {
            Some(email) if email != identity.login() => self.hash(&Kind::Address, &uncased(email)),
            _ => login,
        };
        let subject = self.hash(&Kind::Subject, identity.subject());
        [subject, login, email].map(|hash| hash | u64::from(slot.0))
    }

    /// The hash of a name, in the upper half: two names in four thousand million have the same.
    fn hash(&self, kind: &Kind, name: &str) -> u64 {
        self.hasher.hash_one((kind, name)) & !u64::from(u32::MAX)
    }
}
