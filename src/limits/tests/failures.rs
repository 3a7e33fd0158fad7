//! Consecutive failures: waits, holds, and what ends them.

use super::*;
use crate::limits::throttled::NEVER;
use crate::startup::test_defaults;

const NOW: Result<(), Throttled> = Ok(());

fn closed() -> Result<(), Throttled> {
    refused("closed", NEVER)
}

#[test]
fn sec_110_failures_in_a_row_double_the_wait_then_hold_for_a_day_then_close() {
    let (limits, clock) = limits();
    let ada = limits.account("ada");
    for _ in 0..5 {
        assert_eq!(limits.tries(&ada, from(1)), NOW);
        limits.fails(&ada);
    }
    for wait in [30 * SECOND, MINUTE, DAY] {
        let Err(throttled) = limits.tries(&ada, from(1)) else {
            panic!("not held for {wait:?}");
        };
        assert_eq!(throttled.wait, wait);
        clock.advance(wait);
        assert_eq!(limits.tries(&ada, from(1)), NOW, "{wait:?}");
        limits.fails(&ada);
    }
    clock.advance(360 * DAY);
    let refusal = limits.tries(&ada, from(1));
    assert_eq!(refusal, closed());
    assert!(refusal.unwrap_err().is_closed());
}

#[test]
fn sec_111_strangers_stay_two_below_the_lock_out_however_long_they_try() {
    for (threshold, most) in [(5, 3), (10, 8), (30, 28)] {
        let (limits, clock) = limits_of(&LimitSettings {
            failures: FailureRules::below(threshold),
            account: Rate::new(1_000, SECOND),
            ..test_defaults::limits()
        });
        let ada = limits.account("ada");
        let mut reached_okta = 0;
        for number in 0..20_000_u32 {
            if limits.tries(&ada, from(number)).is_ok() {
                reached_okta += 1;
                limits.fails_with(&ada, Factor::Password, from(number));
            }
            limits.sweeps();
            clock.advance(DAY / 100);
        }
        assert_eq!(reached_okta, most, "of {threshold}, in 200 days");
    }
}

#[test]
fn sec_111_many_tries_at_once_are_no_way_around() {
    let (limits, clock) = only_failures();
    let ada = limits.account("ada");
    let mut reached_okta = 0;
    for _ in 0..100 {
        let at_once = passing(|_| limits.tries(&ada, from(1)));
        for _ in 0..at_once {
            limits.fails(&ada);
        }
        reached_okta += at_once;
        clock.advance(DAY);
    }
    assert_eq!(reached_okta, 8);
}

#[test]
fn a_try_whose_end_is_never_told_does_not_stand_in_the_way_for_long() {
    let (limits, clock) = only_failures();
    let ada = limits.account("ada");
    for _ in 0..5 {
        limits.fails(&ada);
    }
    clock.advance(30 * SECOND);
    assert_eq!(limits.tries(&ada, from(1)), NOW);
    assert_eq!(limits.tries(&ada, from(1)), refused("failures", 15 * SECOND));
    clock.advance(15 * SECOND);
    assert_eq!(limits.tries(&ada, from(1)), NOW);
    limits.sign_in_passed(&ada, Factor::Password).now_or_never().unwrap();
    assert_eq!(limits.tries(&ada, from(1)), NOW, "the place is free again");
}

#[test]
fn sec_111_other_settings_forget_no_failure() {
    let (before, clock) = only_failures();
    let ada = before.account("ada");
    for _ in 0..6 {
        before.fails(&ada);
    }
    clock.advance(HOUR);
    let most = LimitSettings {
        failures: FailureRules::below(9),
        ..test_defaults::limits()
    };
    let after = before.with_settings(&most);
    assert_eq!(after.account("ada"), ada);
    assert_eq!(
        after.tries(&ada, from(1)),
        NOW,
        "the seventh of the seven that nine allow"
    );
    after.fails(&ada);
    // A try that began under the former settings is counted with the others.
    before.fails(&ada);
    assert!(after.tries(&ada, from(1)).is_err());
    let lifted = after.reset(&ada).now_or_never().unwrap();
    assert_eq!(lifted.failures, [(Factor::Password, 8)]);
    assert!(before.reset(&ada).now_or_never().unwrap().is_empty());
}

