use std::collections::HashSet;

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::{BadKeyRing, Derived, KeyRing, Purpose, RingKey, Role};
use crate::clock::SystemEntropy;
use crate::domain::is_wiped;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn ring() -> KeyRing {
    KeyRing::new(&SystemEntropy, NOW)
}

fn derived(ring: &KeyRing, purpose: Purpose) -> [u8; 32] {
    *ring.current(purpose).unwrap().1.0
}

#[test]
fn a_ring_survives_its_file_and_never_prints() {
    let ring = ring().rotated(&SystemEntropy, NOW);
    let file = ring.render();
    let read = KeyRing::parse(&file).unwrap();
    assert_eq!(
        read.render().expose_secret(),
        file.expose_secret(),
        "a ring is written as it was read"
    );
    let secrets: Vec<&str> = file
        .expose_secret()
        .lines()
        .filter_map(|line| line.strip_prefix("secret = "))
        .map(|value| value.trim_matches('"'))
        .collect();
    assert_eq!(secrets.len(), 3);
    let debug = format!("{ring:?} {read:?}");
    assert!(secrets.iter().all(|secret| !debug.contains(secret)));
}

#[test]
fn every_purpose_has_a_key_of_its_own() {
    let ring = ring();
    let keys: HashSet<[u8; 32]> = [
        Purpose::Attempt,
        Purpose::Session,
        Purpose::Tokens,
        Purpose::PendingRevocation,
        Purpose::Form,
        Purpose::Device,
        Purpose::Names,
        Purpose::Assertion,
        Purpose::Target,
        Purpose::HandOver,
        Purpose::HostCookie,
        Purpose::OpenedForm,
        Purpose::Pseudonym,
        Purpose::LogoutNotice,
    ]
    .into_iter()
    .map(|purpose| derived(&ring, purpose))
    .collect();
    assert_eq!(keys.len(), 14);
}

#[test]
fn a_rotation_makes_current_what_every_replica_already_holds() {
    let before = ring();
    let after = before.rotated(&SystemEntropy, NOW);
    let sealing = after.current(Purpose::Session).unwrap();
    assert!(
        before.find(sealing.0, Purpose::Session).is_some(),
        "a replica with the ring of before opens what the new one seals"
    );
    let former = before.current(Purpose::Session).unwrap().0;
    assert_ne!(former, sealing.0);
    assert!(after.find(former, Purpose::Session).is_some());
    let roles: Vec<Role> = after.inventory().map(|(_, role, _)| role).collect();
    assert_eq!(roles, [Role::Current, Role::Next, Role::Old]);
}

#[test]
fn sec_115_names_are_counted_under_one_key_before_while_and_after_a_ring_rotates() {
    let first = ring();
    let later = |seconds| Timestamp::from_second(seconds).unwrap();
    let second = first.rotated(&SystemEntropy, later(60));
    let third = second.rotated(&SystemEntropy, later(120));
    let read = KeyRing::parse(&third.render()).unwrap();
    for ring in [&second, &third, &read] {
        assert_eq!(*ring.names(), *first.names());
    }
    assert_ne!(*ring().names(), *first.names());
    assert_eq!(*first.names(), derived(&first, Purpose::Names));
}

#[test]
fn the_oldest_keys_are_dropped_in_the_end() {
    let first = ring();
    let mut ring = first.clone();
    for _ in 0..9 {
        ring = ring.rotated(&SystemEntropy, NOW);
    }
    let gone = first.current(Purpose::Session).unwrap().0;
    assert!(ring.find(gone, Purpose::Session).is_none());
    assert_eq!(ring.inventory().count(), 10);
}

#[test]
fn no_number_of_rotations_empties_a_ring() {
    let mut ring = ring();
    for _ in 0..30 {
        let rotated = KeyRing::parse(&ring.rotated(&SystemEntropy, NOW).render()).unwrap();
        let current = rotated.current(Purpose::Session).unwrap().0;
        assert!(ring.find(current, Purpose::Session).is_some());
        ring = rotated;
    }
    assert_eq!(ring.inventory().count(), 10);
}

