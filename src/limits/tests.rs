use std::collections::HashMap;
use std::future::ready;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::{
    AccountKey, CounterRowChange, CounterRows, FailureRules, Left, LimitSettings, Limits, Rate, SharedRows, Throttled,
    Unavailable,
};
use crate::clock::ManualClock;
use crate::domain::device::DeviceId;
use crate::domain::factor::Factor;
use crate::startup::test_defaults;

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

/// Rows in this process, shared by several limits that stand for several replicas.
#[derive(Debug, Default)]
struct Rows(Mutex<HashMap<String, Vec<u8>>>);

impl SharedRows for Rows {
    fn write(&self, changes: Vec<CounterRowChange>) -> BoxFuture<'_, Result<Option<CounterRows>, Unavailable>> {
        let mut rows = self.0.lock().unwrap();
        let present: CounterRows = changes.iter().map(|change| rows.get(&change.name).cloned()).collect();
        if !changes.iter().map(|change| &change.expected).eq(&present) {
            return ready(Ok(Some(present))).boxed();
        }
        for change in changes {
            assert!(!change.keep_for.is_zero() || change.wanted.is_none());
            match change.wanted {
                Some(wanted) => rows.insert(change.name, wanted),
                None => rows.remove(&change.name),
            };
        }
        ready(Ok(None)).boxed()
    }
}

/// Rows that cannot be reached.
#[derive(Debug)]
struct NoRows;

impl SharedRows for NoRows {
    fn write(&self, _: Vec<CounterRowChange>) -> BoxFuture<'_, Result<Option<CounterRows>, Unavailable>> {
        ready(Err(Unavailable)).boxed()
    }
}

