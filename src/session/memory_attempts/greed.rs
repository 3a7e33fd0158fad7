//! From where forms were opened into which nothing was typed yet, so that one network's page views push out its own.

use std::collections::{BTreeSet, HashMap};

use lru::LruCache;

use crate::domain::ids::Network;
use crate::session::HashedId;

/// The visits of each network, those longest untouched first.
#[derive(Debug, Default)]
pub(super) struct Greed {
    home: HashMap<HashedId, Network>,
    visits: HashMap<Network, LruCache<HashedId, ()>>,
    /// The greediest last.
    by_count: BTreeSet<(usize, Network)>,
}

impl Greed {
    /// A visit of this network opens its first form.
    pub(super) fn arrives(&mut self, network: Network, visit: HashedId) {
        if self.home.contains_key(&visit) {
            return;
        }
        self.home.insert(visit, network);
        self.recounted(network, |visits| {
            visits.put(visit, ());
        });
    }

    /// It looked at its form.
    pub(super) fn looks(&mut self, visit: HashedId) {
        let visits = self
            .home
            .get(&visit)
            .and_then(|home| self.visits.get_mut(home));
        if let Some(visits) = visits {
            visits.promote(&visit);
        }
    }

    /// It signs in, or is forgotten.
    pub(super) fn leaves(&mut self, visit: HashedId) {
        if let Some(network) = self.home.remove(&visit) {
            self.recounted(network, |visits| {
                visits.pop(&visit);
            });
        }
    }

    /// Of the network that has most visits, the one that was not touched for longest, if these are more than so many.
    pub(super) fn above(&self, share: usize) -> Option<HashedId> {
        let (count, network) = self.by_count.last()?;
        if *count <= share {
            return None;
        }
        let (visit, ()) = self.visits.get(network)?.peek_lru()?;
        Some(*visit)
    }

    fn recounted(&mut self, network: Network, change: impl FnOnce(&mut LruCache<HashedId, ()>)) {
        let visits = self
            .visits
            .entry(network)
            .or_insert_with(LruCache::unbounded);
        self.by_count.remove(&(visits.len(), network));
        change(visits);
        let count = visits.len();
        if count == 0 {
            self.visits.remove(&network);
        } else {
            self.by_count.insert((count, network));
        }
    }
}
