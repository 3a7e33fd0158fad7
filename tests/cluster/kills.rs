//! SIGKILL at random moments, of a replica or of Redis itself, while people sign in, sign out, and wait for their
//! phones. What the service told them must hold afterwards.

use std::time::Duration;

use futures_util::future::{join, join_all};
use portico::clock::{Entropy as _, SystemEntropy};
use proptest::prelude::RngExt as _;
use proptest::test_runner::{RngAlgorithm, TestRng};

use crate::ledger::Ledger;
use crate::programs;
use crate::replicas::Cluster;
use crate::visitor::Visitor;

/// How often something is killed, at least.
const KILLS: u8 = 8;

/// At most: there are more kills while too little has happened.
const MOST_KILLS: u8 = 40;

/// The statuses of the proxy when it has no replica to ask.
const GONE: [u16; 3] = [502, 503, 504];

/// Visitors at the same time.
const VISITORS: u8 = 6;

fn dice(seed: u64, round: u8, visitor: u8) -> TestRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    (bytes[8], bytes[9]) = (round, visitor);
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

#[tokio::test]
async fn sec_415_a_kill_of_a_replica_or_of_redis_takes_nothing_back() {
    if !programs::are_here() {
        return;
    }
    let mut bytes = [0; 8];
    SystemEntropy.fill(&mut bytes);
    let seed = u64::from_be_bytes(bytes);
    // Shown when the test fails.
    eprintln!("seed {seed}");
    let mut cluster = Cluster::start(&[]).await;
    let ledger = Ledger::default();
    for round in 0..MOST_KILLS {
        if round >= KILLS && has_seen_enough(&ledger) {
            break;
        }
        let base = cluster.base.clone();
        let okta = &cluster.okta;
        let visitors = (0..VISITORS).map(|number| {
            let visitor = Visitor::new(okta, &base, &ledger, (round, number), &GONE);
            visitor.lives(dice(seed, round, number))
        });
        let mut dice = dice(seed, round, VISITORS);
        let (asked, moment) = (dice.random_range(10..100), dice.random_range(0..8_000));
        let (replicas, redis) = (&mut cluster.replicas, &mut cluster.redis);
        let kill = async {
            ledger.wait_for_requests(asked).await;
            // Anywhere within the requests that are under way now.
            let moment = Duration::from_micros(moment);
            let _ = tokio::time::timeout(moment, std::future::pending::<()>()).await;
            // The killed part ends the round: its visitors go on until the service is gone.
            if round % 2 == 0 {
                redis.kill();
            }
            for replica in replicas.iter_mut() {
                replica.kill();
            }
        };
        join(join_all(visitors), kill).await;
        if round % 2 == 0 {
            cluster.redis.restart().await;
        }
        for replica in &mut cluster.replicas {
            replica.starts_again().await;
        }
        cluster.wait_until_reachable().await;
        ledger.holds(&cluster.base).await;
    }
    let counts = ledger.counts();
    assert!(has_seen_enough(&ledger), "too little happened: {counts:?}");
}

/// Otherwise the kills had nothing to destroy.
fn has_seen_enough(ledger: &Ledger) -> bool {
    let counts = ledger.counts();
    counts.live > 3 && counts.ended > 1 && counts.pushes > 1 && counts.cut_off > 5
}
