//! Waiting for a condition, never for a time.

use std::time::Duration;

/// Longer than anything takes on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(40);

/// Asks again and again until there is an answer. A failure names what never came.
pub(crate) async fn wait_for<T>(what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> Result<T, String> {
    let asking = async {
        loop {
            if let Some(answer) = probe().await {
                return answer;
            }
            pause().await;
        }
    };
    tokio::time::timeout(PATIENCE, asking)
        .await
        .map_err(|_| format!("waited in vain for {what}"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a browser is another process, which has to be asked; its clock is not ours to move"
)]
pub(crate) async fn pause() {
    tokio::time::sleep(Duration::from_millis(50)).await;
}
