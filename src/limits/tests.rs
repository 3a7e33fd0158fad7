use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{AccountKey, LimitSettings, Limits, Rate, Throttled};
use crate::clock::{ManualClock, SystemEntropy};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

fn limits_of(settings: &LimitSettings) -> (Limits, ManualClock) {
    let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
    let limits = Limits::new(settings, Arc::new(clock.clone()), &SystemEntropy);
    (limits, clock)
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
    assert_eq!(
        passing(|number| limits.check_sign_in(&ada, from(number))),
        5
    );
    clock.advance(SECOND);
    assert_eq!(
        limits.check_sign_in(&ada, from(9)),
        refused("account", 29 * SECOND)
    );
    clock.advance(Duration::from_nanos(28_999_999_999));
    assert!(limits.check_sign_in(&ada, from(9)).is_err());
    clock.advance(Duration::from_nanos(1));
    assert_eq!(limits.check_sign_in(&ada, from(9)), Ok(()));
    assert_eq!(
        limits.check_sign_in(&ada, from(9)),
        refused("account", 30 * SECOND)
    );
    assert_eq!(
        limits.check_sign_in(&limits.account("bob"), from(9)),
        Ok(())
    );
}

#[test]
fn sec_110_failures_in_a_row_double_the_wait_and_then_hold() {
    let (limits, clock) = limits();
    let ada = limits.account("ada");
    let here = address("198.51.100.7");
    for _ in 0..5 {
        assert_eq!(limits.check_sign_in(&ada, here), Ok(()));
        limits.sign_in_failed(&ada);
    }
    for wait in [30 * SECOND, MINUTE, 2 * MINUTE] {
        let Err(throttled) = limits.check_sign_in(&ada, here) else {
            panic!("not held for {wait:?}");
        };
        assert_eq!(throttled.wait, wait);
        clock.advance(wait);
        assert_eq!(limits.check_sign_in(&ada, here), Ok(()), "{wait:?}");
        limits.sign_in_failed(&ada);
    }
    assert_eq!(
        limits.check_sign_in(&ada, here),
        refused("failures", 24 * HOUR)
    );
    clock.advance(24 * HOUR);
    assert_eq!(limits.check_sign_in(&ada, here), Ok(()));
    limits.sign_in_failed(&ada);
    assert_eq!(
        limits.check_sign_in(&ada, here),
        refused("failures", 24 * HOUR)
    );
}

#[test]
fn sec_111_two_hundred_outside_tries_over_a_day_stay_below_the_lock_out() {
    let (limits, clock) = limits();
    let ada = limits.account("ada");
    let mut reached_okta = 0;
    for number in 0..200_u8 {
        if limits
            .check_sign_in(&ada, IpAddr::from([203, 0, 113, number]))
            .is_ok()
        {
            reached_okta += 1;
            limits.sign_in_failed(&ada);
        }
        limits.sweep();
        clock.advance(24 * HOUR / 200);
    }
    assert!(reached_okta < 10, "{reached_okta}");
}

#[test]
fn sec_112_a_known_device_is_not_held_by_tries_from_elsewhere() {
    let (limits, clock) = limits();
    let stranger = limits.account("ada");
    for _ in 0..50 {
        let _ = limits.check_sign_in(&stranger, address("203.0.113.9"));
        limits.sign_in_failed(&stranger);
    }
    let device = limits.account_on_device("ADA ", "device-1");
    let home = address("198.51.100.7");
    assert_eq!(limits.check_sign_in(&device, home), Ok(()));
    for _ in 0..20 {
        limits.sign_in_failed(&device);
    }
    assert_eq!(
        limits.check_sign_in(&device, home),
        refused("failures", HOUR)
    );
    clock.advance(HOUR);
    limits.sign_in_succeeded(&device, home);
    assert_eq!(passing(|_| limits.check_sign_in(&device, home)), 5);
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
    let elsewhere = limits_of(&LimitSettings::default()).0;
    assert_ne!(elsewhere.account("ada"), key("ada"));
    assert!(!format!("{:?}", key("ada")).contains("ada"));
}

#[test]
fn sec_113_one_ipv6_network_shares_a_bucket() {
    let (limits, _clock) = limits();
    let name = |number: u32| limits.account(&number.to_string());
    let in_64 = |number: u32| address(&format!("2001:db8:1:1::{number:x}"));
    let tries = passing(|number| limits.check_sign_in(&name(number), in_64(number)));
    assert_eq!(tries, 10);
    let in_48 = |number: u32| address(&format!("2001:db8:1:{:x}::1", number + 2));
    let tries = passing(|number| limits.check_sign_in(&name(number + 100), in_48(number)));
    assert_eq!(tries, 30);
    let v4 = address("198.51.100.7");
    let mapped = address("::ffff:198.51.100.7");
    let tries = passing(|number| {
        let from = if number % 2 == 0 { v4 } else { mapped };
        limits.check_sign_in(&name(number + 1_000), from)
    });
    assert_eq!(tries, 10);
    assert_eq!(
        limits.check_sign_in(&name(5_000), v4),
        refused("address", 2 * SECOND)
    );
}

