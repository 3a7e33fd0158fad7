//! A future that is finished even when nobody waits for it any more.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;

use super::of_this_request;

/// Runs a future where it is awaited. If that place is given up first, the rest runs in a task of its own; a task from
/// the beginning would cost each poll of a push one more turn of the scheduler. `None`: it panicked.
pub(super) fn finishes<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Finishes<T> {
    // The message of the panic is dropped: it may quote what a customer typed.
    let caught = AssertUnwindSafe(of_this_request(future)).catch_unwind().map(Result::ok);
    Finishes(Some(caught.boxed()))
}

/// See [`finishes`]. `None` when it has finished.
pub(super) struct Finishes<T: Send + 'static>(Option<BoxFuture<'static, Option<T>>>);

impl<T: Send + 'static> Future for Finishes<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(future) = &mut self.0 else {
            return Poll::Pending;
        };
        let end = future.as_mut().poll(context);
        if end.is_ready() {
            self.0 = None;
        }
        end
    }
}

impl<T: Send + 'static> Drop for Finishes<T> {
    fn drop(&mut self) {
        // Without a runtime the process is ending.
        if let Some(rest) = self.0.take()
            && let Ok(runtime) = Handle::try_current()
        {
            drop(runtime.spawn(rest));
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_finished() {
        let (goes_on, (told, tells)) = (oneshot::channel(), oneshot::channel());
        let (go_on, wait) = goes_on;
        let mut work = finishes(async move {
            let word: Result<u8, _> = wait.await;
            told.send(word.unwrap()).unwrap();
        });
        assert!((&mut work).now_or_never().is_none());
        drop(work);
        go_on.send(7_u8).unwrap();
        assert_eq!(tells.await, Ok(7));
    }

    #[tokio::test]
    async fn what_is_awaited_gives_its_result_unless_it_panics() {
        assert_eq!(finishes(async { 7 }).await, Some(7));
        let panics = finishes(async { panic!("hunter2") });
        assert_eq!(panics.await.map(|(): ()| ()), None);
    }
}