#[test]
fn sec_115_three_replicas_let_through_as_much_as_one() {
    let settings = LimitSettings {
        sends_in_all: NonZeroU32::new(30),
        sends_per_network: NonZeroU32::new(20),
        ..test_defaults::limits()
    };
    let (alone, _) = limits_of(&settings);
    let rows = Arc::new(Rows::default());
    let replicas: Vec<Limits> = (0..3)
        .map(|_| limits_of(&settings).0.together(rows.clone(), &[7; 32]))
        .collect();
    // Every kind of limit, queried in the same order on one replica and on three in turn.
    let mut answers = Vec::new();
    for step in 0..400_u32 {
        let kind = step % 7;
        let ask = |limits: &Limits| {
            let who = limits.account(&format!("robin-{}@example.com", step % 3));
            match kind {
                0 | 1 => limits.tries(&who, from(step % 5)),
                2 => limits.types(&who),
                3 | 4 => {
                    // Strangers, and visitors who have proved something.
                    let who = if step % 2 == 0 { who } else { who.confirmed() };
                    let asked = if kind == 3 {
                        limits.check_send(&who, from(step)).now_or_never()
                    } else {
                        limits.check_push(&who).now_or_never()
                    };
                    asked.unwrap()
                }
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
        let left = |limits: &Limits| limits.sends_left().now_or_never().unwrap();
        assert_eq!(left(&alone), left(&replicas[step as usize % 3]));
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
    limits_of(&test_defaults::limits())
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

/// Queries the limits without an executor: the answers are ready at once.
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

    fn sends(&self, who: &AccountKey) -> Result<(), Throttled> {
        self.sends_from(who, from(0))
    }

    fn sends_from(&self, who: &AccountKey, from: IpAddr) -> Result<(), Throttled> {
        self.check_send(who, from).now_or_never().unwrap()
    }

    fn pushes(&self, who: &AccountKey) -> Result<(), Throttled> {
        self.check_push(who).now_or_never().unwrap()
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

/// Limits by account, address and pair that are too wide for any test of failures to reach.
fn only_failures() -> (Limits, ManualClock) {
    let wide = Rate::new(100_000, Duration::from_nanos(1));
    limits_of(&LimitSettings {
        account: wide,
        address: wide,
        network: wide,
        pair: wide,
        address_failures: wide,
        ..test_defaults::limits()
    })
}

/// How many tries pass before the first refusal.
fn passing(mut ask: impl FnMut(u32) -> Result<(), Throttled>) -> usize {
    (0..10_000).take_while(|number| ask(*number).is_ok()).count()
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
    let of_secret = |secret: [u8; 32]| Limits::new(&test_defaults::limits(), clock.clone(), &secret).account("ada");
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
    assert_eq!(limits.tries(&name(5_000), v4), refused("address", 2 * SECOND));
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
    // The address opens after 2 s, the pair after 30 s: the longer wait is given, and is enough.
    assert_eq!(limits.tries(&ada, here), refused("pair", 30 * SECOND));
    clock.advance(30 * SECOND);
    assert_eq!(limits.tries(&ada, here), Ok(()));
}

#[test]
fn a_pair_can_be_tighter_than_its_account() {
    let (limits, _clock) = limits_of(&LimitSettings {
        pair: Rate::new(2, MINUTE),
        ..test_defaults::limits()
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
        ..test_defaults::limits()
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
        ("send", Limits::sends, 5, 59 * MINUTE),
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
fn sec_112_neither_strangers_nor_those_who_have_proved_something_use_up_the_part_of_the_others() {
    type Check = fn(&Limits, &AccountKey) -> Result<(), Throttled>;
    let cases: [(Check, [usize; 2]); 2] = [(Limits::sends, [3, 5]), (Limits::pushes, [2, 3])];
    for (check, [strangers, proven]) in cases {
        let at_home = |limits: &Limits| limits.account_on_device("ada", &HOME);
        let confirmed = |limits: &Limits| limits.account("ada").confirmed();
        let (limits, _clock) = limits();
        let (stranger, known) = (limits.account("ada"), at_home(&limits));
        assert_eq!(passing(|_| check(&limits, &stranger)), strangers);
        // Whatever was proved, the phone is the same.
        assert_eq!(check(&limits, &confirmed(&limits)), Ok(()));
        assert_eq!(passing(|_| check(&limits, &known)), proven - 1);
        assert!(check(&limits, &confirmed(&limits)).is_err());

        let (limits, _clock) = self::limits();
        let (stranger, known) = (limits.account("ada"), at_home(&limits));
        assert_eq!(passing(|_| check(&limits, &known)), proven);
        assert_eq!(passing(|_| check(&limits, &stranger)), strangers);
    }
}

#[test]
fn sec_134_pushes_that_strangers_send_and_nobody_answers_are_the_last_of_strangers_alone() {
    let (limits, clock) = limits();
    let (stranger, known) = (limits.account("ada"), limits.account_on_device("ada", &HOME));
    let all_day = |who: &AccountKey| {
        let sent = (0..140).filter(|_| {
            clock.advance(10 * MINUTE);
            limits.pushes(who).is_ok()
        });
        sent.count()
    };
    assert_eq!(all_day(&stranger), 5);
    assert_eq!(limits.pushes(&known), Ok(()));
    // The owner's sign-in on a known device does not reset strangers' counts; one from a new browser does.
    limits.succeeds(&known, &[Factor::Push], from(1));
    assert!(limits.pushes(&stranger).is_err());
    limits.succeeds(&stranger, &[Factor::Password, Factor::Push], from(1));
    assert_eq!(limits.pushes(&stranger), Ok(()));
}

#[test]
fn strangers_cannot_spend_half_of_what_may_be_sent_in_an_hour() {
    for (in_all, per_network, scope) in [(Some(40), None, "sends_in_all"), (None, Some(40), "sends_per_network")] {
        let (limits, clock) = limits_of(&LimitSettings {
            sends_in_all: in_all.and_then(NonZeroU32::new),
            sends_per_network: per_network.and_then(NonZeroU32::new),
            ..test_defaults::limits()
        });
        let stranger = |number: u32| limits.account(&number.to_string());
        assert_eq!(passing(|n| limits.sends_from(&stranger(n), from(n % 200))), 20);
        let refusal = limits.sends_from(&stranger(500), from(1)).unwrap_err();
        assert_eq!((refusal.scope, refusal.wait), (scope, 65 * MINUTE));
        let proven = |number: u32| stranger(number).confirmed();
        assert_eq!(passing(|n| limits.sends_from(&proven(n), from(n % 200))), 20);
        if scope == "sends_per_network" {
            let elsewhere = address("2001:db8::1");
            assert_eq!(limits.sends_from(&proven(600), elsewhere), Ok(()));
        }
        clock.advance(65 * MINUTE);
        assert_eq!(limits.sends_from(&stranger(700), from(1)), Ok(()));
    }
}

#[test]
fn no_stretch_of_an_hour_holds_more_than_the_budget() {
    let (limits, clock) = limits_of(&LimitSettings {
        sends_in_all: NonZeroU32::new(60),
        ..test_defaults::limits()
    });
    // One every 40 s is more than the budget allows.
    let sent: Vec<bool> = (0..900_u32)
        .map(|number| {
            clock.advance(40 * SECOND);
            let who = limits.account(&number.to_string()).confirmed();
            limits.sends(&who).is_ok()
        })
        .collect();
    let busiest = sent.windows(90).map(|hour| hour.iter().filter(|it| **it).count());
    assert_eq!(busiest.max(), Some(60));
    let in_all = sent.iter().filter(|it| **it).count();
    assert!(in_all >= 9 * 55, "{in_all} in ten hours");
}

#[test]
fn what_is_left_is_told() {
    let left = |limits: &Limits| limits.sends_left().now_or_never().unwrap();
    assert_eq!(left(&limits().0), None);
    let (limits, _clock) = limits_of(&LimitSettings {
        sends_in_all: NonZeroU32::new(11),
        ..test_defaults::limits()
    });
    let left_of = |in_all, for_strangers| Some(Left { in_all, for_strangers });
    assert_eq!(left(&limits), left_of(11, 5));
    assert_eq!(limits.sends(&limits.account("ada")), Ok(()));
    assert_eq!(left(&limits), left_of(10, 4));
    for number in 0..8 {
        let who = limits.account(&number.to_string()).confirmed();
        assert_eq!(limits.sends(&who), Ok(()));
    }
    assert_eq!(left(&limits), left_of(2, 2), "no more than there is");
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
        ..test_defaults::limits()
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
    assert_eq!(limits.tries(&ada, neighbour), refused("address_failures", 10 * SECOND));
    assert_eq!(limits.tries(&ada, from(1)), Ok(()));
    let at_home = limits.account_on_device("ada", &HOME);
    assert_eq!(limits.tries(&at_home, here), Ok(()));
    clock.advance(10 * SECOND);
    assert_eq!(passing(|number| fails(number + 50)), 1);
}

/// How many names fail within an hour from networks in turn.
fn sprayed(limits: &Limits, clock: &ManualClock, from: impl Fn(u32) -> IpAddr) -> usize {
    let mut number = 0;
    let mut passed = 0;
    for _ in 0..36 {
        for _ in 0..240 {
            number += 1;
            let (name, from) = (limits.account(&number.to_string()), from(number));
            if limits.tries(&name, from).is_ok() {
                limits.fails_with(&name, Factor::Password, from);
                passed += 1;
            }
        }
        clock.advance(100 * SECOND);
    }
    passed
}

/// The address of each try.
type Spread = fn(u32) -> String;

#[test]
fn sec_120_many_networks_of_one_site_or_provider_get_little_more_than_one() {
    // Only failures are tested here: tries that do not fail have limits of their own.
    let wide = Rate::new(100_000, Duration::from_nanos(1));
    let fresh = || {
        limits_of(&LimitSettings {
            address: wide,
            network: wide,
            ..test_defaults::limits()
        })
    };
    let spread = |from: Spread| {
        let (limits, clock) = fresh();
        sprayed(&limits, &clock, |number| address(&from(number)))
    };
    let one = spread(|number| format!("2001:db8::{number:x}"));
    assert!((370..=380).contains(&one), "{one}");
    let rows: [(&str, Spread, usize); 5] = [
        ("60 /64s", |n| format!("2001:db8:0:{:x}::1", n % 60), 4),
        ("240 /48s", |n| format!("2001:db8:{:x}::1", n % 240), 16),
        ("one address", |_| "198.51.100.7".to_owned(), 1),
        ("a /24", |n| format!("198.51.100.{}", n % 240), 4),
        ("a /16", |n| format!("198.51.{}.1", n % 240), 16),
    ];
    for (name, from, times) in rows {
        let passed = spread(from);
        let most = one * times + times;
        assert!(passed <= most && passed > most * 9 / 10, "{name}: {passed} of {most}");
    }
}

#[test]
fn sec_112_no_network_holds_a_browser_that_is_known_to_the_account() {
    let wide = Rate::new(100_000, Duration::from_nanos(1));
    let (limits, clock) = limits_of(&LimitSettings {
        network: wide,
        ..test_defaults::limits()
    });
    let site = |number: u32| address(&format!("2001:db8:0:{:x}::1", number % 60));
    sprayed(&limits, &clock, site);
    let next_door = address("2001:db8:0:ffff::1");
    passing(|number| {
        let who = limits.account(&format!("last {number}"));
        limits.tries(&who, site(number))?;
        limits.fails_with(&who, Factor::Password, site(number));
        Ok(())
    });
    let refusal = limits.tries(&limits.account("ada"), next_door).unwrap_err();
    assert_eq!(refusal.scope, "network_failures");
    let at_home = limits.account_on_device("ada", &HOME);
    assert_eq!(limits.tries(&at_home, next_door), Ok(()));
    assert_eq!(limits.tries(&limits.account("ada"), from(1)), Ok(()), "elsewhere");
}

#[test]
fn sec_112_tries_next_door_hold_no_browser_that_is_known_to_the_account() {
    let (limits, _clock) = limits_of(&test_defaults::limits());
    let next_door = |number: u32| address(&format!("2001:db8:0:{number:x}::1"));
    for number in 0..40 {
        let who = limits.account(&format!("somebody {number}"));
        assert_eq!(limits.tries(&who, next_door(number)), Ok(()));
    }
    let here = next_door(0xffff);
    let refusal = limits.tries(&limits.account("ada"), here).unwrap_err();
    assert_eq!(refusal.scope, "network");
    let at_home = limits.account_on_device("ada", &HOME);
    assert_eq!(limits.tries(&at_home, here), Ok(()));
}

mod failures;
mod look;
mod other_factors;
mod saved_failures;