#[test]
fn a_refusal_by_one_limit_costs_nothing_with_the_others() {
    let (limits, clock) = limits();
    let here = address("198.51.100.7");
    let ada = limits.account("ada");
    assert_eq!(passing(|_| limits.check_sign_in(&ada, here)), 5);
    for _ in 0..100 {
        assert!(limits.check_sign_in(&ada, here).is_err());
    }
    let others = passing(|number| limits.check_sign_in(&limits.account(&number.to_string()), here));
    assert_eq!(others, 5);
    // The address opens after 2 s, the pair after 30 s: the longer one is told, and is enough.
    assert_eq!(
        limits.check_sign_in(&ada, here),
        refused("pair", 30 * SECOND)
    );
    clock.advance(30 * SECOND);
    assert_eq!(limits.check_sign_in(&ada, here), Ok(()));
}

#[test]
fn a_pair_can_be_tighter_than_its_account() {
    let (limits, _clock) = limits_of(&LimitSettings {
        pair: Rate::new(2, MINUTE),
        ..LimitSettings::default()
    });
    let ada = limits.account("ada");
    let here = address("198.51.100.7");
    assert_eq!(passing(|_| limits.check_sign_in(&ada, here)), 2);
    assert_eq!(limits.check_sign_in(&ada, here), refused("pair", MINUTE));
    assert_eq!(limits.check_sign_in(&ada, address("198.51.100.8")), Ok(()));
}

#[test]
fn sec_114_the_service_has_a_cap_that_known_devices_are_not_under() {
    let (limits, _clock) = limits_of(&LimitSettings {
        service: Some(Rate::new(3, SECOND)),
        ..LimitSettings::default()
    });
    let tries = passing(|number| {
        let name = limits.account(&number.to_string());
        limits.check_sign_in(&name, from(number))
    });
    assert_eq!(tries, 3);
    let known = limits.account_on_device("ada", "d");
    assert_eq!(limits.check_sign_in(&known, from(200)), Ok(()));
}

#[test]
fn codes_sends_and_pushes_have_allowances_of_their_own() {
    type Check = fn(&Limits, &AccountKey) -> Result<(), Throttled>;
    let cases: [(&str, Check, usize, Duration); 3] = [
        ("code", Limits::check_code, 10, 59 * MINUTE),
        ("send", Limits::check_send, 5, 59 * MINUTE),
        ("push", Limits::check_push, 3, 9 * MINUTE),
    ];
    for (scope, check, most, rest) in cases {
        let (limits, clock) = limits();
        let ada = limits.account("ada");
        assert_eq!(check(&limits, &ada), Ok(()));
        clock.advance(MINUTE);
        assert_eq!(passing(|_| check(&limits, &ada)), most - 1, "{scope}");
        let on_device = limits.account_on_device("ada", "d");
        assert_eq!(check(&limits, &on_device), refused(scope, rest));
        assert_eq!(check(&limits, &limits.account("bob")), Ok(()));
        clock.advance(rest);
        assert_eq!(passing(|_| check(&limits, &ada)), 1, "{scope}");
        assert_eq!(check(&limits, &ada), refused(scope, MINUTE));
    }
}

#[test]
fn sec_134_five_pushes_without_a_sign_in_are_the_last_for_a_day() {
    let (limits, clock) = limits();
    let ada = limits.account("ada");
    for _ in 0..5 {
        assert_eq!(limits.check_push(&ada), Ok(()));
        clock.advance(10 * MINUTE);
    }
    assert_eq!(
        limits.check_push(&ada),
        refused("push", Duration::from_mins(24 * 60 - 50))
    );
    limits.sign_in_succeeded(&ada, address("198.51.100.7"));
    assert_eq!(limits.check_push(&ada), Ok(()));
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
fn sec_113_a_flood_of_names_and_addresses_does_not_free_who_is_held() {
    let (limits, _clock) = limits_of(&LimitSettings {
        most_keys: 256,
        ..LimitSettings::default()
    });
    let ada = limits.account("ada");
    let here = address("198.51.100.7");
    for _ in 0..8 {
        limits.sign_in_failed(&ada);
    }
    for number in 0..20_000_u32 {
        let name = limits.account(&number.to_string());
        let from = IpAddr::from(number.to_be_bytes());
        assert_eq!(limits.check_sign_in(&name, from), Ok(()));
        limits.sign_in_failed(&name);
    }
    assert_eq!(limits.failures_kept(), 256);
    assert_eq!(
        limits.check_sign_in(&ada, here),
        refused("failures", 24 * HOUR)
    );
}

#[test]
fn sec_113_what_has_faded_is_swept() {
    let (limits, clock) = limits();
    let ada = limits.account("ada");
    limits.sign_in_failed(&ada);
    limits.sweep();
    assert_eq!(limits.failures_kept(), 1);
    clock.advance(25 * HOUR);
    limits.sweep();
    assert_eq!(limits.failures_kept(), 0);
}

impl Limits {
    fn failures_kept(&self) -> usize {
        self.failures.len()
    }
}
