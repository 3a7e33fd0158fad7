//! The browser is signed in, and the portal asks for more assurance.

use okta_sim::{Endpoint, Fault, FaultKind};

use crate::support::{Browser, Events, PASSWORD, Page, SESSION, TestApp, client, for_a_while, metric, secs};

const TWO: &str = "urn:okta:loa:2fa:any";

#[tokio::test]
async fn sec_207_more_assurance_raises_the_session_under_a_new_id() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    browser.begins("otp").await;
    let form = browser
        .gets(&format!("/sign-in?acr_values={TWO}&return_to=/account"))
        .await;
    let ways = browser.submits_password(&form, "otp", PASSWORD).await;
    let code = browser
        .follows(&browser.chooses(&browser.follows(&ways).await, "otp").await)
        .await;
    browser
        .enters_code(&code, &app.phone("otp").otp().unwrap())
        .await
        .leads_to(&format!("{}/account", app.base()));
    let first = browser.cookie(SESSION).unwrap();
    // Signed in with one factor, in another browser.
    let plain = app.browser();
    plain.begins("password").await.leads_to(app.base());
    let before = plain.cookie(SESSION).unwrap();
    let form = plain.gets("/sign-in?max_age=0&return_to=/account").await;
    form.expect(200).says("One more check");
    assert_eq!(form.value("username"), "password@example.com");
    assert_eq!(plain.cookie(SESSION).unwrap(), before, "abandoned, it stays");
    assert_eq!(plain.session().await["active"], true);
    plain
        .submits_password(&form, "password", PASSWORD)
        .await
        .leads_to(&format!("{}/account", app.base()));
    let raised = plain.cookie(SESSION).unwrap();
    assert_ne!(raised, before);
    plain.plants_cookie(SESSION, &before);
    assert_eq!(plain.session().await["active"], false, "the old id is dead");
    assert_ne!(first, raised);
}

#[tokio::test]
async fn sec_207_a_session_of_one_factor_is_raised_to_two_by_acr_values() {
    // Any one factor is enough here, so the password alone signs in. The session is compared as a whole, and a use
    // moves its idle limit: the clock must stand still.
    let app = TestApp::builder()
        .client("portico-optional")
        .standing_still()
        .spawn()
        .await;
    let browser = app.browser();
    browser.begins("otp").await.leads_to(app.base());
    let before = browser.cookie(SESSION).unwrap();
    let plain = browser.session().await;
    assert_ne!(plain["acr"], TWO);
    assert_eq!(plain["amr"], serde_json::json!(["pwd"]));
    let form = browser
        .gets(&format!("/sign-in?acr_values={TWO}&return_to=/account"))
        .await;
    form.expect(200).says("One more check");
    assert_eq!(form.value("username"), "otp@example.com");
    let answer = browser.submits_password(&form, "otp", PASSWORD).await;
    let ways = browser.follows(answer.leads_to("/sign-in/factor")).await;
    // Half a proof raises nothing.
    assert_eq!(browser.session().await, plain);
    let code = browser.follows(&browser.chooses(&ways, "otp").await).await;
    browser
        .enters_code(&code, &app.phone("otp").otp().unwrap())
        .await
        .leads_to(&format!("{}/account", app.base()));
    let raised = browser.session().await;
    assert_eq!(raised["acr"], TWO);
    assert_eq!(raised["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
    assert_eq!(raised["sub"], plain["sub"]);
    assert_ne!(browser.cookie(SESSION).unwrap(), before);
    let replay = app.browser();
    replay.plants_cookie(SESSION, &before);
    assert_eq!(replay.session().await["active"], false, "the old id is dead");
    // Each call asked for the same assurance.
    let calls = app.okta().requests();
    let asked = calls
        .iter()
        .filter_map(|call| call.form.get("acr_values"))
        .filter(|acr| *acr == TWO);
    assert_eq!(asked.count(), 2);
    browser
        .gets(&format!("/sign-in?acr_values={TWO}&return_to=/account"))
        .await
        .leads_to(&format!("{}/account", app.base()));
}

#[tokio::test]
async fn sufficient_assurance_leads_straight_to_the_destination() {
    let app = TestApp::builder().standing_still().spawn().await;
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    let to = |query: &str| format!("/sign-in?{query}&return_to=/account");
    browser
        .gets(&to("max_age=300"))
        .await
        .leads_to(&format!("{}/account", app.base()));
    app.advance(secs(301));
    browser.gets(&to("max_age=300")).await.expect(200);
    browser.gets(&to(&format!("acr_values={TWO}"))).await.expect(200);
    browser.gets(&to("max_age=-1")).await.expect(400);
    browser.gets(&to("max_age=soon")).await.expect(400);
}

#[tokio::test]
async fn sec_207_somebody_else_raises_nobodys_session() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    let before = browser.cookie(SESSION).unwrap();
    let form = browser.gets("/sign-in?max_age=0").await;
    let revoked = app.asked(Endpoint::Revoke);
    let answer = browser.submits_password(&form, "email", PASSWORD).await;
    let ways = browser.follows(&answer).await;
    let code = browser.follows(&browser.chooses(&ways, "email").await).await;
    let sent = app.phone("email").emails();
    let digits = sent.first().unwrap().code.clone();
    let refused = browser.enters_code(&code, &digits).await;
    let form = if refused.status == 303 {
        browser.follows(&refused).await
    } else {
        refused
    };
    form.says("That’s a different account");
    assert_eq!(browser.cookie(SESSION).unwrap(), before);
    let session = browser.session().await;
    assert_eq!(session["email"], "password@example.com");
    app.revoked(revoked + 1).await;
    // The right account goes on.
    browser
        .submits_password(&form, "password", PASSWORD)
        .await
        .leads_to(app.base());
    assert_ne!(browser.cookie(SESSION).unwrap(), before);
}

#[tokio::test]
async fn sec_420_trouble_on_the_way_leaves_the_session_as_it_was() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    let before = browser.cookie(SESSION).unwrap();
    let form = browser.gets("/sign-in?max_age=0").await;
    let down = Fault::new(Endpoint::Token, FaultKind::Maintenance);
    app.okta().faults().push(down);
    let page = browser.submits_password(&form, "password", PASSWORD).await;
    page.expect(503);
    assert_eq!(browser.session().await["active"], true);
    browser
        .submits_password(&page, "password", "not this one")
        .await
        .expect(403);
    assert_eq!(browser.cookie(SESSION).unwrap(), before);
    assert_eq!(browser.session().await["active"], true);
}

