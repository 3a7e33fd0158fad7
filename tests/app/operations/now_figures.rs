//! Figures and bounds of what is there now: what has ended counts for nothing, though it is remembered for an hour.

use crate::support::{Browser, Page, TestApp, eventually, metric, mins, secs};

/// Of the first replica: each of them says the same of a store that they share.
async fn figure(app: &TestApp, name: &str) -> u64 {
    metric(&app.ops("/metrics").await.1, name)
}

async fn in_progress(app: &TestApp) -> u64 {
    figure(app, "portico_transactions_active").await
}

async fn counts_what_is_in_progress(app: TestApp) {
    assert_eq!(in_progress(&app).await, 0);
    let at_the_code = app.browser();
    let code = at_the_code.reaches("otp", "otp").await;
    assert_eq!(in_progress(&app).await, 1);
    // Each leaves behind a finished attempt, and one at the address where it began.
    for _ in 0..5 {
        app.browser().begins("password").await.leads_to(app.base());
    }
    assert_eq!(in_progress(&app).await, 1);
    assert_eq!(figure(&app, "portico_sessions_active").await, 5);
    for number in 0..20 {
        let stranger = app.browser();
        let form = stranger.opens_sign_in(None).await;
        let name = format!("nobody-{number}");
        stranger.submits_password(&form, &name, "wrong").await.expect(403);
    }
    assert_eq!(in_progress(&app).await, 21, "their forms are open");
    let otp = app.phone("otp").otp().unwrap();
    at_the_code.enters_code(&code, &otp).await.leads_to(app.base());
    assert_eq!(in_progress(&app).await, 20);
    app.advance(mins(10));
    assert_eq!(in_progress(&app).await, 0, "their time is over");
}

/// On disk, or in Redis in the other pass of these tests.
#[tokio::test]
async fn a_sign_in_is_counted_until_it_ends_and_no_longer() {
    counts_what_is_in_progress(TestApp::spawn().await).await;
}

#[tokio::test]
async fn a_sign_in_in_memory_is_counted_until_it_ends_and_no_longer() {
    let alone = [("store.kind", "memory"), ("store.path", "/nowhere")];
    counts_what_is_in_progress(TestApp::builder().set_all(&alone).spawn().await).await;
}

/// A browser of this network that is at the page for a code, after a right password.
async fn at_the_code(app: &TestApp, address: &str) -> (Browser, Page) {
    let browser = app.browser().with_header("x-forwarded-for", address);
    let code = browser.reaches("otp", "otp").await;
    (browser, code)
}

#[tokio::test]
async fn sec_113_sign_ins_that_ended_take_no_room_from_one_in_progress() {
    // The fewest that can be set.
    let app = TestApp::builder()
        .standing_still()
        .set("store.max_attempts", "100")
        .set("session.max_per_user", "1000")
        .set("limits.trusted_proxies", "127.0.0.0/8")
        .spawn()
        .await;
    let (browser, code) = at_the_code(&app, "192.0.2.7").await;
    // A busy few minutes of people from everywhere, whom nothing keeps apart from the one who is still at the code.
    for round in 0..3 {
        for number in 0..40 {
            let address = format!("198.51.{number}.{round}");
            let customer = app.browser().with_header("x-forwarded-for", &address);
            customer.begins("password").await.leads_to(app.base());
        }
        app.advance(secs(31));
        eventually("the sweep", async || in_progress(&app).await == 1).await;
    }
    assert_eq!(figure(&app, "portico_transactions_limit").await, 100);
    let otp = app.phone("otp").otp().unwrap();
    browser.enters_code(&code, &otp).await.leads_to(app.base());
}
