//! Bounded waits for conditions, instead of sleeping and hoping that something has happened.

use std::time::Duration;

/// Longer than anything should take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// The result of a future, which must come in time: a test that waits for ever tells nobody why.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("{what}: nothing came of it"))
}

/// Does something again and again for this long, for tests of what must not happen.
pub(crate) async fn for_a_while(time: Duration, mut again: impl AsyncFnMut()) {
    let mut looks = tokio::time::interval(Duration::from_millis(100));
    let over = tokio::time::Instant::now() + time;
    while looks.tick().await < over {
        again().await;
    }
}

/// Returns when the condition holds.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let mut looks = tokio::time::interval(Duration::from_millis(10));
    soon(what, async {
        while !holds().await {
            looks.tick().await;
        }
    })
    .await;
}
