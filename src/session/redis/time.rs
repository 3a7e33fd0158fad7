//! The time by which connections are watched.

use std::time::{Duration, Instant};

#[expect(
    clippy::disallowed_methods,
    reason = "how long a network is silent is not the customers' time, which tests move"
)]
pub(super) fn now() -> Instant {
    Instant::now()
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a network is silent is not the customers' time, which tests move"
)]
pub(super) async fn rest(pause: Duration) {
    tokio::time::sleep(pause).await;
}
