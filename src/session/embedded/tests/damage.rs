//! A file with some damage: refused and left as it is, or opened without the damaged records.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::prelude::{Rng as _, RngExt as _};
use proptest::test_runner::{RngAlgorithm, TestRng};

use super::*;
use crate::clock::Entropy as _;
use crate::domain::session::Session;

/// How many files are broken and opened, by default.
const CASES: u32 = 200;

/// Sessions in the file: enough for branches in its trees.
const SESSIONS: usize = 60;

/// The size of a sector, in bytes: the disk writes whole sectors at once.
const SECTOR: usize = 512;

/// A store, as it was written.
struct Written {
    bytes: Vec<u8>,
    /// Positions in the file that are in use.
    in_use: Vec<usize>,
    sessions: BTreeMap<HashedId, Session>,
    ring: KeyRing,
}

/// A file with sessions, an attempt and pending revocations; closed, or as a killed process leaves it.
async fn written(is_closed: bool) -> Written {
    let (folder, ring, secrets) = (tempfile::tempdir().unwrap(), ring(), secrets());
    let path = folder.path().join("portico.redb");
    let store = open_with(&path, &ring, ROOM).unwrap();
    let mut sessions = BTreeMap::new();
    for number in 0..SESSIONS {
        let id = sign_in(&store, &secrets, &format!("refresh-{number}").repeat(100)).await;
        let live = store.session(id).await.unwrap().unwrap();
        sessions.insert(id, Session::clone(&live.session));
    }
    for _ in 0..20 {
        let (id, _) = sessions.pop_first().unwrap();
        store.end(id, Requester::default(), NOW).await.unwrap();
    }
    let visit = HashedId::of_visit(&secrets.ids.new_visit());
    store.open(visit, &secrets.ids.new_tab(), attempt()).await.unwrap();
    if is_closed {
        store.close().await.unwrap();
    } else {
        // The last sign-in is on disk, and with it everything queued before.
        let id = sign_in(&store, &secrets, "last").await;
        let live = store.session(id).await.unwrap().unwrap();
        sessions.insert(id, Session::clone(&live.session));
    }
    let bytes = fs::read(&path).unwrap();
    let is_in_use = |at: &usize| bytes[*at..][..SECTOR] != [0; SECTOR];
    Written {
        in_use: (0..bytes.len()).step_by(SECTOR).filter(is_in_use).collect(),
        bytes,
        sessions,
        ring,
    }
}

/// Breaks something; returns a description of it.
fn damage(bytes: &mut Vec<u8>, in_use: &[usize], rng: &mut TestRng) -> String {
    let sector = |rng: &mut TestRng| in_use[rng.random_range(0..in_use.len())];
    match rng.random_range(0..10) {
        0 => {
            let length = rng.random_range(0..bytes.len());
            bytes.truncate(length);
            format!("cut to {length}")
        }
        1 => {
            let at = sector(rng);
            bytes[at..][..SECTOR].fill(0);
            format!("sector at {at} zeroed")
        }
        2 => {
            let at = sector(rng);
            rng.fill_bytes(&mut bytes[at..][..SECTOR]);
            format!("sector at {at} overwritten")
        }
        3 => {
            let (from, to) = (sector(rng), sector(rng));
            bytes.copy_within(from..from + SECTOR, to);
            format!("sector at {from} also at {to}")
        }
        4 => {
            let at = rng.random_range(0..SECTOR);
            bytes[at] ^= 1 << rng.random_range(0..8);
            format!("a bit of byte {at}")
        }
        _ => {
            let flips: Vec<usize> = (0..rng.random_range(1..8))
                .map(|_| sector(rng) + rng.random_range(0..SECTOR))
                .collect();
            for at in &flips {
                bytes[*at] ^= 1 << rng.random_range(0..8);
            }
            format!("bits of bytes {flips:?}")
        }
    }
}

/// Opens the file and uses it; returns whether it was refused.
async fn is_refused(path: &Path, written: &Written) -> bool {
    let before = fs::read(path).unwrap();
    let store = match open_with(path, &written.ring, ROOM) {
        Ok(store) => store,
        Err(refused) => {
            assert!(
                !matches!(refused, OpenError::InUse(_) | OpenError::OtherKeys(..)),
                "{refused}"
            );
            assert!(fs::read(path).unwrap() == before, "refused, and changed: {refused}");
            return true;
        }
    };
    let found = store.of_subject("00u1").await.unwrap();
    assert_eq!(found.len(), store.count_sessions().await.unwrap());
    for (id, live) in &found {
        assert_eq!(
            written.sessions.get(id),
            Some(&*live.session),
            "a session that was never here"
        );
    }
    // Reading a damaged record may fail, but without a panic.
    for (id, _) in found.iter().take(8) {
        let _ = store.tokens(*id).await;
        let _ = store.end(*id, Requester::default(), NOW).await;
    }
    let _ = store.due(after(NOW, Duration::from_hours(1))).await;
    let id = sign_in(&store, &secrets(), "new").await;
    assert!(store.session(id).await.unwrap().is_some());
    store.close().await.unwrap();
    false
}

/// A random seed, or `PORTICO_SEED` to repeat a run.
fn seed() -> u64 {
    if let Some(seed) = std::env::var_os("PORTICO_SEED") {
        return seed.to_str().unwrap().parse().unwrap();
    }
    let mut bytes = [0; 8];
    SystemEntropy.fill(&mut bytes);
    u64::from_be_bytes(bytes)
}

#[test]
fn sec_415_damage_is_refused_or_costs_what_it_hit() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let files = [true, false].map(|is_closed| runtime.block_on(written(is_closed)));
    let folder = tempfile::tempdir().unwrap();
    let seed = seed();
    let mut refused = 0;
    for case in 0..CASES {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        bytes[8..12].copy_from_slice(&case.to_be_bytes());
        let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let written = &files[usize::from(rng.random_bool(0.5))];
        let mut broken = written.bytes.clone();
        let what = damage(&mut broken, &written.in_use, &mut rng);
        let path = folder.path().join("portico.redb");
        fs::write(&path, &broken).unwrap();
        let outcome = catch_unwind(AssertUnwindSafe(|| runtime.block_on(is_refused(&path, written))));
        let is_refused = outcome.unwrap_or_else(|_| panic!("PORTICO_SEED={seed}, case {case}: {what}"));
        refused += u32::from(is_refused);
    }
    // Otherwise the damage hit nothing, or every file was refused.
    assert!((1..CASES).contains(&refused), "{refused} of {CASES}");
}
