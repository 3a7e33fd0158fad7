use std::collections::HashMap;
use std::future::ready;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::{
    AccountKey, Change, FailureRules, LimitSettings, Limits, Rate, SharedRows, Throttled,
    Unavailable,
};
use crate::clock::ManualClock;
use crate::domain::device::DeviceId;
use crate::domain::factor::Factor;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const HOME: DeviceId = [1; 16];

fn limits_of(settings: &LimitSettings) -> (Limits, ManualClock) {
    let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
    let limits = Limits::new(settings, Arc::new(clock.clone()), &[7; 32]);
    (limits, clock)
}

/// Rows in this process, for several limits as of several replicas.
#[derive(Debug, Default)]
struct Rows(Mutex<HashMap<String, Vec<u8>>>);

impl SharedRows for Rows {
    fn read(&self, names: Vec<String>) -> BoxFuture<'_, Result<Vec<Option<Vec<u8>>>, Unavailable>> {
        let rows = self.0.lock().unwrap();
        let read = names.iter().map(|name| rows.get(name).cloned()).collect();
        ready(Ok(read)).boxed()
    }

    fn write(&self, changes: Vec<Change>) -> BoxFuture<'_, Result<bool, Unavailable>> {
        let mut rows = self.0.lock().unwrap();
        let is_expected = |change: &Change| rows.get(&change.name) == change.expected.as_ref();
        if !changes.iter().all(is_expected) {
            return ready(Ok(false)).boxed();
        }
        for change in changes {
            assert!(!change.keep_for.is_zero() || change.wanted.is_none());
            match change.wanted {
                Some(wanted) => rows.insert(change.name, wanted),
                None => rows.remove(&change.name),
            };
        }
        ready(Ok(true)).boxed()
    }
}

/// Rows that nobody can have.
#[derive(Debug)]
struct NoRows;

impl SharedRows for NoRows {
    fn read(&self, _: Vec<String>) -> BoxFuture<'_, Result<Vec<Option<Vec<u8>>>, Unavailable>> {
        ready(Err(Unavailable)).boxed()
    }

    fn write(&self, _: Vec<Change>) -> BoxFuture<'_, Result<bool, Unavailable>> {
        ready(Err(Unavailable)).boxed()
    }
}

#[test]
fn sec_115_three_replicas_let_through_as_much_as_one() {
    let settings = LimitSettings::default();
    let (alone, _) = limits_of(&settings);
    let rows = Arc::new(Rows::default());
    let replicas: Vec<Limits> = (0..3)
        .map(|_| limits_of(&settings).0.together(rows.clone(), &[7; 32]))
        .collect();
    // Every kind of limit, asked in the same order of one replica and of three in turn.
    let mut answers = Vec::new();
    for step in 0..400_u32 {
        let kind = step % 7;
        let ask = |limits: &Limits| {
            let who = limits.account(&format!("robin-{}@example.com", step % 3));
            match kind {
                0 | 1 => limits.tries(&who, from(step % 5)),
                2 => limits.types(&who),
                3 => limits.check_send(&who).now_or_never().unwrap(),
                4 => limits.check_push(&who).now_or_never().unwrap(),
                5 => {
                    limits.fails_with(&who, Factor::Password, from(step % 5));
                    Ok(())
                }
                _ => {
                    let passed = limits.sign_in_passed(&who, Factor::Otp);
                    passed.now_or_never().unwrap();
                    Ok(())
                }
            }
        };
        let one = ask(&alone);
        let together = ask(&replicas[step as usize % 3]);
        assert_eq!(one, together, "step {step}");
        answers.push(one.is_ok());
    }
    assert!(answers.contains(&true) && answers.contains(&false));
    let rows = rows.0.lock().unwrap();
    assert!(!rows.is_empty());
    assert!(rows.keys().all(|name| !name.contains("robin")));
}

#[test]
fn sec_115_without_the_shared_rows_each_counts_by_itself() {
    let limits = limits().0.together(Arc::new(NoRows), &[7; 32]);
    let who = limits.account("robin@example.com");
    for _ in 0..5 {
        assert_eq!(limits.tries(&who, from(0)), Ok(()));
    }
    assert!(limits.tries(&who, from(0)).is_err());
}

