//! Bodies in transit hold connections, slow ones for a long time. There is a quota for each network, and one for all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A body is slow if it brings fewer bytes than this in [`WINDOW`]: 16 KiB a second.
pub(in crate::web) const LEAST: usize = 16 * 1024 * 5;

/// The period over which speed is measured.
pub(in crate::web) const WINDOW: Duration = Duration::from_secs(5);

/// The quota, and the part of it that each network uses.
#[derive(Debug, Clone)]
pub struct NetworkQuota {
    of_one_network: u32,
    in_all: u32,
    taken: Arc<Mutex<HashMap<String, u32>>>,
}

impl NetworkQuota {
    pub fn new(of_one_network: u32, in_all: u32) -> Self {
        Self {
            of_one_network,
            in_all,
            taken: Arc::default(),
        }
    }

    /// A permit for a client of this network; `None` when the quota is used up.
    pub(in crate::web) fn enters(&self, network: &str) -> Option<QuotaPermit> {
        let mut taken = self.taken();
        let in_all: u32 = taken.values().sum();
        let here = taken.get(network).copied().unwrap_or(0);
        if in_all >= self.in_all || here >= self.of_one_network {
            return None;
        }
        taken.insert(network.to_owned(), here + 1);
        Some(QuotaPermit {
            quota: self.clone(),
            network: network.to_owned(),
        })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<String, u32>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A part of the quota, returned on drop.
#[derive(Debug)]
pub(in crate::web) struct QuotaPermit {
    quota: NetworkQuota,
    network: String,
}

impl Drop for QuotaPermit {
    fn drop(&mut self) {
        let mut taken = self.quota.taken();
        if let Some(here) = taken.get_mut(&self.network) {
            *here -= 1;
            if *here == 0 {
                taken.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_its_part_and_all_together_have_theirs() {
        let quota = NetworkQuota::new(2, 3);
        let held: Vec<QuotaPermit> = (0..2).filter_map(|_| quota.enters("a")).collect();
        assert_eq!(held.len(), 2);
        assert!(quota.enters("a").is_none());
        let other = quota.enters("b");
        assert!(other.is_some());
        assert!(quota.enters("c").is_none());
        drop(held);
        assert!(quota.enters("a").is_some());
        drop(other);
        assert!(quota.taken().is_empty());
    }
}
