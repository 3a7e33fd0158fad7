//! What the replies to all calls told besides their content.

use std::sync::{Mutex, MutexGuard, PoisonError};

use okta_direct_auth::{CallReport, Observer};

/// Collects from each call what its reply's head says.
#[derive(Debug, Default)]
pub(super) struct OktaCalls(Mutex<Told>);

#[derive(Debug, Default, Clone, Copy)]
struct Told {
    skew: Option<i64>,
    tightest: Option<CallsLeft>,
}

/// How much of a rate limit is left.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallsLeft {
    pub(super) limit: u64,
    pub(super) remaining: u64,
}

impl OktaCalls {
    /// How many seconds our clock is ahead of Okta's.
    pub(super) fn skew(&self) -> Option<i64> {
        self.told().skew
    }

    /// The rate limit of which the smallest part was left.
    pub(super) fn tightest(&self) -> Option<CallsLeft> {
        self.told().tightest
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for OktaCalls {
    fn call_finished(&self, report: &CallReport<'_>) {
        let mut told = self.told();
        told.skew = report.clock_skew.or(told.skew);
        // Okta reports a limit of 0 when too many calls run at once.
        if let (Some(limit @ 1..), Some(remaining)) = (report.rate_limit, report.rate_limit_remaining) {
            let is_tighter = told
                .tightest
                .is_none_or(|it| remaining.saturating_mul(it.limit) <= it.remaining.saturating_mul(limit));
            if is_tighter {
                told.tightest = Some(CallsLeft { limit, remaining });
            }
        }
    }
}
