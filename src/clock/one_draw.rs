//! One draw for all that a request needs at once: a form needs four ids and nonces, and each would be a system call.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use zeroize::Zeroize as _;

/// Bytes in one draw: those of a whole sign-in.
const DRAW: usize = 256;

/// Longest request that is served from a draw: 256 bits. What needs more asks the system itself.
const LONGEST: usize = 32;

thread_local! {
    static DRAWN: RefCell<Drawn> = const {
        RefCell::new(Drawn { is_open: false, left: 0, bytes: [0; DRAW] })
    };
}

/// What was drawn and not given out yet.
struct Drawn {
    is_open: bool,
    left: usize,
    bytes: [u8; DRAW],
}

impl Drawn {
    fn close(&mut self) {
        self.is_open = false;
        if self.left > 0 {
            self.bytes.zeroize();
            self.left = 0;
        }
    }

    /// Gives out the last of the bytes, and forgets them.
    fn take(&mut self, buffer: &mut [u8], draw: impl FnOnce(&mut [u8])) -> bool {
        if !self.is_open || buffer.len() > LONGEST {
            return false;
        }
        if self.left < buffer.len() {
            draw(&mut self.bytes);
            self.left = DRAW;
        }
        let rest = self.left - buffer.len();
        let Some(given) = self.bytes.get_mut(rest..self.left) else {
            return false;
        };
        buffer.copy_from_slice(given);
        given.zeroize();
        self.left = rest;
        true
    }
}

/// Fills the buffer from what was drawn in this poll, or by `draw`.
pub(super) fn fill(buffer: &mut [u8], draw: impl Fn(&mut [u8])) {
    if !DRAWN.with_borrow_mut(|drawn| drawn.take(buffer, &draw)) {
        draw(buffer);
    }
}

pin_project! {
    /// A future that draws from [`SystemEntropy`](super::SystemEntropy) once each time it is polled.
    ///
    /// Nothing of a draw outlives the poll. So it holds here as for a draw of its own for each number: two copies of a running
    /// machine have no number in common that is drawn after they were separated (docs/decisions/0032).
    #[derive(Debug)]
    pub struct OneDraw<F> {
        #[pin]
        future: F,
    }
}

impl<F> OneDraw<F> {
    /// Wraps a future.
    pub fn new(future: F) -> Self {
        Self { future }
    }
}

impl<F: Future> Future for OneDraw<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        /// Forgets the rest, also where the future panics.
        struct Scope;
        impl Drop for Scope {
            fn drop(&mut self) {
                DRAWN.with_borrow_mut(Drawn::close);
            }
        }
        DRAWN.with_borrow_mut(|drawn| drawn.is_open = true);
        let _scope = Scope;
        self.project().future.poll(context)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::panic::AssertUnwindSafe;

    use futures_util::FutureExt as _;

    use super::*;

    /// Draws bytes that count on, and counts the draws.
    #[derive(Default)]
    struct Source {
        draws: Cell<usize>,
        next: Cell<u8>,
    }

    impl Source {
        fn bytes<const N: usize>(&self) -> [u8; N] {
            let mut bytes = [0; N];
            fill(&mut bytes, |buffer| {
                self.draws.set(self.draws.get() + 1);
                for byte in buffer {
                    self.next.set(self.next.get().wrapping_add(1));
                    *byte = self.next.get();
                }
            });
            bytes
        }
    }

    fn is_empty() -> bool {
        DRAWN.with_borrow(|drawn| !drawn.is_open && drawn.left == 0 && drawn.bytes == [0; DRAW])
    }

    #[test]
    fn all_that_one_poll_needs_is_drawn_at_once_and_no_byte_is_given_out_twice() {
        let source = Source::default();
        let future = OneDraw::new(async {
            let mut given: Vec<u8> = source.bytes::<12>().to_vec();
            given.extend(source.bytes::<32>());
            given.extend(source.bytes::<16>());
            given
        });
        let mut given = future.now_or_never().unwrap();
        assert_eq!(source.draws.get(), 1);
        given.sort_unstable();
        given.dedup();
        assert_eq!(given.len(), 60);
        assert!(is_empty());
    }

    #[test]
    fn nothing_is_kept_from_one_poll_to_the_next() {
        let source = Source::default();
        let mut future = Box::pin(OneDraw::new(async {
            source.bytes::<12>();
            tokio::task::yield_now().await;
            source.bytes::<12>();
        }));
        let context = &mut Context::from_waker(std::task::Waker::noop());
        assert!(future.as_mut().poll(context).is_pending());
        assert!(is_empty(), "while it waits");
        assert!(future.as_mut().poll(context).is_ready());
        assert_eq!(source.draws.get(), 2);
    }

    #[test]
    fn more_than_is_left_is_drawn_anew_and_what_is_long_by_itself() {
        let source = Source::default();
        let future = OneDraw::new(async {
            for _ in 0..9 {
                source.bytes::<32>();
            }
            assert_eq!(source.draws.get(), 2);
            source.bytes::<33>();
        });
        future.now_or_never().unwrap();
        assert_eq!(source.draws.get(), 3);
        source.bytes::<12>();
        source.bytes::<12>();
        assert_eq!(source.draws.get(), 5, "outside of a poll each draws for itself");
    }

    #[test]
    fn a_panic_leaves_nothing() {
        let source = Source::default();
        let future = OneDraw::new(async {
            source.bytes::<12>();
            panic!("a fault");
        });
        let outcome: Result<(), _> = std::panic::catch_unwind(AssertUnwindSafe(|| future.now_or_never().unwrap()));
        assert!(outcome.is_err());
        assert!(is_empty());
    }
}
