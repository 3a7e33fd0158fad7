//! When the next commit may begin.

use std::time::Duration;

/// How far apart commits begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CommitPace {
    /// The more changes were waiting for the last commit, the longer the next one gathers. This is what ships.
    #[default]
    Crowd,
    /// At once. Only tests ask for this, to compare with.
    AtOnce,
}

/// What each further change that was waiting for a commit adds to the time until the next one, at least.
const EACH: Duration = Duration::from_millis(4);

/// What it adds otherwise, as a multiple of what the commit took: on a slow disk or a busy machine fewer people are a crowd.
const TIMES: u32 = 2;

/// The longest time between the beginnings of two commits. A commit costs about as much as adding five sign-ins to one;
/// gathering for longer would save little more.
const LONGEST: Duration = Duration::from_millis(20);

impl CommitPace {
    /// The time between the beginnings of a commit, for which so many callers were waiting, and of the next one. After a
    /// commit for a single one there is none: who comes next would wait for nobody.
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
