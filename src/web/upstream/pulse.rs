//! Whether bytes still move.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::Clock;
use crate::domain::session::after;

/// Beats whenever bytes move.
#[derive(Debug, Clone)]
pub(super) struct Pulse {
    clock: Arc<dyn Clock>,
    /// The last beat, in milliseconds since 1970.
    last: Arc<AtomicI64>,
}

impl Pulse {
    pub(super) fn new(clock: &Arc<dyn Clock>) -> Self {
        Self {
            last: Arc::new(AtomicI64::new(clock.now().as_millisecond())),
            clock: Arc::clone(clock),
        }
    }

    pub(super) fn beat(&self) {
        let now = self.clock.now().as_millisecond();
        self.last.store(now, Ordering::Relaxed);
    }

    /// Completes when it has not beaten for `patience`.
    pub(super) async fn stops(&self, patience: Duration) {
        loop {
            let last = Timestamp::from_millisecond(self.last.load(Ordering::Relaxed));
            let due = after(last.unwrap_or(Timestamp::MAX), patience);
            if due <= self.clock.now() {
                return;
            }
            self.clock.sleep_until(due).await;
        }
    }
}