#[test]
fn sec_111_what_a_known_device_fails_is_counted_against_strangers_as_okta_does() {
    let (limits, clock) = only_failures();
    let (ada, at_home) = (limits.account("ada"), limits.account_on_device("ada", &HOME));
    for _ in 0..6 {
        limits.fails(&at_home);
    }
    clock.advance(HOUR);
    assert_eq!(limits.tries(&ada, from(1)), NOW);
    limits.fails(&ada);
    clock.advance(DAY);
    assert_eq!(limits.tries(&ada, from(1)), NOW);
    limits.fails(&ada);
    clock.advance(DAY);
    assert_eq!(limits.tries(&ada, from(1)), closed());
}

#[test]
fn sec_112_a_known_device_is_not_held_by_tries_from_elsewhere() {
    let (limits, clock) = limits();
    let stranger = limits.account("ada");
    for _ in 0..50 {
        let _ = limits.tries(&stranger, address("203.0.113.9"));
        limits.fails(&stranger);
    }
    let device = limits.account_on_device("ADA ", &HOME);
    let home = address("198.51.100.7");
    assert_eq!(limits.tries(&device, home), NOW);
    for _ in 0..20 {
        limits.fails(&device);
    }
    assert_eq!(limits.tries(&device, home), refused("failures", HOUR));
    let other_home = limits.account_on_device("ada", &[2; 16]);
    assert_eq!(limits.tries(&other_home, home), NOW);
    clock.advance(HOUR);
    limits.succeeds(&device, &[Factor::Password], home);
    let tries = passing(|_| {
        let answer = limits.tries(&device, home);
        let passed = limits.sign_in_passed(&device, Factor::Password);
        passed.now_or_never().unwrap();
        answer
    });
    assert_eq!(tries, 5);
    assert_eq!(limits.tries(&stranger, from(9)), NOW, "Okta forgot them too");
}

#[test]
fn sec_112_wrong_passwords_hold_no_other_factor() {
    let (limits, _clock) = limits();
    let ada = limits.account("ada");
    for number in 0..8 {
        let _ = limits.tries(&ada, from(number));
        limits.fails(&ada);
    }
    assert_eq!(limits.tries(&ada, from(9)), closed());
    for factor in [Factor::Passkey, Factor::Push, Factor::Otp, Factor::Sms, Factor::Email] {
        assert_eq!(limits.asks(&ada, factor, from(9)), NOW, "{factor}");
    }
    assert_eq!(limits.types(&ada), NOW);
}

#[test]
fn sec_110_codes_are_counted_and_a_push_or_a_passkey_cannot_be_guessed() {
    let (limits, _clock) = only_failures();
    let ada = limits.account("ada");
    for _ in 0..9 {
        for factor in [Factor::Otp, Factor::Push, Factor::Passkey] {
            limits.fails_with(&ada, factor, from(1));
        }
    }
    assert_eq!(limits.types(&ada), refused("failures", DAY));
    assert_eq!(
        limits.asks(&ada, Factor::Otp, from(1)),
        refused("failures", DAY),
        "nothing is asked for that could not be typed"
    );
    assert_eq!(limits.types(&ada.confirmed()), NOW, "strangers did that");
    for factor in [Factor::Email, Factor::Push, Factor::Passkey, Factor::Password] {
        assert_eq!(limits.asks(&ada, factor, from(1)), NOW, "{factor}");
    }
}

