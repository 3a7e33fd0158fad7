//! Customers notice nothing of restarts, upgrades and new keys.

use std::time::Duration;

use okta_sim::Endpoint;

use crate::programs;
use crate::replicas::{Cluster, write_secret};
use crate::support::{eventually, portico, run};

#[tokio::test]
async fn sec_410_a_push_goes_on_when_the_replica_that_waited_is_killed() {
    if !programs::are_here() {
        return;
    }
    let mut cluster = Cluster::start(&[]).await;
    let browser = cluster.browser();
    let page = browser.reaches("push", "push").await;
    let waiting = cluster.browser_at(0);
    waiting.plants_cookie("portico-attempt", &browser.cookie("portico-attempt").unwrap());
    let stream = waiting.waits(&page).await;
    cluster.replicas[0].kill();
    drop(stream);
    let prompt = cluster.okta.phone("push").pending().unwrap();
    cluster.okta.phone("push").approve(&prompt.id).unwrap();
    // The browser opens the stream again, at another replica.
    let mut again = browser.waits(&page).await;
    assert_eq!(again.next().await, "approved");
    browser.says_approved(&page).await.expect(303);
    for replica in [1, 2] {
        let other = cluster.browser_at(replica);
        other.plants_cookie("portico-session", &browser.cookie("portico-session").unwrap());
        assert_eq!(other.session().await["active"], true);
    }
}

#[tokio::test]
async fn sec_210_a_sign_out_is_seen_everywhere_within_a_second() {
    if !programs::are_here() {
        return;
    }
    let cluster = Cluster::start(&[]).await;
    let browser = cluster.browser();
    browser.begins("password").await;
    let cookie = browser.cookie("portico-session").unwrap();
    let others = [0, 1, 2].map(|replica| {
        let other = cluster.browser_at(replica);
        other.plants_cookie("portico-session", &cookie);
        other
    });
    for other in &others {
        assert_eq!(other.session().await["active"], true);
    }
    browser.signs_out().await.expect(303);
    let refused = eventually("a refusal everywhere", async || {
        let mut active = false;
        for other in &others {
            other.plants_cookie("portico-session", &cookie);
            active |= other.session().await["active"] == true;
        }
        !active
    });
    tokio::time::timeout(Duration::from_secs(1), refused)
        .await
        .expect("within a second");
    eventually("the revocation", async || cluster.okta.count(Endpoint::Revoke) == 1).await;
}

#[tokio::test]
async fn sec_413_a_rolling_upgrade_with_new_keys_signs_nobody_out() {
    if !programs::are_here() {
        return;
    }
    let mut cluster = Cluster::start(&[]).await;
    let signed_in = cluster.browser();
    signed_in.begins("password").await;
    let in_the_middle = cluster.browser();
    let page = in_the_middle.reaches("otp", "otp").await;
    let ring = cluster.folder.path().join("keys.toml");
    let (code, rotated, complaints) = run(portico(&["keys", "rotate", ring.to_str().unwrap()]));
    assert_eq!(code, 0, "{complaints}");
    if rotated.contains("[[key]]") {
        write_secret(&ring, &rotated);
    }
    for replica in 0..3 {
        cluster.replicas[replica].replace().await;
        // Half of the replicas have the new ring, the others the old one, and each reads what the others wrote.
        let newcomer = cluster.browser_at(replica);
        newcomer.begins("password").await;
        for other in 0..3 {
            let elsewhere = cluster.browser_at(other);
            for session in [&newcomer, &signed_in] {
                elsewhere.plants_cookie("portico-session", &session.cookie("portico-session").unwrap());
                assert_eq!(elsewhere.session().await["active"], true);
            }
        }
    }
    let otp = cluster.okta.phone("otp").otp().unwrap();
    in_the_middle.enters_code(&page, &otp).await.expect(303);
    assert_eq!(in_the_middle.session().await["active"], true);
}
