//! An adapter from the injected clock to governor's clock trait.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use governor::nanos::Nanos;
use jiff::Timestamp;

use crate::clock::Clock;

/// Counts nanoseconds since 1970, so that replicas share one epoch. If the clock is set back, it stands still
/// meanwhile.
#[derive(Clone)]
pub(super) struct Ticks {
    clock: Arc<dyn Clock>,
    /// While set, the clock shows 1970: governor counts from the time of its first query, and that must be 1970.
    stands: Arc<AtomicBool>,
}

impl Ticks {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            stands: Arc::default(),
        }
    }

    /// A clock for governor that stands at 1970 while governor is created.
    pub(super) fn standing(&self) -> Self {
        Self {
            clock: Arc::clone(&self.clock),
            stands: Arc::new(AtomicBool::new(true)),
        }
    }

    /// Starts the clock.
    pub(super) fn goes(&self) {
        self.stands.store(false, Ordering::Release);
    }

    pub(super) fn since_start(&self) -> Duration {
        if self.stands.load(Ordering::Acquire) {
            return Duration::ZERO;
        }
        let passed = self.clock.now().duration_since(Timestamp::UNIX_EPOCH);
        Duration::try_from(passed).unwrap_or_default()
    }
}

impl governor::clock::Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let nanos = u64::try_from(self.since_start().as_nanos());
        Nanos::new(nanos.unwrap_or(u64::MAX))
    }
}

impl fmt::Debug for Ticks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticks").finish_non_exhaustive()
    }
}
