//! The injected clock as governor wants it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use governor::nanos::Nanos;
use jiff::Timestamp;

use crate::clock::Clock;

/// Counts nanoseconds since it was made; clones share the start. A clock that is set back stands still meanwhile.
#[derive(Clone)]
pub(super) struct Ticks {
    clock: Arc<dyn Clock>,
    start: Timestamp,
}

impl Ticks {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let start = clock.now();
        Self { clock, start }
    }

    pub(super) fn since_start(&self) -> Duration {
        let passed = self.clock.now().duration_since(self.start);
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
        f.debug_tuple("Ticks").field(&self.start).finish()
    }
}
