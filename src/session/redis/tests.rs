//! The store against real servers: the contract of every store, and the behaviour specific to Redis.

mod fail_over;
mod floods;
mod logout_notices;
mod lost_answers;
mod newcomers;
mod one_step;
#[path = "../../../tests/app/support/ports.rs"]
mod ports;
mod relay;
mod server;
mod trouble;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::{HostPort, RedisAddress, RedisSettings, RedisStore, Setup};
use crate::clock::{ManualClock, SystemEntropy};
use crate::session::secrets::keys::KeyRing;
use crate::session::tests::{BOUNDS, NOW, ring, suite};
use crate::session::{Bounds, Sealer, Store};
use server::RedisServer;

const HOST: &str = "127.0.0.1";

/// One replica of the service, as far as the store is concerned.
struct Replica {
    address: RedisAddress,
    prefix: String,
    ring: KeyRing,
    grace: Duration,
    bounds: Bounds,
    clock: ManualClock,
}

impl Replica {
    fn of(setup: Setup) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        Self {
            address: RedisAddress {
                setup,
                user: None,
                password: None,
                database: 0,
                is_tls: false,
                ca: None,
                patience: Duration::from_secs(2),
                replicas: 0,
            },
            prefix: format!("test-{}", NUMBER.fetch_add(1, Ordering::Relaxed)),
            ring: ring(),
            grace: Duration::ZERO,
            bounds: BOUNDS,
            clock: ManualClock::at(NOW),
        }
    }

    fn of_node(server: &RedisServer) -> Self {
        Self::of(Setup::Single((HOST.to_owned(), server.port())))
    }

    /// Opens another store on the same keys.
    fn opens(&self) -> Arc<RedisStore> {
        let settings = RedisSettings {
            address: self.address.clone(),
            prefix: self.prefix.clone(),
            grace: self.grace,
            bounds: self.bounds,
            uses_every: Duration::from_mins(1),
            is_for_copy: false,
        };
        let entropy = Arc::new(SystemEntropy);
        let sealer = Sealer::new(self.ring.clone(), Arc::clone(&entropy) as _);
        Arc::new(RedisStore::open(
            settings,
            &sealer,
            Arc::new(self.clock.clone()),
            entropy,
        ))
    }
}

fn fresh(setup: &Setup) -> Arc<dyn Store> {
    Replica::of(setup.clone()).opens()
}

#[tokio::test]
async fn the_store_in_one_node_keeps_to_the_contract() {
    if !server::is_here() {
        return;
    }
    let server = RedisServer::start().await;
    let setup = Setup::Single((HOST.to_owned(), server.port()));
    suite(|| fresh(&setup)).await;
}

#[tokio::test]
async fn the_store_in_a_cluster_keeps_to_the_contract() {
    if !server::is_here() {
        return;
    }
    let nodes = server::cluster().await;
    let setup = Setup::Cluster(nodes.iter().map(|node| (HOST.to_owned(), node.port())).collect());
    suite(|| fresh(&setup)).await;
}

#[tokio::test]
async fn the_store_behind_sentinels_keeps_to_the_contract() {
    if !server::is_here() {
        return;
    }
    let watched = server::watched(1).await;
    let setup = Setup::Sentinel {
        sentinels: watched
            .sentinels
            .iter()
            .map(|node| (HOST.to_owned(), node.port()))
            .collect(),
        master: "portico".to_owned(),
    };
    suite(|| {
        let mut replica = Replica::of(setup.clone());
        replica.address.replicas = 1;
        replica.opens()
    })
    .await;
}
