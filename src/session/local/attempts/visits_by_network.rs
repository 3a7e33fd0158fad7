//! The networks that visits came from, so that a network with many visits has its own evicted.

use std::collections::{BTreeSet, HashMap};

use lru::LruCache;

use crate::domain::ids::Network;
use crate::session::HashedId;

/// The visits of each network, least recently touched first.
#[derive(Debug, Default)]
pub(super) struct VisitsByNetwork {
    home: HashMap<HashedId, Network>,
    networks: HashMap<Network, OfNetwork>,
    /// Sorted by the number of attempts: the network with the most is last.
    by_count: BTreeSet<(usize, Network)>,
}

#[derive(Debug)]
struct OfNetwork {
    /// How many attempts each visit has.
    visits: LruCache<HashedId, usize>,
    attempts: usize,
}

impl Default for OfNetwork {
    fn default() -> Self {
        Self {
            visits: LruCache::unbounded(),
            attempts: 0,
        }
    }
}

impl VisitsByNetwork {
    /// Adds a visit of this network, with its number of attempts.
    pub(super) fn arrives(&mut self, network: Network, visit: HashedId, attempts: usize) {
        self.home.insert(visit, network);
        self.recounted(network, |of_network| {
            of_network.attempts += attempts;
            of_network.visits.put(visit, attempts);
        });
    }

    /// Marks a visit as touched.
    pub(super) fn looks(&mut self, visit: HashedId) {
        let home = self.home.get(&visit);
        if let Some(of_network) = home.and_then(|home| self.networks.get_mut(home)) {
            of_network.visits.promote(&visit);
        }
    }

    /// Removes a visit with all its attempts.
    pub(super) fn leaves(&mut self, visit: HashedId) {
        if let Some(network) = self.home.remove(&visit) {
            self.recounted(network, |of_network| {
                of_network.attempts -= of_network.visits.pop(&visit).unwrap_or(0);
            });
        }
    }

    /// The least recently touched visit of the network with the most attempts, if these are more than `share`.
    pub(super) fn above(&self, share: usize) -> Option<HashedId> {
        let (count, network) = self.by_count.last()?;
        if *count <= share {
            return None;
        }
        let (visit, _) = self.networks.get(network)?.visits.peek_lru()?;
        Some(*visit)
    }

    fn recounted(&mut self, network: Network, change: impl FnOnce(&mut OfNetwork)) {
        let of_network = self.networks.entry(network).or_default();
        self.by_count.remove(&(of_network.attempts, network));
        change(of_network);
        if of_network.visits.is_empty() {
            self.networks.remove(&network);
        } else {
            self.by_count.insert((of_network.attempts, network));
        }
    }
}
