use std::time::Duration;

use super::*;
use crate::clock::SystemEntropy;
use crate::domain::attempt::tests::states;
use crate::domain::attempt::{Destination, Parameters, Stage};
use crate::domain::session::after;
use crate::session::secrets::Secrets;
use crate::session::secrets::keys::KeyRing;

fn attempt(now: Timestamp) -> Attempt {
    Attempt::new(
        Destination("https://portal.example.com/".to_owned()),
        Parameters::default(),
        now,
        &crate::startup::test_defaults::attempt_rules(),
    )
}

fn secrets() -> Secrets {
    Secrets::new(&KeyRing::new(&SystemEntropy, NOW), Arc::new(SystemEntropy))
}

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

#[test]
fn of_two_writers_at_one_revision_one_wins() {
    let (store, secrets) = (MemoryAttempts::new(10), secrets());
    let (visit, tab) = (HashedId::of_visit(&secrets.ids.new_visit()), secrets.ids.new_tab());
    store.open(visit, &tab, attempt(NOW));
    let read = store.load(visit, &tab).unwrap();
    assert!(store.replace(visit, &tab, read.revision, read.attempt.clone()));
    assert!(!store.replace(visit, &tab, read.revision, read.attempt));
}

#[test]
fn sec_142_a_visit_keeps_five_tabs_the_newest_first() {
    let (store, secrets) = (MemoryAttempts::new(100), secrets());
    let visit = HashedId::of_visit(&secrets.ids.new_visit());
    let tabs: Vec<Tab> = (0..6).map(|_| secrets.ids.new_tab()).collect();
    for tab in &tabs {
        store.open(visit, tab, attempt(NOW));
    }
    let kept = store.tabs(visit);
    assert_eq!(kept, tabs.iter().skip(1).rev().copied().collect::<Vec<_>>());
    assert_eq!(store.count(NOW), 5);
    assert!(store.load(visit, &tabs[0]).is_none());
}

#[test]
fn at_the_bound_the_visit_longest_untouched_makes_room() {
    let (store, secrets) = (MemoryAttempts::new(2), secrets());
    let visits: Vec<HashedId> = (0..3).map(|_| HashedId::of_visit(&secrets.ids.new_visit())).collect();
    let tab = secrets.ids.new_tab();
    store.open(visits[0], &tab, attempt(NOW));
    store.open(visits[1], &tab, attempt(NOW));
    store.load(visits[0], &tab);
    store.open(visits[2], &tab, attempt(NOW));
    assert!(store.load(visits[0], &tab).is_some());
    assert!(store.load(visits[1], &tab).is_none());
    assert_eq!(store.count(NOW), 2);
}

#[test]
fn an_ended_attempt_is_known_for_an_hour_and_then_forgotten() {
    let (store, secrets) = (MemoryAttempts::new(10), secrets());
    let (visit, tab) = (HashedId::of_visit(&secrets.ids.new_visit()), secrets.ids.new_tab());
    store.open(visit, &tab, attempt(NOW));
    let ends = after(NOW, Duration::from_mins(10));
    assert_eq!(store.count(ends), 0);
    assert_eq!(store.count(after(NOW, Duration::from_secs(599))), 1);
    store.sweep(after(NOW, Duration::from_mins(69)));
    assert!(store.load(visit, &tab).is_some());
    store.sweep(after(NOW, Duration::from_mins(70)));
    assert!(store.load(visit, &tab).is_none());
}

#[tokio::test]
async fn an_approval_that_is_being_written_keeps_its_tokens() {
    tokio::task::spawn_blocking(states).await.unwrap();
    let (store, secrets) = (MemoryAttempts::new(10), secrets());
    let (visit, tab) = (HashedId::of_visit(&secrets.ids.new_visit()), secrets.ids.new_tab());
    let mut approved = attempt(NOW);
    approved.stage = Stage::Approved {
        tokens: states().tokens.clone(),
    };
    store.open(visit, &tab, approved);
    let over = after(NOW, Duration::from_mins(10));
    let write_lock = store.write_lock(visit, &tab).await.unwrap();
    assert!(store.free_write_lock(visit, &tab).is_none());
    assert!(store.sweep(over).is_empty());
    drop(write_lock);
    assert!(store.free_write_lock(visit, &tab).is_some());
    assert_eq!(store.sweep(over).len(), 1);
    assert!(store.load(visit, &tab).is_some(), "where it was going is kept");
    assert_eq!(store.count(over), 0);
}

#[tokio::test]
async fn a_change_wakes_whoever_waits_for_it() {
    let (store, secrets) = (MemoryAttempts::new(10), secrets());
    let (visit, tab) = (HashedId::of_visit(&secrets.ids.new_visit()), secrets.ids.new_tab());
    store.open(visit, &tab, attempt(NOW));
    let read = store.load(visit, &tab).unwrap();
    let waiter = {
        let (store, tab) = (store.clone(), tab);
        tokio::spawn(async move { store.changed(visit, &tab, 0).await })
    };
    assert!(store.replace(visit, &tab, read.revision, read.attempt));
    waiter.await.unwrap();
}
