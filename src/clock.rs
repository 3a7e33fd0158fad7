//! Time and randomness, passed in from outside.
//!
//! Nothing else in the crate reads a clock, waits or makes random bytes by itself (the linter refuses it), so tests
//! move time instead of sleeping and can check an expiry to the second.

mod one_draw;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use jiff::Timestamp;

pub use one_draw::OneDraw;

/// A wait that borrows nothing, so that it can outlive the call that made it.
pub type Wait = Pin<Box<dyn Future<Output = ()> + Send + 'static>>;

/// Where the time comes from, and how to wait for a later one.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;

    /// Completes when `now()` has reached `deadline`; at once when it already has.
    fn sleep_until(&self, deadline: Timestamp) -> Wait;
}

/// Where unguessable bytes come from.
pub trait Entropy: fmt::Debug + Send + Sync {
    /// Fills the whole buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the machine's clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep_until(&self, deadline: Timestamp) -> Wait {
        let wait = Duration::try_from(deadline.duration_since(self.now())).unwrap_or_default();
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that waits on the machine's clock"
        )]
        Box::pin(tokio::time::sleep(wait))
    }
}

/// The operating system's generator, asked each time, or once in each poll of an [`OneDraw`]: it keeps no state in this
/// process that a copy of the machine could repeat (docs/decisions/0032).
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        one_draw::fill(buffer, |buffer| {
            // OK because nothing can go on without randomness: an id that can be guessed is worse than no service.
            #[expect(
                clippy::expect_used,
                reason = "without randomness nothing that asked for it may go on"
            )]
            getrandom::fill(buffer).expect("the operating system gives random bytes");
        });
    }
}

#[cfg(any(test, feature = "demo"))]
pub use manual::{ManualClock, MovableClock};

/// Clocks for tests. They are compiled with the `demo` feature so that black-box tests reach them, and are absent from
/// the production image like everything else of that feature.
#[cfg(any(test, feature = "demo"))]
mod manual {
    use std::sync::Arc;
    use std::time::Duration;

    use jiff::{SignedDuration, Timestamp};
    use tokio::sync::watch;

    use super::{Clock, SystemClock, Wait};

    /// The machine's clock with a hand that tests move forward; clones share it. Time also passes by itself, so a wait
    /// ends when its moment comes or when the hand is moved past it.
    #[derive(Debug, Clone)]
    pub struct MovableClock {
        ahead: Arc<watch::Sender<SignedDuration>>,
    }

    impl Default for MovableClock {
        fn default() -> Self {
            Self {
                ahead: Arc::new(watch::Sender::new(SignedDuration::ZERO)),
            }
        }
    }

    impl MovableClock {
        /// Moves the clock forward and wakes every wait whose moment has now come.
        pub fn advance(&self, by: Duration) {
            let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
            self.ahead.send_modify(|ahead| *ahead = ahead.saturating_add(by));
        }
    }

    impl Clock for MovableClock {
        fn now(&self) -> Timestamp {
            let ahead = *self.ahead.borrow();
            SystemClock.now().saturating_add(ahead).unwrap_or(Timestamp::MAX)
        }

        fn sleep_until(&self, deadline: Timestamp) -> Wait {
            let clock = self.clone();
            let mut hand = self.ahead.subscribe();
            Box::pin(async move {
                while clock.now() < deadline {
                    let ahead = *hand.borrow_and_update();
                    let by_itself = deadline.saturating_sub(ahead).unwrap_or(Timestamp::MAX);
                    tokio::select! {
                        () = SystemClock.sleep_until(by_itself) => {}
                        // An error means that no test is left to move the hand; time still passes.
                        Ok(()) = hand.changed() => {}
                    }
                }
            })
        }
    }

    /// A clock that stands still until a test moves it; clones share one hand.
    #[derive(Debug, Clone)]
    pub struct ManualClock {
        hand: Arc<watch::Sender<Timestamp>>,
    }

    impl ManualClock {
        /// A clock that shows `now`.
        pub fn at(now: Timestamp) -> Self {
            Self {
                hand: Arc::new(watch::Sender::new(now)),
            }
        }

        /// Moves the clock forward and wakes every wait whose moment has now come.
        pub fn advance(&self, by: Duration) {
            let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
            self.hand
                .send_modify(|now| *now = now.saturating_add(by).unwrap_or(Timestamp::MAX));
        }
    }

    impl Clock for ManualClock {
        fn now(&self) -> Timestamp {
            *self.hand.borrow()
        }

        fn sleep_until(&self, deadline: Timestamp) -> Wait {
            let mut hand = self.hand.subscribe();
            Box::pin(async move {
                // An error means that the clock is gone, and every wait on it with it.
                let _ = hand.wait_for(|now| *now >= deadline).await;
            })
        }
    }
}