fn limits() -> (Limits, ManualClock) {
    limits_of(&LimitSettings::default())
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn refused(scope: &'static str, wait: Duration) -> Result<(), Throttled> {
    Err(Throttled { scope, wait })
}

fn from(number: u32) -> IpAddr {
    IpAddr::from((0xc633_6400 + number).to_be_bytes())
}

/// The limits as they are asked, without waiting for what is there at once.
impl Limits {
    fn asks(&self, who: &AccountKey, factor: Factor, from: IpAddr) -> Result<(), Throttled> {
        let asked = self.check_sign_in(who, factor, from);
        asked.now_or_never().unwrap()
    }

    fn tries(&self, who: &AccountKey, from: IpAddr) -> Result<(), Throttled> {
        self.asks(who, Factor::Password, from)
    }

    fn types(&self, who: &AccountKey) -> Result<(), Throttled> {
        self.check_code(who, Factor::Otp).now_or_never().unwrap()
    }

    fn fails(&self, who: &AccountKey) {
        self.fails_with(who, Factor::Password, from(0));
    }

    fn fails_with(&self, who: &AccountKey, factor: Factor, from: IpAddr) {
        let failed = self.sign_in_failed(who, factor, from);
        failed.now_or_never().unwrap();
    }

    fn succeeds(&self, who: &AccountKey, accepted: &[Factor], from: IpAddr) {
        let succeeded = self.sign_in_succeeded(who, accepted, from);
        succeeded.now_or_never().unwrap();
    }

    fn sweeps(&self) {
        self.sweep();
    }

    fn failures_kept(&self) -> usize {
        self.own.failures.len()
    }
}

/// Limits by account, address and pair that no test of failures meets.
fn only_failures() -> (Limits, ManualClock) {
    let wide = Rate::new(100_000, Duration::from_nanos(1));
    limits_of(&LimitSettings {
        account: wide,
        address: wide,
        network: wide,
        pair: wide,
        address_failures: wide,
        ..LimitSettings::default()
    })
}

/// How many tries pass before the first refusal.
fn passing(mut ask: impl FnMut(u32) -> Result<(), Throttled>) -> usize {
    (0..10_000)
        .take_while(|number| ask(*number).is_ok())
        .count()
}

#[test]
fn limits_are_shared_by_the_workers() {
    fn is_shared<T: Send + Sync + std::fmt::Debug>(_: &T) {}
    is_shared(&limits().0);
}

#[test]
fn sec_110_an_account_has_five_tries_and_then_one_per_thirty_seconds() {
    let (limits, clock) = limits();
    let ada = limits.account("ada@example.com");
    assert_eq!(passing(|number| limits.tries(&ada, from(number))), 5);
    clock.advance(SECOND);
    assert_eq!(limits.tries(&ada, from(9)), refused("account", 29 * SECOND));
    clock.advance(Duration::from_nanos(28_999_999_999));
    assert!(limits.tries(&ada, from(9)).is_err());
    clock.advance(Duration::from_nanos(1));
    assert_eq!(limits.tries(&ada, from(9)), Ok(()));
    assert_eq!(limits.tries(&ada, from(9)), refused("account", 30 * SECOND));
    assert_eq!(limits.tries(&limits.account("bob"), from(9)), Ok(()));
}

#[test]
fn sec_109_spellings_of_a_name_share_a_key_and_other_names_do_not() {
    let (limits, _clock) = limits();
    let key = |name: &str| limits.account(name);
    for (one, other) in [
        ("Ada@Example.com", "ada@example.com"),
        (" ada ", "ada"),
        ("\u{ff21}da", "ada"),
        ("Jose\u{301}", "JOSÉ"),
        ("straße", "STRASSE"),
        ("ΟΔΟΣ", "οδος"),
        ("οδος", "οδοσ"),
        ("\u{212a}ate", "kate"),
    ] {
        assert_eq!(key(one), key(other), "{one} {other}");
    }
    for (one, other) in [("ada", "adb"), ("ada", "a.da"), ("а", "a"), ("", "a")] {
        assert_ne!(key(one), key(other), "{one} {other}");
    }
    let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let of_secret = |secret: [u8; 32]| {
        Limits::new(&LimitSettings::default(), clock.clone(), &secret).account("ada")
    };
    assert_ne!(of_secret([8; 32]), key("ada"));
    assert_eq!(of_secret([7; 32]), key("ada"), "replicas agree (SEC-115)");
    assert!(!format!("{:?}", key("ada")).contains("ada"));
}

#[test]
fn sec_113_one_ipv6_network_shares_a_bucket() {
    let (limits, _clock) = limits();
    let name = |number: u32| limits.account(&number.to_string());
    let in_64 = |number: u32| address(&format!("2001:db8:1:1::{number:x}"));
    let tries = passing(|number| limits.tries(&name(number), in_64(number)));
    assert_eq!(tries, 10);
    let in_48 = |number: u32| address(&format!("2001:db8:1:{:x}::1", number + 2));
    let tries = passing(|number| limits.tries(&name(number + 100), in_48(number)));
    assert_eq!(tries, 30);
    let v4 = address("198.51.100.7");
    let mapped = address("::ffff:198.51.100.7");
    let tries = passing(|number| {
        let from = if number % 2 == 0 { v4 } else { mapped };
        limits.tries(&name(number + 1_000), from)
    });
    assert_eq!(tries, 10);
    assert_eq!(
        limits.tries(&name(5_000), v4),
        refused("address", 2 * SECOND)
    );
}

#[test]
fn a_refusal_by_one_limit_costs_nothing_with_the_others() {
    let (limits, clock) = limits();
    let here = address("198.51.100.7");
    let ada = limits.account("ada");
    assert_eq!(passing(|_| limits.tries(&ada, here)), 5);
    for _ in 0..100 {
        assert!(limits.tries(&ada, here).is_err());
    }
    let others = passing(|number| limits.tries(&limits.account(&number.to_string()), here));
    assert_eq!(others, 5);
    // The address opens after 2 s, the pair after 30 s: the longer one is told, and is enough.
    assert_eq!(limits.tries(&ada, here), refused("pair", 30 * SECOND));
    clock.advance(30 * SECOND);
    assert_eq!(limits.tries(&ada, here), Ok(()));
}

#[test]
fn a_pair_can_be_tighter_than_its_account() {
    let (limits, _clock) = limits_of(&LimitSettings {
        pair: Rate::new(2, MINUTE),
        ..LimitSettings::default()
    });
    let ada = limits.account("ada");
    let here = address("198.51.100.7");
    assert_eq!(passing(|_| limits.tries(&ada, here)), 2);
    assert_eq!(limits.tries(&ada, here), refused("pair", MINUTE));
    assert_eq!(limits.tries(&ada, address("198.51.100.8")), Ok(()));
}

#[test]
fn sec_116_retry_after_is_in_whole_seconds_rounded_up() {
    for (millis, expected) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (29_999, 30)] {
        let throttled = Throttled {
            scope: "account",
            wait: Duration::from_millis(millis),
        };
        assert_eq!(throttled.retry_after_s(), expected);
    }
}