/// A browser that is signed in, raises its session, and waits for the phone.
async fn raising(app: &TestApp) -> (Browser, Page, Events) {
    let browser = app.browser();
    let page = browser.reaches("push", "push").await;
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    let signed_in = browser.says_approved(&page).await;
    signed_in.leads_to(app.base());
    let form = browser.gets("/sign-in?max_age=0&return_to=/account").await;
    form.expect(200).says("One more check");
    let ways = browser.submits_password(&form, "push", PASSWORD).await;
    let ways = browser.follows(ways.leads_to("/sign-in/factor")).await;
    let page = browser.follows(&browser.chooses(&ways, "push").await).await;
    let events = browser.waits(&page).await;
    (browser, page, events)
}

#[tokio::test]
async fn sec_210_a_wait_that_would_raise_a_session_ends_with_the_session() {
    let app = TestApp::spawn().await;
    let (browser, page, mut events) = raising(&app).await;
    let asked = app.now();
    let ends = client().delete(app.private("/admin/sessions?everyone=true"));
    let ended: serde_json::Value = ends.send().await.unwrap().json().await.unwrap();
    assert_eq!(ended["ended"], 1);
    assert_eq!(events.next().await, "retry");
    assert!(events.has_ended().await);
    let took = app.now().duration_since(asked);
    assert!(took < jiff::SignedDuration::from_secs(1), "{took}");
    assert_eq!(browser.session().await["active"], false);
    // The attempt goes on as an ordinary sign-in, which has no session that could end.
    let next = browser.gets(&page.attribute("data-next").unwrap()).await;
    let mut events = browser.waits(&next).await;
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    assert_eq!(events.next().await, "approved");
}

#[tokio::test]
async fn sec_204_a_wait_that_would_raise_a_session_ends_when_its_time_is_over() {
    let app = TestApp::builder()
        .set("session.idle", "1m")
        .okta(|okta| okta.switches.oob_expires_in_s = 300)
        .spawn()
        .await;
    let (browser, _, mut events) = raising(&app).await;
    app.advance(secs(61));
    assert_eq!(events.next().await, "retry");
    assert_eq!(browser.session().await["active"], false);
}

#[tokio::test]
async fn a_renewal_does_not_interrupt_a_waiting_page() {
    let app = TestApp::builder().set("session.revalidate", "1m").spawn().await;
    let (browser, _, mut events) = raising(&app).await;
    let refreshes = app.grants("refresh_token");
    app.advance(secs(61));
    browser.gets("/account").await.expect(200);
    assert!(app.grants("refresh_token") > refreshes, "it was renewed");
    app.phone("push").deny(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    assert_eq!(events.next().await, "denied");
    assert_eq!(browser.session().await["active"], true);
}

#[tokio::test]
async fn a_paused_renewal_does_not_make_a_waiting_page_poll_the_store() {
    let app = TestApp::builder().set("session.revalidate", "1m").spawn().await;
    let (browser, _, mut events) = raising(&app).await;
    // One for the poll of the push, one for the renewal.
    let fault = Fault::new(Endpoint::Token, FaultKind::ServerError);
    app.okta().faults().push(fault.times(2));
    app.advance(secs(61));
    browser.gets("/account").await.expect(200);
    let count = async |series| metric(&app.metrics().await, series);
    let unanswered = r#"portico_token_refresh_total{result="unanswered"}"#;
    assert_eq!(count(unanswered).await, 1);
    let looks = r#"portico_store_operations_total{op="session",result="ok"}"#;
    let before = count(looks).await;
    for_a_while(secs(2), async || {}).await;
    let more = count(looks).await - before;
    assert!(more <= 10, "{more} looks");
    app.phone("push").deny(&app.prompt("push").id).unwrap();
    app.advance(secs(10));
    assert_eq!(events.next().await, "denied");
}
