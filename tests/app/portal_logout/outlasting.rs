//! What is owed to a portal outlasts the process.

use okta_sim::Settings;

use super::portal::{Mood, Portal};
use crate::support::{Served, client, eventually, free_port, metric};

async fn owed(served: &Served) -> u64 {
    let metrics = client().get(format!("{}/metrics", served.ops)).send().await.unwrap();
    metric(&metrics.text().await.unwrap(), "portico_portal_logouts_owed")
}

async fn served(port: u16) -> Served {
    let target = format!("portal.example.com=http://127.0.0.1:{port}/logout");
    let settings = [
        ("PORTAL__HOME_URL", "https://portal.example.com/"),
        ("PORTAL__LOGOUT_URL", target.as_str()),
    ];
    Served::start_with(Settings::default(), &settings).await
}

#[tokio::test]
async fn a_portal_that_was_away_is_told_after_a_kill() {
    let port = free_port();
    let mut served = served(port).await;
    let browser = served.browser();
    browser.begins("password").await.expect(303);
    browser.signs_out().await.expect(303);
    assert_eq!(owed(&served).await, 1);
    served.kill_and_restart().await;
    assert_eq!(owed(&served).await, 1);
    let portal = Portal::start_at(port, Mood::Status(200)).await;
    portal.is_told(1).await;
    eventually("the notice forgotten", async || owed(&served).await == 0).await;
    // And it stays forgotten once that is on disk.
    let (served, code, complaints) = {
        served.process.send_sigterm();
        served.ends_and_restarts().await
    };
    assert_eq!(code, Some(0), "{complaints}");
    assert_eq!(owed(&served).await, 0);
    assert_eq!(portal.received().len(), 1);
}

#[tokio::test]
async fn a_kill_in_the_middle_of_a_try_repeats_it() {
    let portal = Portal::start(Mood::Slow(crate::support::secs(60))).await;
    let port = portal
        .address
        .rsplit(':')
        .next()
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let mut served = served(port).await;
    let browser = served.browser();
    browser.begins("password").await.expect(303);
    browser.signs_out().await.expect(303);
    let first = portal.is_told(1).await;
    portal.feels(Mood::Status(200));
    served.kill_and_restart().await;
    let both = portal.is_told(2).await;
    assert_eq!(both, [&first[..], &first[..]].concat(), "at least once");
    eventually("the notice forgotten", async || owed(&served).await == 0).await;
}
