//! Simulates a slow network.

use std::time::Duration;

#[expect(
    clippy::disallowed_methods,
    reason = "a slow network is slow in real time; the simulated clock cannot hold up a client"
)]
pub(super) async fn pause(time: Duration) {
    actix_web::rt::time::sleep(time).await;
}
