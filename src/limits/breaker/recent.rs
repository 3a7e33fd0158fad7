//! The outcomes of recent calls, counted by the second, so that it stays small however many there are.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use super::end::End;

#[derive(Debug)]
pub(super) struct Recent {
    /// In whole seconds; a call is forgotten up to a second early.
    window: i64,
    seconds: VecDeque<Second>,
}

#[derive(Debug)]
struct Second {
    at: i64,
    calls: u32,
    faults: u32,
}

impl Recent {
    pub(super) fn new(window: Duration) -> Self {
        Self {
            window: i64::try_from(window.as_secs()).unwrap_or(i64::MAX),
            seconds: VecDeque::new(),
        }
    }

    pub(super) fn note(&mut self, end: End, now: Timestamp) {
        let now = now.as_second();
        let window = self.window;
        // A clock that was set back leaves seconds of the future behind; they are dropped.
        self.seconds
            .retain(|second| second.at <= now && now.saturating_sub(second.at) < window);
        if self.seconds.back().is_none_or(|last| last.at < now) {
            self.seconds.push_back(Second {
                at: now,
                calls: 0,
                faults: 0,
            });
        }
        if let Some(last) = self.seconds.back_mut() {
            last.calls = last.calls.saturating_add(1);
            last.faults = last.faults.saturating_add(u32::from(end == End::Fault));
        }
    }

    /// Whether there were at least this many calls, and at least half of them failed.
    pub(super) fn is_half_faults(&self, at_least: u32) -> bool {
        let sum =
            |count: fn(&Second) -> u32| -> u64 { self.seconds.iter().map(|second| u64::from(count(second))).sum() };
        let calls = sum(|second| second.calls);
        calls >= u64::from(at_least) && sum(|second| second.faults) * 2 >= calls
    }
}
