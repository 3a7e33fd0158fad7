//! Makes refused passwords take the same time, whichever account they were for (SEC-107).
//!
//! Okta may answer an unknown name sooner than a wrong password. A refusal is therefore delayed until an answer about
//! an existing account would have come, plus a little jitter, so that timing tells a stranger nothing.
//!
//! Strangers must not be able to influence that time, for they can get as many quick answers about unknown names as
//! they like. It comes from two sources. Right passwords belong to existing accounts, and wrong ones, however many, do
//! not displace them. Among refusals the slowest count, until they are too old, however many follow.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::factor::Factor;

/// How many right passwords are remembered.
const RIGHT: usize = 64;

/// For how many minutes the slowest refusals are remembered.
const MINUTES: i64 = 15;

/// The longest delay of a refusal; a customer is waiting.
const CEILING: Duration = Duration::from_secs(3);

/// The greatest jitter, in milliseconds.
const JITTER_MS: u64 = 25;

/// How long Okta took for the latest secrets of one kind.
#[derive(Debug, Default)]
pub(in crate::flow) struct TimingFloor {
    recent: Mutex<Recent>,
}

#[derive(Debug, Default)]
struct Recent {
    right: VecDeque<Duration>,
    /// The two slowest refusals of each minute, the slower one first; never more than [`MINUTES`] of them.
    refused: VecDeque<(i64, [Duration; 2])>,
}

/// How long Okta takes for requests that come with a name alone.
#[derive(Debug, Default)]
pub(in crate::flow) struct TimingFloors {
    pub(super) passwords: TimingFloor,
    pub(super) codes: TimingFloor,
    pub(super) sent: ChallengeFloors,
}

/// How long Okta takes to send a challenge, by factor, and for the codes and polls that follow.
#[derive(Debug, Default)]
pub(in crate::flow) struct ChallengeFloors {
    challenges: [TimingFloor; 4],
    pub(super) codes: TimingFloor,
    pub(super) polls: TimingFloor,
}

impl ChallengeFloors {
    pub(super) fn challenge(&self, factor: Factor) -> &TimingFloor {
        let [sms, voice, email, push] = &self.challenges;
        match factor {
            Factor::Sms => sms,
            Factor::Voice => voice,
            Factor::Email => email,
            // The other factors are never sent.
            Factor::Push | Factor::Password | Factor::Otp | Factor::Passkey => push,
        }
    }
}

impl TimingFloor {
    /// Records how long a right secret took.
    pub(in crate::flow) fn right(&self, took: Duration) {
        self.change(|recent| {
            if recent.right.len() == RIGHT {
                recent.right.pop_front();
            }
            recent.right.push_back(took.min(CEILING));
        });
    }

    /// Records how long a right answer took that must not be distinguishable from a refusal, and returns its total
    /// time.
    pub(in crate::flow) fn level(&self, took: Duration, now: Timestamp, random: u8) -> Duration {
        self.right(took);
        let slow = self.change(|recent| {
            recent.forget(now.as_second().div_euclid(60));
            recent.usual().max(recent.slowest())
        });
        slow + jitter(random)
    }

    /// How long right answers usually take.
    pub(in crate::flow) fn usual(&self) -> Duration {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.usual()
    }

    /// Records how long a refusal took and returns the total time it must take. `random` is one random byte.
    pub(in crate::flow) fn floor(&self, took: Duration, now: Timestamp, random: u8) -> Duration {
        let slow = self.change(|recent| {
            recent.refuse(took.min(CEILING), now.as_second().div_euclid(60));
            recent.usual().max(recent.slowest())
        });
        slow + jitter(random)
    }

    fn change<R>(&self, change: impl FnOnce(&mut Recent) -> R) -> R {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut recent)
    }
}

fn jitter(random: u8) -> Duration {
    Duration::from_millis(u64::from(random) * JITTER_MS / 255)
}

impl Recent {
    fn forget(&mut self, minute: i64) {
        let is_old = |(then, _): &(i64, _)| (minute - then).abs() >= MINUTES;
        self.refused.retain(|entry| !is_old(entry));
    }

    fn refuse(&mut self, took: Duration, minute: i64) {
        self.forget(minute);
        match self.refused.iter_mut().find(|(then, _)| *then == minute) {
            Some((_, [first, second])) => {
                *second = (*second).max(took.min(*first));
                *first = (*first).max(took);
            }
            None => self.refused.push_back((minute, [took, Duration::ZERO])),
        }
    }

