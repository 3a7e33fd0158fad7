use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::End::{Answered, Fault};
use super::{Breaker, BreakerChange, BreakerSettings, End, HeldBack};
use crate::clock::ManualClock;

const SECOND: Duration = Duration::from_secs(1);

fn breaker() -> (Breaker, ManualClock) {
    let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
    let breaker = Breaker::new(BreakerSettings::default(), Arc::new(clock.clone()));
    (breaker, clock)
}

/// One call from its beginning to its end.
fn call(breaker: &Breaker, end: End) -> Result<Option<BreakerChange>, HeldBack> {
    Ok(breaker.enter()?.ended(end))
}

fn held_back(wait: Duration) -> HeldBack {
    HeldBack { wait }
}

fn opened() -> (Breaker, ManualClock) {
    let (breaker, clock) = breaker();
    for _ in 0..4 {
        assert_eq!(call(&breaker, Fault), Ok(None));
    }
    assert_eq!(call(&breaker, Fault), Ok(Some(BreakerChange::Opened(5 * SECOND))));
    (breaker, clock)
}

#[test]
fn sec_405_five_faults_in_a_row_open_it_for_five_seconds() {
    let (breaker, clock) = opened();
    assert_eq!(breaker.enter().unwrap_err(), held_back(5 * SECOND));
    assert_eq!(breaker.check(), Err(held_back(5 * SECOND)));
    clock.advance(Duration::from_millis(4_999));
    assert_eq!(breaker.enter().unwrap_err(), held_back(Duration::from_millis(1)));
    clock.advance(Duration::from_millis(1));
    assert_eq!(breaker.check(), Ok(()));
    assert_eq!(call(&breaker, Answered), Ok(Some(BreakerChange::Closed)));
}

#[test]
fn sec_405_an_answer_between_faults_starts_the_row_again() {
    let (breaker, clock) = breaker();
    for _ in 0..10 {
        for end in [Fault, Fault, Fault, Fault, Answered] {
            assert_eq!(call(&breaker, end), Ok(None));
        }
        // Past the window of recent calls.
        clock.advance(30 * SECOND);
    }
}

#[test]
fn sec_405_half_of_twenty_calls_within_thirty_seconds_open_it() {
    // Seconds between two calls; whether the twentieth opens it: 19 gaps of 1 s are within 30 s, of 2 s are not.
    for (gap, opens) in [(0, true), (1, true), (2, false)] {
        let (breaker, clock) = breaker();
        for number in 1..20 {
            let end = if number % 2 == 0 { Fault } else { Answered };
            assert_eq!(call(&breaker, end), Ok(None), "{gap} {number}");
            clock.advance(gap * SECOND);
        }
        let turned = call(&breaker, Fault).unwrap();
        assert_eq!(turned.is_some(), opens, "{gap}");
        assert_eq!(breaker.check().is_err(), opens, "{gap}");
    }
}

#[test]
fn sec_405_fewer_faults_than_half_never_open_it() {
    let (breaker, clock) = breaker();
    for number in 0..1_000 {
        let end = if number % 5 < 2 { Fault } else { Answered };
        assert_eq!(call(&breaker, end), Ok(None), "{number}");
        clock.advance(Duration::from_millis(100));
    }
}

#[test]
fn sec_405_one_probe_at_a_time_and_failed_ones_double_the_pause_up_to_a_minute() {
    let (breaker, clock) = opened();
    clock.advance(5 * SECOND);
    for pause in [10, 20, 40, 60, 60] {
        let probe = breaker.enter().unwrap();
        for _ in 0..3 {
            assert_eq!(breaker.enter().unwrap_err(), held_back(SECOND));
            assert_eq!(breaker.check(), Err(held_back(SECOND)));
        }
        assert_eq!(probe.ended(Fault), None, "no turn: it was open before");
        assert_eq!(breaker.check(), Err(held_back(pause * SECOND)));
        clock.advance(pause * SECOND);
    }
    assert_eq!(call(&breaker, Answered), Ok(Some(BreakerChange::Closed)));
}

#[test]
fn sec_405_flapping_starts_from_the_first_pause_and_with_clean_counts() {
    let (breaker, clock) = opened();
    for _ in 0..3 {
        clock.advance(5 * SECOND);
        assert_eq!(call(&breaker, Answered), Ok(Some(BreakerChange::Closed)));
        for _ in 0..4 {
            assert_eq!(call(&breaker, Fault), Ok(None));
        }
        assert_eq!(call(&breaker, Fault), Ok(Some(BreakerChange::Opened(5 * SECOND))));
    }
}

#[test]
fn sec_405_a_probe_that_is_dropped_makes_way_for_the_next() {
    let (breaker, clock) = opened();
    clock.advance(5 * SECOND);
    drop(breaker.enter().unwrap());
    let probe = breaker.enter().unwrap();
    assert!(breaker.enter().is_err());
    assert_eq!(probe.ended(Answered), Some(BreakerChange::Closed));
}

#[test]
fn a_call_that_is_dropped_while_closed_counts_for_nothing() {
    let (breaker, _clock) = breaker();
    for _ in 0..4 {
        assert_eq!(call(&breaker, Fault), Ok(None));
    }
    for _ in 0..50 {
        drop(breaker.enter().unwrap());
    }
    assert!(breaker.check().is_ok());
    assert!(call(&breaker, Fault).unwrap().is_some());
}

#[test]
fn calls_from_before_a_turn_have_no_say_after_it() {
    let (breaker, clock) = breaker();
    let late: Vec<_> = (0..10).map(|_| breaker.enter().unwrap()).collect();
    for _ in 0..5 {
        call(&breaker, Fault).unwrap();
    }
    let mut late = late.into_iter();
    // Neither a late answer closes it, nor a late fault makes the pause longer, nor a late drop frees the probe.
    assert_eq!(late.next().unwrap().ended(Answered), None);
    assert_eq!(late.next().unwrap().ended(Fault), None);
    assert_eq!(breaker.check(), Err(held_back(5 * SECOND)));
    clock.advance(5 * SECOND);
    let probe = breaker.enter().unwrap();
    drop(late.next());
    assert!(breaker.enter().is_err());
    assert_eq!(probe.ended(Answered), Some(BreakerChange::Closed));
    for permit in late {
        assert_eq!(permit.ended(Fault), None);
    }
    assert!(breaker.check().is_ok());
}
