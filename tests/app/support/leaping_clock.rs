//! A clock on which waiting takes no real time.

use std::time::Duration;

use jiff::SignedDuration;
use portico::clock::{Clock, ManualClock, SystemClock, Wait};

/// It stands still until a task waits for a moment that is near: then it leaps there. So it tells to the millisecond
/// what a visitor waits, as long as one thing happens at a time. Moments far off, such as those of sweepers, are not
/// leapt to.
#[derive(Debug, Clone)]
pub(crate) struct LeapingClock(ManualClock);

/// Longer than a refusal is held back in these tests, and shorter than any other wait of the service.
const NEAR: SignedDuration = SignedDuration::from_secs(1);

impl Default for LeapingClock {
    fn default() -> Self {
        Self(ManualClock::at(SystemClock.now()))
    }
}

impl LeapingClock {
    pub(crate) fn advance(&self, by: Duration) {
        self.0.advance(by);
    }
}

impl Clock for LeapingClock {
    fn now(&self) -> jiff::Timestamp {
        self.0.now()
    }

    fn sleep_until(&self, deadline: jiff::Timestamp) -> Wait {
        let clock = self.0.clone();
        Box::pin(async move {
            let wait = deadline.duration_since(clock.now());
            if wait <= NEAR {
                clock.advance(Duration::try_from(wait).unwrap_or_default());
            } else {
                clock.sleep_until(deadline).await;
            }
        })
    }
}
