//! Approvals of a push that come too late, in another browser, or when no page is waiting.

use okta_sim::{Endpoint, Fault, FaultKind};

use super::push::waiting;
use crate::support::{SESSION, TestApp, eventually, metric, mins, secs};

#[tokio::test]
async fn sec_410_a_lost_connection_loses_no_approval() {
    let app = TestApp::spawn().await;
    let (browser, page) = waiting(&app).await;
    drop(browser.waits(&page).await);
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(secs(40));
    let mut events = browser.waits(&page).await;
    assert_eq!(events.next().await, "approved");
    // Lost again at the worst moment: the approval is stored before it is announced.
    drop(events);
    let mut events = browser.waits(&page).await;
    assert_eq!(events.next().await, "approved");
    browser.says_approved(&page).await.leads_to(app.base());
    assert!(browser.is_signed_in());
}

#[tokio::test]
async fn sec_411_an_approval_is_claimed_only_by_the_browser_that_began() {
    let app = TestApp::spawn().await;
    let (browser, page) = waiting(&app).await;
    let stranger = app.browser();
    stranger.opens_sign_in(None).await.expect(200);
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    let address = page.attribute("data-events").unwrap();
    let mut events = browser.waits(&page).await;
    assert_eq!(events.next().await, "approved");
    let answer = stranger.gets(&page.url).await;
    assert!(
        answer.status == 303 && answer.cookies(SESSION).is_empty(),
        "{}",
        answer.text()
    );
    app.browser().gets(&address).await.expect(404);
    assert!(!stranger.is_signed_in());
    browser.says_approved(&page).await.leads_to(app.base());
}

#[tokio::test]
async fn sec_137_an_approval_after_another_way_was_taken_signs_nobody_in() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let page = browser.reaches("all", "push").await;
    let prompt = app.prompt("all");
    let ways = browser.gets(&page.link("Use another way").unwrap()).await;
    let code = browser.follows(&browser.chooses(ways.expect(200), "otp").await).await;
    code.is_headed("Enter the code");
    app.phone("all").approve(&prompt.id).unwrap();
    app.advance(secs(5));
    let mut events = browser.waits(&page).await;
    assert_eq!(events.next().await, "retry", "the page is to be asked for again");
    let answer = browser.gets(&page.url).await;
    assert!(!browser.is_signed_in());
    browser
        .follows(answer.leads_to("/sign-in/code"))
        .await
        .is_headed("Enter the code");
}

#[tokio::test]
async fn sec_137_tokens_of_an_approval_that_arrives_too_late_are_given_back() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let page = browser.reaches("push", "push").await;
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    let delay = FaultKind::Delay { ms: 700 };
    app.okta().faults().push(Fault::new(Endpoint::Token, delay));
    app.advance(secs(5));
    let stream = browser.waits(&page).await;
    eventually("the poll", async || app.okta().faults().waiting().is_empty()).await;
    let ways = browser.gets(&page.link("Use another way").unwrap()).await;
    browser.chooses(&ways, "otp").await.leads_to("/sign-in/code");
    app.revoked(1).await;
    assert!(!browser.is_signed_in());
    drop(stream);
}

#[tokio::test]
async fn tokens_of_an_approval_that_nobody_claims_are_given_back_at_a_restart() {
    let app = TestApp::spawn().await;
    let (browser, page) = waiting(&app).await;
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    assert_eq!(browser.waits(&page).await.next().await, "approved");
    let form = browser
        .follows(&browser.presses(&page, "/sign-in/restart", &[]).await)
        .await;
    form.is_headed("Sign in");
    assert!(!browser.is_signed_in());
    app.revoked(1).await;
}

#[tokio::test]
async fn sec_229_tokens_of_an_approval_that_nobody_claims_are_given_back_when_its_time_is_over() {
    let app = TestApp::spawn().await;
    let (browser, page) = waiting(&app).await;
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    assert_eq!(browser.waits(&page).await.next().await, "approved");
    // The tab is closed. The sweep comes on its own.
    app.advance(mins(10));
    app.revoked(1).await;
    let answer = browser.gets(&page.url).await;
    assert!(!browser.is_signed_in(), "{}", answer.text());
    app.revoked(1).await;
}

#[tokio::test]
async fn the_tokens_of_an_approval_that_is_seen_too_late_are_revoked_once() {
    let app = TestApp::builder().standing_still().spawn().await;
    let (browser, page) = waiting(&app).await;
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    assert_eq!(browser.waits(&page).await.next().await, "approved");
    app.advance(mins(10));
    for _ in 0..2 {
        let form = browser.follows(&browser.gets(&page.url).await).await;
        form.is_headed("Sign in");
    }
    app.revoked(1).await;
    app.advance(mins(70));
    eventually("the sweep", async || {
        metric(&app.metrics().await, "portico_transactions_active") == 0
    })
    .await;
    assert_eq!(app.asked(Endpoint::Revoke), 1);
}
