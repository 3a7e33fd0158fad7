//! Writes that too few replicas of Redis have confirmed: done, but not safe.

use okta_sim::Endpoint;

use crate::programs;
use crate::redis_server::RedisServer;
use crate::replicas::Cluster;
use crate::support::{PASSWORD, eventually, full, metric};

#[tokio::test]
async fn sec_417_a_sign_in_that_too_few_replicas_have_keeps_its_tokens_and_is_found_again() {
    if !programs::are_here() {
        return;
    }
    let cluster = Cluster::start(&[("STORE__REPLICAS", "1"), ("STORE__TIMEOUT", "1s")]).await;
    let browser = cluster.browser();
    let form = browser.gets("/sign-in").await;
    let login = full("password");
    let fields = [("username", login.as_str()), ("password", PASSWORD)];
    let page = browser.presses(&form, "/sign-in", &fields).await;
    page.expect(503);
    assert!(!browser.is_signed_in(), "nobody is told what may be lost");
    for replica in &cluster.replicas {
        let metrics = replica.metrics().await;
        let pending = metric(&metrics, "portico_revocations_owed");
        assert_eq!(pending, 0, "its tokens are the session's");
        let sessions = metric(&metrics, "portico_sessions_active");
        assert_eq!(sessions, 1, "it is there");
    }

    let port = cluster.redis.port().to_string();
    let replica = RedisServer::with(&["--save", "", "--replicaof", "127.0.0.1", &port]).await;
    eventually("the replica to follow", async || {
        let info: String = replica.command(&["INFO", "replication"]).await.unwrap();
        info.contains("master_link_status:up")
    })
    .await;
    // The same form once more: it finds that its work is done.
    eventually("the session", async || {
        browser.presses(&form, "/sign-in", &fields).await;
        browser.is_signed_in()
    })
    .await;
    assert_eq!(browser.session().await["active"], true);
    let metrics = cluster.replicas[0].metrics().await;
    assert_eq!(metric(&metrics, "portico_sessions_active"), 1);
    assert_eq!(cluster.okta.count(Endpoint::Revoke), 0);
}