    /// The time within which nineteen in twenty right answers came: one outlier does not slow everybody down.
    fn usual(&self) -> Duration {
        let mut sorted: Vec<Duration> = self.right.iter().copied().collect();
        sorted.sort_unstable();
        let at = sorted.len().saturating_sub(1) * 19 / 20;
        sorted.get(at).copied().unwrap_or_default()
    }

    /// The second slowest refusal, for the same reason.
    fn slowest(&self) -> Duration {
        let [mut first, mut second] = [Duration::ZERO; 2];
        for took in self.refused.iter().flat_map(|(_, slowest)| slowest) {
            second = second.max((*took).min(first));
            first = first.max(*took);
        }
        second
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::session::after;

    const START: Timestamp = Timestamp::UNIX_EPOCH;
    const QUICK: Duration = Duration::from_millis(40);
    const SLOW: Duration = Duration::from_millis(400);

    #[test]
    fn sec_107_a_quick_refusal_takes_as_long_as_a_slow_one() {
        let timing = TimingFloor::default();
        for _ in 0..2 {
            timing.floor(QUICK, START, 0);
            timing.floor(SLOW, START, 0);
        }
        assert_eq!(timing.floor(QUICK, START, 0), SLOW);
        assert_eq!(timing.floor(SLOW, START, 255), Duration::from_millis(425));
    }

    #[test]
    fn sec_107_no_run_of_quick_refusals_brings_the_floor_down() {
        let timing = TimingFloor::default();
        timing.floor(SLOW, START, 0);
        timing.floor(SLOW, START, 0);
        let late = after(START, Duration::from_mins(14));
        for now in [START, late] {
            for _ in 0..10_000 {
                assert_eq!(timing.floor(QUICK, now, 0), SLOW);
            }
        }
        let later = after(START, Duration::from_mins(15));
        assert_eq!(timing.floor(QUICK, later, 0), QUICK, "only time does");
    }

    #[test]
    fn sec_107_right_passwords_tell_for_as_long_as_nobody_else_signs_in() {
        let timing = TimingFloor::default();
        for _ in 0..20 {
            timing.right(SLOW);
        }
        let next_day = after(START, Duration::from_hours(24));
        for _ in 0..1_000 {
            assert_eq!(timing.floor(QUICK, next_day, 0), SLOW);
        }
    }

    #[test]
    fn sec_107_what_is_right_takes_as_long_as_a_refusal_where_it_must() {
        let timing = TimingFloor::default();
        for _ in 0..20 {
            assert_eq!(timing.level(QUICK, START, 0), QUICK);
        }
        for _ in 0..2 {
            timing.floor(SLOW, START, 0);
        }
        assert_eq!(timing.level(QUICK, START, 255), SLOW + Duration::from_millis(25));
        let later = after(START, Duration::from_mins(15));
        assert_eq!(timing.level(QUICK, later, 0), QUICK);
    }

    #[test]
    fn one_outlier_slows_nobody_and_nothing_exceeds_the_ceiling() {
        let timing = TimingFloor::default();
        let usual = Duration::from_millis(50);
        for _ in 0..63 {
            timing.right(usual);
            timing.floor(usual, START, 0);
        }
        timing.right(Duration::from_secs(9));
        assert_eq!(timing.floor(Duration::from_secs(9), START, 0), usual);
        assert_eq!(timing.floor(Duration::from_mins(1), START, 0), CEILING);
        for _ in 0..64 {
            timing.right(Duration::from_mins(1));
        }
        let next_day = after(START, Duration::from_hours(24));
        assert_eq!(timing.floor(QUICK, next_day, 0), CEILING);
    }

    #[test]
    fn what_is_remembered_is_bounded_also_when_the_clock_jumps() {
        let timing = TimingFloor::default();
        for number in 0..10_000_u32 {
            let minutes = u64::from(number.wrapping_mul(2_654_435_761) % 1_000);
            timing.floor(QUICK, after(START, Duration::from_mins(minutes)), 0);
            timing.right(QUICK);
        }
        let recent = timing.recent.lock().unwrap();
        assert!(recent.refused.len() < 2 * 15, "{}", recent.refused.len());
        assert_eq!(recent.right.len(), RIGHT);
    }
}
