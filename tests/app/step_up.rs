//! Signed in, but this place asks for more.

use okta_sim::Endpoint;

use crate::support::{PASSWORD, SESSION, TestApp, secs};

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
    // Signed in with one factor only, in another browser.
    let plain = app.browser();
    plain.begins("password").await.leads_to(app.base());
    let before = plain.cookie(SESSION).unwrap();
    let form = plain.gets("/sign-in?max_age=0&return_to=/account").await;
    form.expect(200).says("One more check");
    assert_eq!(form.value("username"), "password@example.com");
    assert_eq!(
        plain.cookie(SESSION).unwrap(),
        before,
        "abandoned, it stays"
    );
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
    // Any one factor is enough here, so the password alone signs in.
    let app = TestApp::builder().client("portico-optional").spawn().await;
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
    assert_eq!(
        replay.session().await["active"],
        false,
        "the old id is dead"
    );
    // Each call of the flow asked for the same.
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
async fn who_is_proved_well_enough_goes_straight_on() {
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
    browser
        .gets(&to(&format!("acr_values={TWO}")))
        .await
        .expect(200);
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
    let code = browser
        .follows(&browser.chooses(&ways, "email").await)
        .await;
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
    // With the right account it goes on.
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
    let down = okta_sim::Fault::new(Endpoint::Token, okta_sim::FaultKind::Maintenance);
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
