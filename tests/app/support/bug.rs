//! A clock and a source of randomness that panic when a test wants it, as a bug would.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Once};
use std::time::Duration;

use portico::clock::{Clock, Entropy, MovableClock, SystemEntropy, Wait};

/// The message of the panic, which must not be shown anywhere.
pub(crate) const SAID: &str = "hunter2-as-it-was-typed";

/// Clones share the countdown: they panic once, together.
#[derive(Debug, Clone)]
pub(crate) struct Bug {
    /// The number of uses until it panics; zero: never.
    left: Arc<AtomicI64>,
    clock: MovableClock,
}

impl Default for Bug {
    fn default() -> Self {
        keeps_quiet();
        Self {
            left: Arc::default(),
            clock: MovableClock::default(),
        }
    }
}

impl Bug {
    /// From now on, this use of the clock or of the randomness panics.
    pub(crate) fn breaks_at(&self, number: i64) {
        self.left.store(number, Ordering::SeqCst);
    }

    /// Whether it has panicked.
    pub(crate) fn has_fired(&self) -> bool {
        self.left.load(Ordering::SeqCst) < 0
    }

    /// Disarms it. Gives whether it had panicked.
    pub(crate) fn disarms(&self) -> bool {
        self.left.swap(0, Ordering::SeqCst) < 0
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    fn count_use(&self) {
        // -1: it has panicked.
        let next = |left: i64| match left {
            1 => Some(-1),
            2.. => Some(left - 1),
            _ => None,
        };
        let used = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next);
        assert!(used != Ok(1), "{SAID}");
    }
}

impl Clock for Bug {
    fn now(&self) -> jiff::Timestamp {
        self.count_use();
        self.clock.now()
    }

    fn sleep_until(&self, deadline: jiff::Timestamp) -> Wait {
        self.count_use();
        self.clock.sleep_until(deadline)
    }
}

impl Entropy for Bug {
    fn fill(&self, buffer: &mut [u8]) {
        self.count_use();
        SystemEntropy.fill(buffer);
    }
}

/// Hides the intended panics from the tests' output; all others are printed as usual.
fn keeps_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let text = panic.payload_as_str().unwrap_or_default();
            if !text.contains(SAID) {
                usual(panic);
            }
        }));
    });
}
