//! A panic is a bug of ours. It costs what was under way and nothing else (docs/decisions/0029).
//!
//! The message of a panic is dropped wherever one is caught: it may quote what a customer typed. The hook in
//! [`crate::telemetry::panics`] logs where it happened.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::{FutureExt as _, TryFutureExt as _};
use thiserror::Error;

/// The pause before a task that broke off starts again.
const PAUSE: Duration = Duration::from_secs(1);

/// A call or a future broke off by a panic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a bug in this service: it panicked")]
pub struct Panicked;

/// The result of a future that may panic. By then everything that the future held is dropped.
///
/// Nothing that outlives the future is left half changed: every lock of ours holds either what a single call changes,
/// or what is consistent between any two of its changes.
///
/// Not an `async fn`, which would reserve room for the future twice: as its argument, and as what it awaits.
pub fn caught<F: Future>(future: F) -> impl Future<Output = Result<F::Output, Panicked>> {
    let caught = AssertUnwindSafe(future).catch_unwind();
    caught.map_err(|_| Panicked)
}

/// Like [`caught`], for a plain call.
pub fn caught_in<T>(call: impl FnOnce() -> T) -> Result<T, Panicked> {
    std::panic::catch_unwind(AssertUnwindSafe(call)).map_err(|_| Panicked)
}

/// Runs a task that the service cannot do without: when it breaks off, it starts again.
pub async fn lasting<F: Future<Output = ()>>(what: &'static str, mut begin: impl FnMut() -> F) {
    while let Err(panicked) = caught(async { begin().await }).await {
        tracing::error!(what, error = %panicked, "a task of the service starts again");
        rest().await;
    }
}

#[expect(clippy::disallowed_methods, reason = "the service's clock may be what broke")]
async fn rest() {
    tokio::time::sleep(PAUSE).await;
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::ready;

    use super::*;

    #[tokio::test]
    async fn sec_418_what_is_caught_says_nothing_of_what_it_said() {
        let what = "hunter2";
        let results = [
            caught(async { panic!("{what}") }).await.map(|(): ()| ()),
            caught_in(|| panic!("{what}")),
        ];
        for results in results {
            let error = results.unwrap_err();
            assert!(!format!("{error:?} {error}").contains(what));
        }
        assert_eq!(caught(ready(1)).await, Ok(1));
        assert_eq!(caught_in(|| 2), Ok(2));
    }

    #[test]
    fn what_is_caught_is_kept_once() {
        let large = || async {
            let kept = [0_u8; 512];
            ready(()).await;
            kept.len()
        };
        let (alone, caught) = (large(), caught(large()));
        assert!(size_of_val(&caught) < size_of_val(&alone) + 64);
    }

    #[tokio::test]
    async fn sec_418_a_task_that_lasts_starts_again_until_it_is_done() {
        let begun = Cell::new(0);
        lasting("a test", || {
            begun.set(begun.get() + 1);
            assert!(begun.get() > 1, "before it is polled");
            let begun = &begun;
            async move { assert!(begun.get() > 2, "while it is polled") }
        })
        .await;
        assert_eq!(begun.get(), 3);
    }
}
