//! Okta slow, limiting or broken while a page waits for the phone.

use std::time::Duration;

use okta_sim::{Endpoint, Fault, FaultKind};

use super::push::waiting;
use crate::support::{Browser, Events, Page, TestApp, eventually, secs};

/// Moves both clocks and waits until Okta has been polled this often in all.
async fn polled(app: &TestApp, seconds: u64, times: u64) {
    app.advance(secs(seconds));
    eventually("a poll", async || app.asked(Endpoint::Token) >= times).await;
    assert_eq!(app.asked(Endpoint::Token), times);
}

#[tokio::test]
async fn sec_136_asked_to_slow_down_the_service_does() {
    let app = TestApp::spawn().await;
    let (browser, page) = waiting(&app).await;
    let before = app.asked(Endpoint::Token);
    app.okta()
        .faults()
        .push(Fault::new(Endpoint::Token, FaultKind::SlowDown));
    let mut events = browser.waits(&page).await;
    polled(&app, 5, before + 1).await;
    app.advance(secs(5));
    browser.gets(&page.url).await.expect(200);
    assert_eq!(app.asked(Endpoint::Token), before + 1, "five seconds are too few now");
    polled(&app, 5, before + 2).await;
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(secs(10));
    assert_eq!(events.next().await, "approved");
}

#[tokio::test]
async fn sec_404_a_limit_pauses_the_polls_and_keeps_the_sign_in() {
    let app = TestApp::spawn().await;
    let (browser, page) = waiting(&app).await;
    let before = app.asked(Endpoint::Token);
    app.okta()
        .faults()
        .push(Fault::new(Endpoint::Token, FaultKind::RateLimited { reset_s: 40 }));
    let mut events = browser.waits(&page).await;
    polled(&app, 5, before + 1).await;
    // In steps that are shorter than a poll's claim on the attempt: the limit may not have been heard yet.
    for _ in 0..3 {
        app.advance(secs(8));
        browser.gets(&page.url).await.expect(200).is_headed("Check your phone");
    }
    assert_eq!(app.asked(Endpoint::Token), before + 1);
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(secs(18));
    assert_eq!(events.next().await, "approved");
    browser.says_approved(&page).await.leads_to(app.base());
}

/// The next event, while time goes on in steps that are shorter than any call may take.
async fn hears(app: &TestApp, mut events: Events) -> String {
    let mut heard = tokio::spawn(async move { events.next().await });
    loop {
        app.advance(secs(2));
        let step = tokio::time::timeout(Duration::from_millis(100), &mut heard);
        if let Ok(heard) = step.await {
            return heard.unwrap();
        }
    }
}

#[tokio::test]
async fn a_poll_that_fails_once_or_twice_is_nothing_to_trouble_people_with() {
    for kind in [FaultKind::ServerError, FaultKind::ResetBefore, FaultKind::BadGateway] {
        let app = TestApp::spawn().await;
        let (browser, page) = waiting(&app).await;
        app.okta()
            .faults()
            .push(Fault::new(Endpoint::Token, kind.clone()).times(2));
        let events = browser.waits(&page).await;
        app.phone("push").approve(&app.prompt("push").id).unwrap();
        assert_eq!(hears(&app, events).await, "approved", "{kind:?}");
        browser.says_approved(&page).await.leads_to(app.base());
    }
}

/// A press of "Send again" that Okta answers slowly, though the old push is gone already.
async fn resends_slowly(app: &TestApp, browser: &Browser, page: &Page) -> tokio::task::JoinHandle<Page> {
    let slow = Fault::new(Endpoint::Challenge, FaultKind::SlowBody { ms_per_piece: 50 });
    app.okta().faults().push(slow);
    let press = tokio::spawn({
        let (browser, page) = (browser.clone(), page.clone());
        async move { browser.presses(&page, "/sign-in/push/resend", &[]).await }
    });
    eventually("a second request", async || app.phone("push").prompts().len() == 2).await;
    press
}

/// The new request is the one that counts.
async fn assert_sent_anew(app: &TestApp, browser: &Browser, answer: &Page) {
    let page = browser.follows(answer.leads_to("/sign-in/push")).await;
    page.says("We sent a new request");
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    browser.says_approved(&page).await.leads_to(app.base());
}

#[tokio::test]
async fn while_a_new_request_is_on_its_way_the_old_one_is_left_alone() {
    let app = TestApp::spawn().await;
    let (browser, page) = waiting(&app).await;
    app.advance(secs(21));
    let page = browser.gets(&page.url).await;
    let press = resends_slowly(&app, &browser, &page).await;
    let before = app.asked(Endpoint::Token);
    let _events = browser.waits(&page).await;
    let answer = press.await.unwrap();
    assert_eq!(app.asked(Endpoint::Token), before);
    assert_sent_anew(&app, &browser, &answer).await;
}

#[tokio::test]
async fn an_old_request_that_ends_late_does_not_end_the_new_one() {
    let app = TestApp::spawn().await;
    let (browser, page) = waiting(&app).await;
    app.advance(secs(21));
    let page = browser.gets(&page.url).await;
    // The poll is under way when the customer presses, and is answered before the new request is.
    let delay = Fault::new(Endpoint::Token, FaultKind::Delay { ms: 300 });
    app.okta().faults().push(delay);
    let before = app.asked(Endpoint::Token);
    let _events = browser.waits(&page).await;
    eventually("a poll", async || app.okta().faults().waiting().is_empty()).await;
    let press = resends_slowly(&app, &browser, &page).await;
    eventually("its answer", async || app.asked(Endpoint::Token) == before + 1).await;
    assert!(!press.is_finished(), "the order that this test is about");
    assert_sent_anew(&app, &browser, &press.await.unwrap()).await;
}

#[tokio::test]
async fn a_decline_that_is_heard_while_a_new_request_fails_is_told() {
    let app = TestApp::builder()
        .set("okta.connect_timeout", "1s")
        .set("okta.timeout", "2s")
        .spawn()
        .await;
    let (browser, page) = waiting(&app).await;
    app.advance(secs(21));
    let page = browser.gets(&page.url).await;
    app.phone("push").deny(&app.prompt("push").id).unwrap();
    let faults = app.okta().faults();
    faults.push(Fault::new(Endpoint::Token, FaultKind::Delay { ms: 300 }));
    let before = app.asked(Endpoint::Token);
    let mut events = browser.waits(&page).await;
    eventually("a poll", async || app.okta().faults().waiting().is_empty()).await;
    // Its answer comes while the press is in hand, and Okta does not answer that in time.
    faults.push(Fault::new(Endpoint::Challenge, FaultKind::Delay { ms: 4_000 }));
    let press = browser.presses(&page, "/sign-in/push/resend", &[]).await;
    press.leads_to("/sign-in/push");
    assert_eq!(events.next().await, "denied");
    let denied = browser.gets(&page.url).await;
    denied.says("You declined the request on your phone");
    assert_eq!(app.asked(Endpoint::Token), before + 1, "Okta says it once");
}

#[tokio::test]
async fn an_outage_of_okta_that_lasts_ends_the_wait_with_a_next_step() {
    let app = TestApp::spawn().await;
    let (browser, page) = waiting(&app).await;
    app.okta()
        .faults()
        .push(Fault::new(Endpoint::Token, FaultKind::ServerError).times(100));
    let events = browser.waits(&page).await;
    assert_eq!(hears(&app, events).await, "retry");
    app.okta().faults().clear();
    let ways = browser.follows(&browser.gets(&page.url).await).await;
    ways.expect(200).says("Sign-in isn’t answering right now");
    assert!(ways.ways().contains(&"push".to_owned()));
}
