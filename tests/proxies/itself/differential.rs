//! Requests of all shapes, well-formed and not, several on one connection, some of them broken off, are sent through
//! the running service. A portal that reads strictly, with a parser of other authors (h11), writes down what came on
//! each of its connections, from the first byte to the last. What arrived must be what was sent.
//!
//! The seed is fixed, so that a failure can be repeated. `PORTICO_TESTS_FRAMING_SEED` sets another, and
//! `PORTICO_TESTS_FRAMING_ROUNDS` the number of connections (400).

mod client;
mod random;
mod requests;
mod strict_portal;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::portal::Portal;
use crate::scene::{Scene, under_a_path};
use client::talks;
use random::Rng;
use requests::{Fate, Sent, connection};
use strict_portal::{Arrived, StrictPortal};

/// Connections at the same time, so that those to the portal are shared.
const AT_ONCE: u64 = 3;

fn setting(name: &str, default: u64) -> u64 {
    let value = std::env::var_os(name);
    value.map_or(default, |value| value.to_str().unwrap().parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_313_what_arrives_is_what_was_sent() {
    if !StrictPortal::is_possible() {
        return;
    }
    let seed = setting("PORTICO_TESTS_FRAMING_SEED", 10);
    let rounds = setting("PORTICO_TESTS_FRAMING_ROUNDS", 400);
    let portal = StrictPortal::start();
    let upstream = format!("http://127.0.0.1:{}", portal.port);
    let settings = [("portal.upstream", upstream.as_str())];
    let scene = Scene::alone(&under_a_path(), Portal::start(), &settings).await;
    let cookie = Scene::cookie(&scene.signed_in().await);
    let user = scene.port;
    let numbers = Arc::new(AtomicU64::new(0));
    let talking = (0..AT_ONCE).map(|lane| {
        let (cookie, numbers) = (cookie.clone(), Arc::clone(&numbers));
        tokio::spawn(async move {
            let mut rng = Rng::new(seed.wrapping_mul(AT_ONCE).wrapping_add(lane));
            let mut sent = Vec::new();
            for _ in 0..rounds.div_ceil(AT_ONCE) {
                let requests = connection(&mut rng, &numbers, user, &cookie);
                let progress = talks(user, &mut rng, &requests).await;
                let requests = requests.into_iter().take(progress.sent).enumerate();
                sent.extend(requests.map(|(at, request)| request.sent.if_answered(at < progress.answered)));
            }
            sent
        })
    });
    let mut sent = HashMap::new();
    for lane in talking.collect::<Vec<_>>() {
        for request in lane.await.unwrap() {
            sent.insert(request.target.clone(), request);
        }
    }
    let arrived = portal.tells();
    let faults = compare(&sent, &arrived);
    let count: usize = arrived.iter().map(|one| one.requests.len()).sum();
    assert!(
        faults.is_empty(),
        "seed {seed}: of {} requests, {count} of which arrived:\n{}",
        sent.len(),
        faults.join("\n")
    );
    // The test had a subject: many requests arrive, and connections are used more than once.
    assert!(count * 3 > sent.len(), "{count} of {}", sent.len());
    assert!(arrived.iter().any(|one| one.requests.len() > 3));
}

/// The differences.
fn compare(sent: &HashMap<String, Sent>, arrived: &[Arrived]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (number, connection) in arrived.iter().enumerate() {
        let mut wrong = |what: String| faults.push(format!("connection {number}: {what}"));
        if let Some(error) = &connection.error {
            wrong(format!("no HTTP: {error}"));
        }
        if let Some(target) = &connection.used_again {
            wrong(format!("used again after {:?} by {target}", connection.spoiled));
        }
        let count = connection.requests.len();
        for (at, request) in connection.requests.iter().enumerate() {
            let Some(sent) = sent.get(&request.target) else {
                wrong(format!("nobody sent {request:?}"));
                continue;
            };
            if let Some(what) = sent.differs(request) {
                wrong(format!("{what}: {sent:?} arrived as {request:?}"));
            }
            if !request.is_whole && at + 1 < count {
                wrong(format!("something follows half of {sent:?}"));
            }
            if request.is_whole {
                *seen.entry(&sent.target).or_default() += 1;
            }
        }
    }
    for sent in sent.values() {
        let times = seen.get(sent.target.as_str()).copied().unwrap_or(0);
        let is_right = match sent.fate {
            Fate::Arrives if sent.may_be_repeated() => (1..=2).contains(&times),
            Fate::Arrives => times == 1,
            Fate::Perhaps => times <= 1 + usize::from(sent.may_be_repeated()),
            Fate::Never => times == 0,
        };
        if !is_right {
            faults.push(format!("arrived {times} times: {sent:?}"));
        }
    }
    faults
}
