//! Limits how many waits one visit and one address may have open at once.
//!
//! A page that waits for a phone holds a connection. A browser has as many as it has tabs that wait; any beyond that
//! are an attempt to exhaust connections. The oldest is closed, since it is the one most likely to be broken without
//! notice. Its page asks again two seconds later, so no approval is missed (docs/decisions/0030).

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use smallvec::SmallVec;
use tokio::sync::Notify;

use crate::domain::network::host_of;
use crate::session::HashedId;

/// The maximum for one visit: more than the tabs that it keeps.
const OF_ONE_VISIT: usize = 8;

/// The maximum for one IPv4 address or IPv6 /64. An approval takes about ten seconds, so this is an office in which
/// four customers start one every second.
const OF_ONE_ADDRESS: usize = 40;

/// The name of that limit in the metrics.
pub(super) const SCOPE: &str = "waits";

/// All open waits.
#[derive(Debug, Default)]
pub(in crate::flow) struct Listeners(Mutex<Waits>);

/// Each list has the oldest first, and none is empty.
#[derive(Debug, Default)]
struct Waits {
    by_visit: HashMap<HashedId, Line>,
    by_address: HashMap<IpAddr, Line>,
    /// Whether all waits have been ended.
    are_over: bool,
}

/// Nearly every list has a single wait, so there is room for one without allocating more memory.
type Line = SmallVec<[Arc<Wait>; 1]>;

#[derive(Debug)]
struct Wait {
    visit: HashedId,
    address: IpAddr,
    end: Notify,
}

/// One open wait; dropping it takes it off the lists.
#[derive(Debug)]
pub struct Listening {
    listeners: Arc<Listeners>,
    wait: Arc<Wait>,
}

impl Listening {
    /// Completes when this wait, or every wait, must end.
    pub async fn gives_way(&self) {
        self.wait.end.notified().await;
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.listeners.waits().forget(&self.wait);
    }
}

impl Listeners {
    /// Registers one more wait of this visit; returns whether another one of the same address had to end.
    pub(super) fn open(self: Arc<Self>, visit: HashedId, address: IpAddr) -> (Listening, bool) {
        let wait = Arc::new(Wait {
            visit,
            address: host_of(address),
            end: Notify::new(),
        });
        let ended_another = self.waits().takes(&wait);
        (Listening { listeners: self, wait }, ended_another)
    }

    /// Ends every wait, including those that begin later.
    pub(super) fn end_all(&self) {
        self.waits().end_all();
    }

    fn waits(&self) -> MutexGuard<'_, Waits> {
        // A panic in another thread leaves no change half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waits {
    /// Adds a wait; returns whether another of the same address had to end.
    fn takes(&mut self, wait: &Arc<Wait>) -> bool {
        if self.are_over {
            wait.end.notify_one();
        }
        let of_visit = self.by_visit.entry(wait.visit).or_default();
        of_visit.push(Arc::clone(wait));
        let oldest = of_visit.first().filter(|_| of_visit.len() > OF_ONE_VISIT);
        let oldest = oldest.cloned();
        let of_address = self.by_address.entry(wait.address).or_default();
        of_address.push(Arc::clone(wait));
        if let Some(oldest) = oldest {
            self.ends(&oldest);
        }
        let of_address = self.by_address.get(&wait.address);
        let crowded = of_address.filter(|waits| waits.len() > OF_ONE_ADDRESS);
        let Some(loser) = crowded.and_then(loser).cloned() else {
            return false;
        };
        self.ends(&loser);
        true
    }

    fn end_all(&mut self) {
        self.are_over = true;
        for wait in self.by_visit.values().flatten() {
            wait.end.notify_one();
        }
    }

    fn ends(&mut self, wait: &Arc<Wait>) {
        self.forget(wait);
        wait.end.notify_one();
    }

    fn forget(&mut self, wait: &Arc<Wait>) {
        remove(&mut self.by_visit, &wait.visit, wait);
        remove(&mut self.by_address, &wait.address, wait);
    }
}

/// The visit with the most waits here loses its oldest one, so that no visit crowds out the others at its address.
fn loser(waits: &Line) -> Option<&Arc<Wait>> {
    let held = |visit| waits.iter().filter(|other| other.visit == visit).count();
    // Of equal elements, `max_by_key` returns the last.
    waits.iter().rev().max_by_key(|wait| held(wait.visit))
}

fn remove<K: Hash + Eq>(lists: &mut HashMap<K, Line>, key: &K, wait: &Arc<Wait>) {
    if let Some(list) = lists.get_mut(key) {
        list.retain(|other| !Arc::ptr_eq(other, wait));
        if list.is_empty() {
            lists.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn wait(visit: u8, address: &str) -> Arc<Wait> {
        Arc::new(Wait {
            visit: crate::session::HashedId::of_visit(&crate::domain::ids::VisitId::from_random([visit; 32])),
            address: host_of(address.parse().unwrap()),
            end: Notify::new(),
        })
    }

    fn has_ended(wait: &Wait) -> bool {
        wait.end.notified().now_or_never().is_some()
    }

    #[test]
    fn sec_319_who_holds_most_of_an_address_gives_way_first() {
        let mut waits = Waits::default();
        let tab_each: Vec<_> = (0..34).map(|visit| wait(visit, "192.0.2.7")).collect();
        let greedy: Vec<_> = (0..8).map(|_| wait(99, "192.0.2.7")).collect();
        let elsewhere = wait(100, "192.0.2.8");
        waits.takes(&elsewhere);
        let gave_way = tab_each.iter().chain(&greedy).map(|wait| waits.takes(wait));
        assert_eq!(gave_way.filter(|gave_way| *gave_way).count(), 2);
        let ended: Vec<_> = greedy.iter().map(|wait| has_ended(wait)).collect();
        assert_eq!(ended, [true, true, false, false, false, false, false, false]);
        assert!(!tab_each.iter().any(|wait| has_ended(wait)));
        assert!(!has_ended(&elsewhere));
        for wait in tab_each.iter().chain(&greedy).chain([&elsewhere]) {
            waits.forget(wait);
        }
        assert!(waits.by_visit.is_empty() && waits.by_address.is_empty());
    }

    #[test]
    fn at_the_end_every_wait_ends_and_so_does_a_later_one() {
        let mut waits = Waits::default();
        let all: Vec<_> = (0..3).map(|visit| wait(visit, "192.0.2.7")).collect();
        for wait in &all {
            waits.takes(wait);
        }
        assert!(!all.iter().any(|wait| has_ended(wait)));
        waits.end_all();
        let later = wait(9, "192.0.2.8");
        waits.takes(&later);
        assert!(all.iter().chain([&later]).all(|wait| has_ended(wait)));
    }

    #[test]
    fn sec_319_of_many_with_one_each_the_oldest_gives_way() {
        let mut waits = Waits::default();
        let all: Vec<_> = (0..50)
            .map(|visit| wait(visit, &format!("2001:db8::{visit}")))
            .collect();
        for wait in &all {
            waits.takes(wait);
        }
        let ended: Vec<_> = all.iter().map(|wait| has_ended(wait)).collect();
        assert_eq!(ended, [[true; 10].as_slice(), &[false; 40]].concat());
    }
}
