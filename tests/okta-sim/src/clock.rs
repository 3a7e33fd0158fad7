//! The only place that reads the machine's clock.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use jiff::Timestamp;

/// Milliseconds since 1970.
pub(crate) type Millis = i64;

/// Where the simulator's time comes from. Either kind can be moved forward.
#[derive(Debug, Clone, Copy, Default)]
pub enum ClockMode {
    /// The machine's clock plus the time by which it was advanced.
    #[default]
    Real,
    /// Stands still at the given moment until it is advanced.
    Manual(Timestamp),
}

#[derive(Debug)]
pub(crate) struct Clock {
    fixed: Option<Millis>,
    offset: AtomicI64,
}

impl Clock {
    pub(crate) fn new(mode: ClockMode) -> Self {
        let fixed = match mode {
            ClockMode::Real => None,
            ClockMode::Manual(start) => Some(start.as_millisecond()),
        };
        Self {
            fixed,
            offset: AtomicI64::new(0),
        }
    }

    pub(crate) fn now(&self) -> Millis {
        self.fixed.unwrap_or_else(machine) + self.offset.load(Ordering::Relaxed)
    }

    pub(crate) fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX / 4);
        self.offset.fetch_add(by, Ordering::Relaxed);
    }

    /// Whether the time moves on its own.
    pub(crate) fn is_real(&self) -> bool {
        self.fixed.is_none()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the clock that everything else takes its time from"
)]
fn machine() -> Millis {
    Timestamp::now().as_millisecond()
}

pub(crate) fn timestamp(at: Millis) -> Timestamp {
    Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH)
}

pub(crate) const fn seconds(at: Millis) -> i64 {
    at.div_euclid(1000)
}

/// Whole seconds as milliseconds, for adding to a moment.
pub(crate) fn millis(seconds: u64) -> Millis {
    i64::try_from(seconds).unwrap_or(i64::MAX / 4000).saturating_mul(1000)
}
