//! When the next commit may start.

use std::time::Duration;

/// How far apart commits start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CommitPace {
    /// The more callers waited for the last commit, the later the next one starts. This is what ships.
    #[default]
    Crowd,
    /// At once. Only tests use this, for comparison.
    AtOnce,
}

/// The least time that each further waiting caller adds before the next commit.
const EACH: Duration = Duration::from_millis(4);

/// The time added instead where it is more, as a multiple of the duration of the last commit: a slow disk or a busy
/// machine needs fewer callers.
const TIMES: u32 = 2;

/// The longest time between the starts of two commits. A commit costs about as much as adding five sign-ins to one;
/// gathering for longer would save little more.
const LONGEST: Duration = Duration::from_millis(20);

impl CommitPace {
    /// The time between the start of a commit that this many callers waited for, and the start of the next. After a
    /// commit for a single caller it is zero, because a lone caller would wait without benefit.
    pub(super) fn after(self, waiting: usize, took: Duration) -> Duration {
        match self {
            Self::Crowd => {
                let others = u32::try_from(waiting.saturating_sub(1)).unwrap_or(u32::MAX);
                let each = EACH.max(took.saturating_mul(TIMES));
                each.saturating_mul(others).min(LONGEST)
            }
            Self::AtOnce => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_alone_holds_nobody_up_and_a_crowd_shares_a_commit() {
        let after = |waiting, took| {
            CommitPace::Crowd
                .after(waiting, Duration::from_millis(took))
                .as_millis()
        };
        let quick = |waiting| after(waiting, 1);
        assert_eq!([0, 1, 2, 3, 6, 7, usize::MAX].map(quick), [0, 0, 4, 8, 20, 20, 20]);
        let slow = |waiting| after(waiting, 5);
        assert_eq!([0, 1, 2, 3, usize::MAX].map(slow), [0, 0, 10, 20, 20]);
    }
}
