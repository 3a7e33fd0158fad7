//! The visits, and which of them are evicted first.

use jiff::Timestamp;

use super::home::{Home, Slots};
use super::slot::{Gone, Slot};
use crate::session::{HashedId, TABS, making_room};

#[derive(Debug, Default)]
pub(super) struct Visits {
    /// Visits in which no customer is signing in.
    idle: Home,
    /// Visits in which a customer is signing in.
    under_way: Home,
}

impl Visits {
    /// How many attempts are kept.
    pub(super) fn attempts(&self) -> usize {
        self.idle.attempts() + self.under_way.attempts()
    }

    pub(super) fn get_mut(&mut self, visit: HashedId) -> Option<&mut Slots> {
        if self.under_way.has(visit) {
            self.under_way.get_mut(visit)
        } else {
            self.idle.get_mut(visit)
        }
    }

    /// Adds an attempt to a visit; returns the one that is evicted from the visit, if any.
    pub(super) fn add(&mut self, visit: HashedId, slot: Slot) -> Option<Slot> {
        let mut slots = self
            .take(visit)
            // Most browsers have one tab here; a larger capacity would cost each of them some KiB.
            .unwrap_or_else(|| Slots::with_capacity(1));
        let too_many = if slots.len() < TABS {
            None
        } else {
            // A page that was merely opened must not end an attempt that a customer is signing in with.
            let idle = slots.iter().rposition(|slot| !slot.attempt.is_under_way());
            slots.remove(idle.unwrap_or(slots.len() - 1))
        };
        slots.push_front(slot);
        self.put(visit, slots);
        too_many
    }

    /// Moves a visit to the right list, now that one of its attempts has changed.
    pub(super) fn settle(&mut self, visit: HashedId) {
        let is_under_way = self.under_way.has(visit);
        let home = if is_under_way { &self.under_way } else { &self.idle };
        let is_there_still = home
            .peek(visit)
            .is_none_or(|slots| are_under_way(slots) == is_under_way);
        if !is_there_still && let Some(slots) = self.take(visit) {
            self.put(visit, slots);
        }
    }

    /// Evicts and returns a visit under `bound`; see [`room`].
    pub(super) fn give_way(&mut self, bound: usize) -> Option<(HashedId, Slots)> {
        let has_many_idle = self.idle.attempts() > making_room::kept_idle(bound);
        let idle = || self.idle.oldest();
        let visit = self
            .idle
            .greedy(bound)
            .or_else(|| has_many_idle.then(idle).flatten())
            .or_else(|| self.under_way.greedy(bound))
            .or_else(|| self.under_way.oldest())
            .or_else(idle)?;
        Some((visit, self.take(visit)?))
    }

    /// Removes attempts that ended long ago, and takes the tokens out of those that have just ended.
    pub(super) fn sweep(&mut self, now: Timestamp) -> Vec<Gone> {
        let mut gone = self.idle.sweep(now);
        gone.extend(self.under_way.sweep(now));
        // No customer can sign in with an expired attempt any more: its visit is the first idle one to be evicted.
        for visit in self.under_way.ended(now) {
            if let Some(slots) = self.under_way.take(visit) {
                self.idle.put(visit, slots);
                self.idle.demote(visit);
            }
        }
        gone
    }

    fn take(&mut self, visit: HashedId) -> Option<Slots> {
        self.under_way.take(visit).or_else(|| self.idle.take(visit))
    }

    fn put(&mut self, visit: HashedId, slots: Slots) {
        if are_under_way(&slots) {
            self.under_way.put(visit, slots);
        } else {
            self.idle.put(visit, slots);
        }
    }
}

fn are_under_way(slots: &Slots) -> bool {
    slots.iter().any(|slot| slot.attempt.is_under_way())
}
