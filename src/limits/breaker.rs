//! A circuit breaker: when Okta keeps failing, it is not called for a while (SEC-405).
//!
//! Closed, every call goes through. Consecutive faults, or too many among the latest calls, open it: then nothing goes
//! through until a pause is over, and after that one probe at a time. A probe that is answered closes it; one that
//! fails makes the pause longer; one that never reports its end is replaced by the next.

mod end;
mod recent;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;
use recent::Recent;

pub use end::End;

/// How long callers are told to wait during a probe: its duration is unknown.
const WHILE_PROBING: Duration = Duration::from_secs(1);

/// The settings, with their defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerSettings {
    /// This many consecutive faults open it.
    pub in_a_row: u32,
    /// It also opens when at least half of the calls within `window` failed, if there were at least this many.
    pub at_least: u32,
    pub window: Duration,
    /// The first pause; each probe that fails doubles it.
    pub first_pause: Duration,
    pub longest_pause: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            in_a_row: 5,
            at_least: 20,
            window: Duration::from_secs(30),
            first_pause: Duration::from_secs(5),
            longest_pause: Duration::from_mins(1),
        }
    }
}

/// The breaker is open: nothing may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("calls to Okta are suspended")]
pub struct HeldBack {
    /// The least time that it stays open.
    pub wait: Duration,
}

/// The change that the end of a call caused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerChange {
    /// Calls are held back from now on, for this long at first.
    Opened(Duration),
    /// Calls go through again.
    Closed,
}

/// The breaker. It can be shared without a lock; nothing waits in here.
#[derive(Debug)]
pub struct Breaker {
    settings: BreakerSettings,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Grows whenever the breaker opens or closes: the end of a call that began in an earlier era no longer counts.
    era: u64,
    mode: Mode,
}

#[derive(Debug)]
enum Mode {
    Closed {
        faults_in_a_row: u32,
        recent: Recent,
    },
    Open {
        until: Timestamp,
        pause: Duration,
        is_probing: bool,
    },
}

/// Permission to make one call. Dropped without an end, the call counts for nothing.
#[derive(Debug)]
#[must_use = "the breaker learns from how calls end"]
pub struct BreakerPermit<'a> {
    breaker: &'a Breaker,
    era: u64,
}

impl Breaker {
    /// A closed breaker.
    pub fn new(settings: BreakerSettings, clock: Arc<dyn Clock>) -> Self {
        let mode = Mode::closed(&settings);
        Self {
            settings,
            clock,
            state: Mutex::new(State { era: 0, mode }),
        }
    }

    /// Whether a call would be permitted now, for a caller that must first wait for something else.
    pub fn check(&self) -> Result<(), HeldBack> {
        self.state().mode.leave(self.clock.now())
    }

    /// Permission to make a call, or how long to wait for it. The first call after the pause is the probe.
    pub fn enter(&self) -> Result<BreakerPermit<'_>, HeldBack> {
        let mut state = self.state();
        state.mode.leave(self.clock.now())?;
        if let Mode::Open { is_probing, .. } = &mut state.mode {
            *is_probing = true;
        }
        Ok(BreakerPermit {
            breaker: self,
            era: state.era,
        })
    }

    fn note(&self, era: u64, end: End) -> Option<BreakerChange> {
        let mut state = self.state();
        if state.era != era {
            return None;
        }
        let (mode, turned) = state.mode.after(end, &self.settings, self.clock.now())?;
        state.era += 1;
        state.mode = mode;
        turned
    }

    fn forget(&self, era: u64) {
        let mut state = self.state();
        if state.era == era
            && let Mode::Open { is_probing, .. } = &mut state.mode
        {
            *is_probing = false;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BreakerPermit<'_> {
    /// Reports how the call ended; returns the resulting change.
    pub fn ended(self, end: End) -> Option<BreakerChange> {
        self.breaker.note(self.era, end)
    }
}

impl Drop for BreakerPermit<'_> {
    fn drop(&mut self) {
        self.breaker.forget(self.era);
    }
}

impl Mode {
    fn closed(settings: &BreakerSettings) -> Self {
        Self::Closed {
            faults_in_a_row: 0,
            recent: Recent::new(settings.window),
        }
    }

    fn open(pause: Duration, now: Timestamp) -> Self {
        let until = SignedDuration::try_from(pause)
            .ok()
            .and_then(|pause| now.checked_add(pause).ok());
        Self::Open {
            until: until.unwrap_or(Timestamp::MAX),
            pause,
            is_probing: false,
        }
    }

    fn leave(&self, now: Timestamp) -> Result<(), HeldBack> {
        match self {
            Self::Open { until, .. } if now < *until => {
                let rest = Duration::try_from(until.duration_since(now));
                Err(HeldBack {
                    wait: rest.unwrap_or(WHILE_PROBING),
                })
            }
            Self::Open { is_probing: true, .. } => Err(HeldBack { wait: WHILE_PROBING }),
            Self::Closed { .. } | Self::Open { .. } => Ok(()),
        }
    }

    /// The next mode, if this end changes more than a count, and the change to report.
    fn after(&mut self, end: End, settings: &BreakerSettings, now: Timestamp) -> Option<(Self, Option<BreakerChange>)> {
        match self {
            Self::Closed {
                faults_in_a_row,
                recent,
            } => {
                recent.note(end, now);
                *faults_in_a_row = match end {
                    End::Answered => 0,
                    End::Fault => *faults_in_a_row + 1,
                };
                let is_failing = || *faults_in_a_row >= settings.in_a_row || recent.is_half_faults(settings.at_least);
                // An answer never opens the breaker, whatever happened before.
                (end == End::Fault && is_failing()).then(|| {
                    let pause = settings.first_pause;
                    (Self::open(pause, now), Some(BreakerChange::Opened(pause)))
                })
            }
            Self::Open { pause, .. } => Some(match end {
                End::Answered => (Self::closed(settings), Some(BreakerChange::Closed)),
                End::Fault => {
                    let pause = pause.saturating_mul(2).min(settings.longest_pause);
                    (Self::open(pause, now), None)
                }
            }),
        }
    }
}
