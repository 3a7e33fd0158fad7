//! A pause in which no session is revalidated.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::session::after;

/// How long no request asks after an answer that could not be judged: our clock is off, or Okta's keys cannot be
/// fetched, and the next answer would be no better.
pub(super) const HOLD: Duration = Duration::from_secs(30);

/// The end of the hold, in milliseconds since 1970.
#[derive(Debug, Default)]
pub(in crate::flow) struct Hold(AtomicI64);

impl Hold {
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        now.as_millisecond() >= self.0.load(Ordering::Acquire)
    }

    /// Returns whether the hold began with this call.
    pub(super) fn begin(&self, now: Timestamp) -> bool {
        let until = after(now, HOLD).as_millisecond();
        self.0.fetch_max(until, Ordering::AcqRel) <= now.as_millisecond()
    }
}