#[test]
fn sec_216_after_a_theft_the_former_keys_open_what_is_stored_and_nothing_else() {
    let stolen = ring().rotated(&SystemEntropy, NOW);
    let after = KeyRing::parse(&stolen.after_theft(&SystemEntropy, NOW).render()).unwrap();
    let roles: Vec<Role> = after.inventory().map(|(_, role, _)| role).collect();
    let compromised = [Role::Compromised; 3];
    assert_eq!(roles, [[Role::Current, Role::Next].as_slice(), &compromised].concat());
    for (id, _, _) in stolen.inventory() {
        for purpose in Purpose::ALL {
            let opens = after.find(id, purpose).is_some();
            let is_kept = matches!(
                purpose,
                Purpose::Attempt
                    | Purpose::Session
                    | Purpose::Tokens
                    | Purpose::PendingRevocation
                    | Purpose::LogoutNotice
                    | Purpose::PastTry
                    | Purpose::Names
                    | Purpose::Pseudonym
            );
            assert_eq!(opens, is_kept, "{purpose:?}");
            assert!(after.find(after.current(purpose).unwrap().0, purpose).is_some());
        }
    }
    assert_eq!(after.authenticators(Purpose::Form).len(), 2);
    assert_eq!(
        after.authenticators(Purpose::Pseudonym).len(),
        5,
        "to find who is in an old log"
    );
    let signing: Vec<Role> = after.signers().map(|(role, _)| role).collect();
    assert_eq!(signing, [Role::Current, Role::Next]);
    assert!(
        after
            .signers()
            .all(|(_, secret)| stolen.signers().all(|(_, stolen)| stolen != secret))
    );
}

#[test]
fn sec_111_neither_a_theft_nor_what_follows_loses_counts_until_the_keys_are_dropped() {
    for ring in [ring(), ring().rotated(&SystemEntropy, NOW)] {
        let after = ring.after_theft(&SystemEntropy, NOW);
        let later = after.rotated(&SystemEntropy, NOW);
        let again = later.after_theft(&SystemEntropy, NOW);
        for ring_of_later in [&after, &KeyRing::parse(&after.render()).unwrap(), &later, &again] {
            assert_eq!(*ring_of_later.names(), *ring.names());
        }
        let dropped = again.without_compromised().unwrap();
        assert_eq!(dropped.inventory().count(), 2);
        assert!(dropped.without_compromised().is_none());
    }
}

#[test]
fn no_number_of_thefts_makes_a_ring_grow_for_ever() {
    let mut ring = ring();
    for _ in 0..30 {
        ring = ring.after_theft(&SystemEntropy, NOW).rotated(&SystemEntropy, NOW);
    }
    assert_eq!(ring.inventory().count(), 13);
}

#[test]
fn a_ring_stands_in_for_those_whose_keys_it_has() {
    let first = ring();
    let second = first.rotated(&SystemEntropy, NOW);
    assert!(first.is_same(&KeyRing::parse(&first.render()).unwrap()));
    assert!(second.opens_all_of(&first) && !first.opens_all_of(&second));
    assert!(!second.is_same(&first) && !ring().opens_all_of(&first));
}

#[test]
fn a_bad_ring_is_refused_with_its_fault_and_without_its_secrets() {
    let good = ring().render();
    let good = good.expose_secret();
    let secret = good
        .lines()
        .find_map(|line| line.strip_prefix("secret = "))
        .unwrap()
        .trim_matches('"');
    let id = good
        .lines()
        .find_map(|line| line.strip_prefix("id = "))
        .unwrap()
        .trim_matches('"');
    let twice = format!("{good}{}", good.split_once("\n\n").unwrap().1);
    let cases: &[(&str, String)] = &[
        ("exactly one key with role \"current\", and has 0", String::new()),
        ("and has 2", good.replace("\"next\"", "\"current\"")),
        ("not what `portico keys new` writes", "not toml at all = =".to_owned()),
        ("not what `portico keys new` writes", good.replace("role", "rule")),
        ("not 32 bytes in base64url", good.replace(secret, &secret[1..])),
        ("not 32 bytes in base64url", good.replace(secret, "é")),
        ("eight hexadecimal digits", good.replace(id, "+1234567")),
        ("eight hexadecimal digits", good.replace(id, "xyzw")),
        ("two keys named", twice),
    ];
    for (fault, text) in cases {
        let error = KeyRing::parse(&SecretString::from(text.clone())).unwrap_err();
        let message = error.to_string();
        assert!(message.contains(fault), "{message} for {fault}");
        assert!(!message.contains(&secret[2..]), "{fault}");
    }
    assert_eq!(
        KeyRing::parse(&SecretString::from("")).unwrap_err(),
        BadKeyRing::NotOneCurrent(0)
    );
}

#[test]
fn every_purpose_has_its_own_key_under_its_own_label() {
    let ring = ring();
    let keys: Vec<_> = Purpose::ALL
        .iter()
        .map(|purpose| {
            assert_eq!(Purpose::ALL[*purpose as usize], *purpose);
            derived(&ring, *purpose)
        })
        .collect();
    for (at, key) in keys.iter().enumerate() {
        assert!(!keys[..at].contains(key), "{:?}", Purpose::ALL[at]);
    }
}

#[test]
fn sec_218_keys_are_wiped_whole() {
    for key in ring().keys.iter() {
        // A field added to one of them would not compile here.
        let RingKey {
            id: _,
            role: _,
            created: _,
            secret,
            derived,
        } = key;
        is_wiped(secret);
        for Derived(secret) in derived {
            is_wiped(secret);
        }
    }
}