#[test]
fn sec_114_the_service_has_a_cap_that_known_devices_are_not_under() {
    let (limits, _clock) = limits_of(&LimitSettings {
        service: Some(Rate::new(3, SECOND)),
        ..LimitSettings::default()
    });
    let tries = passing(|number| {
        let name = limits.account(&number.to_string());
        limits.tries(&name, from(number))
    });
    assert_eq!(tries, 3);
    let known = limits.account_on_device("ada", &HOME);
    assert_eq!(limits.tries(&known, from(200)), Ok(()));
}

#[test]
fn codes_sends_and_pushes_have_allowances_of_their_own() {
    type Check = fn(&Limits, &AccountKey) -> Result<(), Throttled>;
    let cases: [(&str, Check, usize, Duration); 3] = [
        ("code", Limits::types, 10, 59 * MINUTE),
        (
            "send",
            |limits, who| limits.check_send(who).now_or_never().unwrap(),
            5,
            59 * MINUTE,
        ),
        (
            "push",
            |limits, who| limits.check_push(who).now_or_never().unwrap(),
            3,
            9 * MINUTE,
        ),
    ];
    for (scope, check, most, rest) in cases {
        let (limits, clock) = limits();
        let ada = limits.account("ada").confirmed();
        let check = |who: &AccountKey| {
            let answer = check(&limits, who);
            let passed = limits.sign_in_passed(who, Factor::Otp);
            passed.now_or_never().unwrap();
            answer
        };
        assert_eq!(check(&ada), Ok(()));
        clock.advance(MINUTE);
        assert_eq!(passing(|_| check(&ada)), most - 1, "{scope}");
        let on_device = limits.account_on_device("ada", &HOME);
        if scope == "code" {
            assert_eq!(check(&on_device), Ok(()), "typed by somebody else");
        } else {
            assert_eq!(check(&on_device), refused(scope, rest));
        }
        assert_eq!(check(&limits.account("bob")), Ok(()));
        clock.advance(rest);
        assert_eq!(passing(|_| check(&ada)), 1, "{scope}");
        assert_eq!(check(&ada), refused(scope, MINUTE));
    }
}

#[test]
fn sec_134_five_pushes_without_a_sign_in_are_the_last_for_a_day() {
    let (limits, clock) = limits();
    let ada = limits.account("ada");
    let push = || limits.check_push(&ada).now_or_never().unwrap();
    for _ in 0..5 {
        assert_eq!(push(), Ok(()));
        clock.advance(10 * MINUTE);
    }
    assert_eq!(push(), refused("push", Duration::from_mins(24 * 60 - 50)));
    limits.succeeds(&ada, &[Factor::Push], from(1));
    assert_eq!(push(), Ok(()));
}

#[test]
fn sec_120_an_address_from_which_many_names_fail_waits_longer_and_known_devices_do_not() {
    let (limits, clock) = limits_of(&LimitSettings {
        address: Rate::new(1_000, SECOND),
        ..LimitSettings::default()
    });
    let (here, neighbour) = (address("2001:db8::1"), address("2001:db8::2"));
    let fails = |number: u32| {
        let name = limits.account(&number.to_string());
        limits.tries(&name, here)?;
        limits.fails_with(&name, Factor::Password, here);
        Ok(())
    };
    assert_eq!(passing(fails), 20);
    let ada = limits.account("ada");
    assert_eq!(
        limits.tries(&ada, neighbour),
        refused("address_failures", 10 * SECOND)
    );
    assert_eq!(limits.tries(&ada, from(1)), Ok(()));
    let at_home = limits.account_on_device("ada", &HOME);
    assert_eq!(limits.tries(&at_home, here), Ok(()));
    clock.advance(10 * SECOND);
    assert_eq!(passing(|number| fails(number + 50)), 1);
}

mod failures;
mod kept;
