//! Failures across restarts.

use super::*;
use crate::limits::{KeptRow, KeptRows};
use crate::startup::test_defaults;

/// A file, and how often it was written.
#[derive(Debug, Default)]
struct Disk {
    rows: Mutex<HashMap<Vec<u8>, Vec<u8>>>,
    writes: Mutex<u32>,
}

impl KeptRows for Disk {
    fn keep(&self, rows: Vec<KeptRow>) -> BoxFuture<'static, Result<(), Unavailable>> {
        *self.writes.lock().unwrap() += 1;
        let mut kept = self.rows.lock().unwrap();
        for KeptRow { name, value } in rows {
            match value {
                Some(value) => kept.insert(name, value),
                None => kept.remove(&name),
            };
        }
        ready(Ok(())).boxed()
    }
}

impl Disk {
    /// A process that starts with what is stored here.
    fn starts(self: &Arc<Self>, settings: &LimitSettings) -> (Limits, ManualClock) {
        let known = self.rows.lock().unwrap().clone().into_iter();
        let known = known.map(|(name, value)| KeptRow {
            name,
            value: Some(value),
        });
        let (limits, clock) = limits_of(settings);
        (limits.keeping(self.clone(), known.collect()), clock)
    }

    fn len(&self) -> usize {
        self.rows.lock().unwrap().len()
    }

    fn writes(&self) -> u32 {
        *self.writes.lock().unwrap()
    }
}

fn wide() -> LimitSettings {
    LimitSettings {
        account: Rate::new(1_000, SECOND),
        pair: Rate::new(1_000, SECOND),
        address: Rate::new(1_000, SECOND),
        ..test_defaults::limits()
    }
}

#[test]
fn sec_111_a_restart_forgets_no_failure_and_a_success_or_an_operator_all() {
    let disk = Arc::new(Disk::default());
    let (limits, _) = disk.starts(&wide());
    let (ada, bob, known) = (
        limits.account("ada"),
        limits.account("bob"),
        limits.account_on_device("carol", &HOME),
    );
    for who in [ada, bob, known] {
        for _ in 0..5 {
            assert!(limits.tries(&who, from(1)).is_ok());
            limits.fails(&who);
        }
        assert!(limits.tries(&who, from(1)).is_err());
    }
    let (limits, _) = disk.starts(&wide());
    for who in [ada, bob, known] {
        assert_eq!(limits.tries(&who, from(1)), refused("failures", 30 * SECOND));
    }
    limits.reset(&bob).now_or_never().unwrap();
    limits.succeeds(&ada, &[Factor::Password], from(1));
    let (limits, clock) = disk.starts(&wide());
    for who in [ada, bob] {
        assert!(limits.tries(&who, from(1)).is_ok());
    }
    assert!(limits.tries(&known, from(1)).is_err());
    assert!(disk.len() > 0);
    clock.advance(800 * DAY);
    limits.sweep();
    limits.fails(&ada);
    assert_eq!(disk.len(), 1, "what has faded is gone from the file as well");
}

#[test]
fn who_makes_no_mistake_costs_no_write() {
    let disk = Arc::new(Disk::default());
    let (limits, _) = disk.starts(&wide());
    let ada = limits.account("ada");
    for _ in 0..20 {
        assert!(limits.tries(&ada, from(1)).is_ok());
        limits.succeeds(&ada, &[Factor::Password], from(1));
    }
    assert_eq!(disk.writes(), 0);
    limits.fails(&ada);
    assert_eq!(disk.writes(), 1);
    assert!(limits.tries(&ada, from(1)).is_ok());
    let ended = limits.sign_in_passed(&ada, Factor::Password);
    ended.now_or_never().unwrap();
    assert_eq!(disk.writes(), 1, "a try that is under way is not kept");
}

#[test]
fn sec_113_a_flood_of_names_fills_no_disk() {
    let disk = Arc::new(Disk::default());
    let settings = LimitSettings {
        most_keys: 64,
        ..wide()
    };
    let (limits, _) = disk.starts(&settings);
    for number in 0..1_000 {
        limits.fails(&limits.account(&number.to_string()));
        assert!(disk.len() <= 64);
    }
    let fewer = LimitSettings {
        most_keys: 32,
        ..wide()
    };
    drop(disk.starts(&fewer));
    assert_eq!(disk.len(), 32);
}

#[test]
fn rows_of_another_version_are_dropped() {
    let disk = Arc::new(Disk::default());
    let (limits, _) = disk.starts(&wide());
    limits.fails(&limits.account("ada"));
    let (name, value) = disk.rows.lock().unwrap().iter().next().map(owned).unwrap();
    let longer = |bytes: &[u8]| [bytes, b"!"].concat();
    let mut rows = disk.rows.lock().unwrap();
    rows.insert(longer(&name), value.clone());
    rows.insert(b"\x07".repeat(30), value.clone());
    rows.insert([&[3; 16][..], b"\0push\0"].concat(), longer(&value));
    drop(rows);
    drop(disk.starts(&wide()));
    assert_eq!(disk.rows.lock().unwrap().clone(), HashMap::from([(name, value)]));
}

fn owned((name, value): (&Vec<u8>, &Vec<u8>)) -> (Vec<u8>, Vec<u8>) {
    (name.clone(), value.clone())
}
