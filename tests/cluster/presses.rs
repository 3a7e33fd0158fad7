//! Presses of one button that reach several replicas at once count as one.

use std::collections::BTreeSet;

use okta_sim::Endpoint;
use tokio::task::JoinSet;

use crate::programs;
use crate::replicas::Cluster;
use crate::support::{PASSWORD, SESSION};

#[tokio::test]
async fn sec_144_equal_passwords_at_all_replicas_make_one_call_and_one_session() {
    if !programs::are_here() {
        return;
    }
    let cluster = Cluster::start(&[]).await;
    let browser = cluster.browser();
    let form = browser.opens_sign_in(None).await;
    let mut presses = JoinSet::new();
    for replica in [0, 1, 2].repeat(4) {
        let (at, form) = (cluster.browser_at(replica), form.clone());
        at.plants_cookie("portico-attempt", &browser.cookie("portico-attempt").unwrap());
        presses.spawn(async move {
            let fields = [("username", "password@example.com"), ("password", PASSWORD)];
            at.presses(&form, "/sign-in", &fields).await
        });
    }
    let answers = presses.join_all().await;
    let sessions: BTreeSet<_> = answers
        .into_iter()
        .map(|answer| answer.expect(303).cookie(SESSION))
        .collect();
    assert_eq!(sessions.len(), 1);
    assert_eq!(cluster.okta.count(Endpoint::Token), 1);
}
