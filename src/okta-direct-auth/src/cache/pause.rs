//! The pauses between fetches.

use std::time::{Duration, SystemTime};

/// The pause between tries to renew a copy that still works, and between fetches that strangers can cause.
pub(super) const RETRY_PAUSE: Duration = Duration::from_secs(30);

/// Whether the pause since `then` still lasts.
pub(super) fn is_within(then: Option<SystemTime>, now: SystemTime, pause: Duration) -> bool {
    // If the clock was set back, there is no pause: it would last until the clock caught up.
    let age = then.and_then(|then| now.duration_since(then).ok());
    age.is_some_and(|age| age < pause)
}
