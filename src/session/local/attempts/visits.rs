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
    /// Visits in which everything has ended. They are remembered as long as there is room.
    ended: Home,
}

impl Visits {
    /// How many attempts are kept.
    pub(super) fn attempts(&self) -> usize {
        self.idle.attempts() + self.under_way.attempts() + self.ended.attempts()
    }

    /// How many of them are in progress.
    pub(super) fn in_progress(&self, now: Timestamp) -> usize {
        self.idle.in_progress(now) + self.under_way.in_progress(now)
    }

    pub(super) fn get_mut(&mut self, visit: HashedId) -> Option<&mut Slots> {
        let homes = [&mut self.under_way, &mut self.idle, &mut self.ended];
        homes.into_iter().find(|home| home.has(visit))?.get_mut(visit)
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
            let over = slots.iter().rposition(|slot| slot.attempt.stage.is_over());
            let idle = || slots.iter().rposition(|slot| !slot.attempt.is_under_way());
            slots.remove(over.or_else(idle).unwrap_or(slots.len() - 1))
        };
        slots.push_front(slot);
        self.put(visit, slots);
        too_many
    }

    /// Moves a visit to the right list, now that one of its attempts has changed.
    pub(super) fn settle(&mut self, visit: HashedId) {
        let is_there_still = match (self.under_way.peek(visit), self.idle.peek(visit)) {
            (Some(slots), _) => are_under_way(slots),
            (None, Some(slots)) => !are_under_way(slots),
            (None, None) => false,
        };
        if !is_there_still && let Some(slots) = self.take(visit) {
            self.put(visit, slots);
        }
    }

    /// Evicts and returns a visit under `bound`; see [`room`].
    pub(super) fn give_way(&mut self, bound: usize) -> Option<(HashedId, Slots)> {
        let has_many_idle = self.idle.attempts() > making_room::kept_idle(bound);
        let idle = || self.idle.oldest();
        let visit = self
            .ended
            .oldest()
            .or_else(|| self.idle.greedy(bound))
            .or_else(|| has_many_idle.then(idle).flatten())
            .or_else(|| self.under_way.greedy(bound))
            .or_else(|| self.under_way.oldest())
            .or_else(idle)?;
        Some((visit, self.take(visit)?))
    }

    /// Removes attempts that ended long ago, and takes the tokens out of those that have just ended.
    pub(super) fn sweep(&mut self, now: Timestamp) -> Vec<Gone> {
        let Self { idle, under_way, ended } = self;
        let mut gone = ended.sweep(now);
        for home in [idle, under_way] {
            gone.extend(home.sweep(now));
            for visit in home.remembered(now) {
                if let Some(slots) = home.take(visit) {
                    ended.put(visit, slots);
                }
            }
        }
        gone
    }

    fn take(&mut self, visit: HashedId) -> Option<Slots> {
        let homes = [&mut self.under_way, &mut self.idle, &mut self.ended];
        homes.into_iter().find_map(|home| home.take(visit))
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
