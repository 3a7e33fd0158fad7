//! Okta takes longer than usual, and is not asked twice for that.

use okta_sim::{Endpoint, Fault, FaultKind, RefreshMode};

use crate::support::{Browser, PASSWORD, TestApp, eventually, secs};

/// The default of `session.revalidate`.
const EVERY: u64 = 600;

/// The next token call takes this long in real time. The clocks of the tests go faster.
fn slow_down(app: &TestApp, ms: u64) {
    let slow = Fault::new(Endpoint::Token, FaultKind::Delay { ms });
    app.okta().faults().push(slow);
}

/// The slow call has reached Okta.
async fn wait_for_call(app: &TestApp) {
    eventually("the call to Okta", async || app.okta().faults().waiting().is_empty()).await;
}

async fn refreshes(app: &TestApp, result: &str) -> bool {
    let series = format!("portico_token_refresh_total{{result=\"{result}\"}} 1");
    app.metrics().await.contains(&series)
}

/// A session that is due for revalidation, and the first page view that asks Okta.
async fn asking(app: &TestApp, ms: u64) -> (Browser, tokio::task::JoinHandle<()>) {
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    app.advance(secs(EVERY));
    slow_down(app, ms);
    let page = tokio::spawn({
        let browser = browser.clone();
        async move {
            browser.gets("/account").await.expect(200);
        }
    });
    wait_for_call(app).await;
    (browser, page)
}

#[tokio::test]
async fn sec_219_a_refresh_that_may_take_long_is_not_made_twice() {
    let app = TestApp::builder()
        .standing_still()
        .set("okta.timeout", "30s")
        .spawn()
        .await;
    let (browser, page) = asking(&app, 2_000).await;
    // Long after the default limit of a call, well before this one.
    app.advance(secs(30));
    page.await.unwrap();
    slow_down(&app, 0);
    browser.gets("/account").await.expect(200);
    eventually("its answer", async || refreshes(&app, "ok").await).await;
    assert_eq!(app.okta().faults().waiting().len(), 1, "no other call came");
    assert_eq!(app.grants("refresh_token"), 1);
}

#[tokio::test]
async fn sec_402_a_password_that_okta_is_still_looking_at_is_not_sent_again() {
    let app = TestApp::builder()
        .standing_still()
        .set("okta.timeout", "30s")
        .spawn()
        .await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    slow_down(&app, 2_000);
    let press = |browser: Browser, form| {
        tokio::spawn(async move { browser.submits_password(&form, "password", PASSWORD).await })
    };
    let first = press(browser.clone(), form.clone());
    wait_for_call(&app).await;
    app.advance(secs(30));
    let again = press(browser.clone(), form.clone());
    again.await.unwrap().leads_to(app.base());
    first.await.unwrap().leads_to(app.base());
    assert_eq!(app.grants("password"), 1);
}

#[tokio::test]
async fn sec_412_a_poll_that_takes_several_intervals_is_not_doubled() {
    let app = TestApp::builder()
        .okta(|okta| okta.switches.interval_s = 1)
        .spawn()
        .await;
    let browser = app.browser();
    let page = browser.reaches("push", "push").await;
    // Longer than two intervals, after which a poller that died is taken for dead.
    slow_down(&app, 3_500);
    let (mut one, mut two) = (browser.waits(&page).await, browser.waits(&page).await);
    wait_for_call(&app).await;
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    assert_eq!(one.next().await, "approved");
    assert_eq!(two.next().await, "approved");
    assert_eq!(app.grants("oob"), 1);
}

#[tokio::test]
async fn sec_219_a_refresh_that_comes_too_late_ends_nothing() {
    for mode in [RefreshMode::Rotate, RefreshMode::Static] {
        let app = TestApp::builder().standing_still().spawn().await;
        app.okta().set_switch(|switches| switches.refresh = mode);
        // Long enough for the other call to be answered first, on a busy machine too.
        let (browser, page) = asking(&app, 7_000).await;
        // The first caller's time is over; another asks, and is answered at once.
        app.advance(secs(16));
        page.await.unwrap();
        browser.gets("/account").await.expect(200);
        assert!(refreshes(&app, "ok").await, "{mode:?}");
        // The late answer brings an access token that is revoked.
        app.revoked(1).await;
        assert_eq!(app.grants("refresh_token"), 2, "{mode:?}");
        let requests = app.okta().requests();
        let revocation = requests.iter().rfind(|asked| asked.endpoint == Endpoint::Revoke);
        assert_eq!(revocation.unwrap().form["token_type_hint"], "access_token");
        for _ in 0..2 {
            app.advance(secs(EVERY));
            browser.gets("/account").await.expect(200);
        }
        assert_eq!(browser.session().await["active"], true, "{mode:?}");
        browser.signs_out().await;
        app.revoked(2).await;
    }
}
