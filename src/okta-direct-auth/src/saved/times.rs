//! Points in time and durations, in whole milliseconds.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Since 1970; rounded down, so that nothing lives longer because it was saved.
pub(super) fn since_1970(moment: SystemTime) -> u64 {
    millis(moment.duration_since(UNIX_EPOCH).unwrap_or_default())
}

pub(super) fn moment(millis: u64) -> SystemTime {
    // OK because 64 bits of milliseconds are less than 64 bits of seconds.
    UNIX_EPOCH + Duration::from_millis(millis)
}

pub(super) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