#[test]
fn sec_110_a_hundred_failures_of_one_factor_are_the_last_wherever_they_come_from() {
    let (limits, clock) = only_failures();
    let ada = limits.account("ada");
    let homes = [
        ada,
        ada.confirmed(),
        limits.account_on_device("ada", &HOME),
        limits.account_on_device("ada", &[2; 16]),
    ];
    let mut failed = 0;
    for _ in 0..400 {
        for who in &homes {
            if limits.asks(who, Factor::Otp, from(1)).is_ok() && limits.types(who).is_ok() {
                limits.fails_with(who, Factor::Otp, from(1));
                failed += 1;
            }
        }
        clock.advance(HOUR);
    }
    assert_eq!(failed, 100);
    clock.advance(30 * DAY);
    for who in &homes {
        assert_eq!(limits.types(who), closed());
    }
    // After another factor a known visitor may try again, and strangers are still held.
    limits.succeeds(&homes[2], &[Factor::Passkey], from(1));
    for who in &homes {
        assert_eq!(limits.types(who), NOW);
        limits.fails_with(who, Factor::Otp, from(1));
    }
    assert_eq!(limits.types(&homes[0]), refused("failures", DAY));
}

#[test]
fn sec_111_another_factor_does_not_give_strangers_their_passwords_back() {
    let (limits, clock) = only_failures();
    let (ada, at_home) = (limits.account("ada"), limits.account_on_device("ada", &HOME));
    for _ in 0..8 {
        limits.fails(&ada);
    }
    limits.succeeds(&at_home, &[Factor::Passkey], from(1));
    clock.advance(30 * DAY);
    assert_eq!(limits.tries(&ada, from(1)), closed());
    limits.succeeds(&at_home, &[Factor::Password, Factor::Push], from(1));
    assert_eq!(limits.tries(&ada, from(1)), NOW);
}

#[test]
fn an_operator_opens_what_was_closed() {
    let (limits, _clock) = limits();
    let (ada, bob) = (limits.account("ada"), limits.account("bob"));
    for who in [&ada, &bob] {
        for _ in 0..8 {
            let _ = limits.tries(who, from(1));
            limits.fails_with(who, Factor::Password, from(1));
            limits.fails_with(&who.confirmed(), Factor::Otp, from(1));
        }
        while limits.sends(who).is_ok() {}
    }
    limits.reset(&ada).now_or_never().unwrap();
    assert_eq!(limits.tries(&ada, from(2)), NOW);
    assert_eq!(limits.types(&ada.confirmed()), NOW);
    assert_eq!(limits.sends(&ada), NOW);
    assert_eq!(limits.tries(&bob, from(3)), closed());
}

#[test]
fn sec_113_a_flood_of_names_and_addresses_does_not_free_who_is_held() {
    let (limits, _clock) = limits_of(&LimitSettings {
        most_keys: 256,
        ..test_defaults::limits()
    });
    let ada = limits.account("ada");
    for _ in 0..8 {
        limits.fails(&ada);
    }
    for number in 0..20_000_u32 {
        let name = limits.account(&number.to_string());
        // No more than sixteen of one /16, which has its own limit.
        let from = IpAddr::from((number << 12).to_be_bytes());
        assert_eq!(limits.tries(&name, from), NOW);
        limits.fails_with(&name, Factor::Password, from);
    }
    assert_eq!(limits.failures_kept(), 256);
    assert_eq!(limits.tries(&ada, from(1)), closed());
}

#[test]
fn sec_113_what_nobody_has_touched_for_a_year_is_swept() {
    let (limits, clock) = limits();
    let (ada, bob) = (limits.account("ada"), limits.account("bob"));
    limits.fails(&ada);
    assert_eq!(limits.tries(&bob, from(1)), NOW);
    let passed = limits.sign_in_passed(&bob, Factor::Password);
    passed.now_or_never().unwrap();
    clock.advance(MINUTE);
    limits.sweeps();
    assert_eq!(limits.failures_kept(), 1, "what did not fail leaves nothing");
    clock.advance(364 * DAY);
    limits.sweeps();
    assert_eq!(limits.failures_kept(), 1);
    clock.advance(DAY);
    limits.sweeps();
    assert_eq!(limits.failures_kept(), 0);
}
