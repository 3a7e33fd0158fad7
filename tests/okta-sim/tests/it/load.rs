//! Many sign-ins waiting at once.

use futures_util::{StreamExt as _, stream};
use okta_sim::Settings;

use crate::org::{OOB, Org, settings};

const WAITING: usize = 10_000;
const AT_ONCE: usize = 32;

/// A scan over all transactions per request would make this take far longer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_pushes_wait_side_by_side() {
    let org = Org::with(Settings {
        keep_requests: 100,
        ..settings()
    })
    .await;
    org.set_limits(|limits| {
        limits.token_per_minute = 0;
        limits.other_per_minute = 0;
    });
    let start = async |_| org.primary("push@example.com", "push").await.ok().text("oob_code");
    let codes: Vec<String> = stream::iter(0..WAITING)
        .map(start)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let poll = async |code: &String| {
        org.token(&[("grant_type", OOB), ("oob_code", code)])
            .await
            .is(400, "authorization_pending");
    };
    stream::iter(&codes)
        .map(poll)
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<()>>()
        .await;
    assert_eq!(
        (org.requests().len(), org.phone("push").prompts().len()),
        (100, WAITING)
    );
}
