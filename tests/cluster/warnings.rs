//! What the log says of a Redis that may lose confirmed writes.

use crate::programs;
use crate::redis_server::{Watched, watched};
use crate::replicas::Cluster;
use crate::support::{eventually, for_a_while, secs};

const CUT_OFF: &str = "set min-replicas-to-write 1 and min-replicas-max-lag 10";
const UNWATCHED: &str = "most sentinels do not answer";

async fn cluster(watched: &Watched) -> Cluster {
    let sentinels = watched.sentinels.iter();
    let places: Vec<String> = sentinels
        .map(|sentinel| format!("127.0.0.1:{}", sentinel.port()))
        .collect();
    let url = format!("redis+sentinel://{}/portico", places.join(","));
    Cluster::start(&[("STORE__URL", &url)]).await
}

#[tokio::test]
async fn sec_417_a_master_that_writes_without_its_replicas_is_warned_of() {
    if !programs::are_here() {
        return;
    }
    let watched = watched(1).await;
    let mut cluster = cluster(&watched).await;
    for replica in &cluster.replicas {
        let log = replica.log();
        assert_eq!(log.matches(CUT_OFF).count(), 1, "{log}");
    }
    for node in &watched.nodes {
        let words = ["CONFIG", "SET", "min-replicas-to-write", "1"];
        let () = node.command(&words).await.unwrap();
    }
    cluster.replicas[0].replace().await;
    let log = cluster.replicas[0].log();
    assert!(log.contains("the store is connected"), "{log}");
    assert!(!log.contains(CUT_OFF), "{log}");
}

#[tokio::test]
async fn sec_417_sentinels_that_cannot_be_reached_are_told_of_once() {
    if !programs::are_here() {
        return;
    }
    let mut watched = watched(1).await;
    let cluster = cluster(&watched).await;
    let told = || {
        let log = cluster.replicas[0].log();
        log.matches(UNWATCHED).count()
    };
    // Two of three Sentinels see every fail-over.
    watched.sentinels[0].kill();
    for_a_while(secs(3), async || assert_eq!(told(), 0)).await;
    for times in 1..=2 {
        watched.sentinels[1].kill();
        eventually("the warning", async || told() == times).await;
        // They are asked twice a second.
        for_a_while(secs(3), async || assert_eq!(told(), times)).await;
        cluster.browser().begins("password").await.expect(303);
        watched.sentinels[1].restart().await;
        for_a_while(secs(3), async || assert_eq!(told(), times)).await;
    }
    let log = cluster.replicas[0].log();
    assert!(log.contains(r#""answered":1,"sentinels":3"#), "{log}");
}
