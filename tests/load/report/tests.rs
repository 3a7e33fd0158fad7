//! The run fails where it must.

use super::*;

/// Two pushes that waited for two intervals, without a fault.
fn sound() -> Report {
    let answers = |ms| Times::of(vec![Duration::from_millis(ms); 100]);
    Report {
        pushes: 2,
        polls: 4,
        intervals: 2.0,
        still_waiting: 2,
        misuse: "None".to_owned(),
        calls: 100,
        connections: 5,
        idle_answers: answers(1),
        busy_answers: answers(60),
        ..Report::default()
    }
}

#[test]
fn a_sound_report_is_sound() {
    sound().assert_within_limits();
}

#[test]
#[should_panic(expected = "confirm the piece before: median 44.0 ms")]
fn answers_that_gather_where_nagle_holds_them_are_not() {
    let mut times = vec![Duration::from_millis(44); 51];
    times.extend(vec![Duration::from_millis(1); 49]);
    Report {
        busy_answers: Times::of(times),
        ..sound()
    }
    .assert_within_limits();
}

#[test]
#[should_panic(expected = "6 connections to Okta for 100 calls")]
fn a_connection_for_many_a_call_is_not() {
    Report {
        connections: 6,
        ..sound()
    }
    .assert_within_limits();
}

#[test]
#[should_panic(expected = "some waits ended by themselves")]
fn a_wait_that_ended_by_itself_is_not() {
    Report {
        still_waiting: 1,
        ..sound()
    }
    .assert_within_limits();
}
