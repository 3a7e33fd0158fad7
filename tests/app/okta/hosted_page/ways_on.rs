//! Links to Okta's hosted page from pages that say what direct authentication cannot do.

use crate::support::{HOSTED, OktaPage, PASSWORD, TestApp, back};

/// The key that Okta's page shows is added to the phone.
async fn adds_an_authenticator(app: &TestApp, okta: &OktaPage, login: &str) -> String {
    okta.shows().await.says("authenticator");
    let otp = app.phone(login).otp().unwrap();
    back(&okta.presses("verify", &[("otp", &otp)]).await)
}

#[tokio::test]
async fn an_expired_password_is_replaced_at_oktas_page_and_leads_on_signed_in() {
    let app = TestApp::hosted().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(Some("/account")).await;
    let trouble = browser.submits_password(&form, "expired", PASSWORD).await;
    trouble
        .expect(403)
        .is_headed("Your password has expired")
        .says("It brings you back signed in.");
    let okta = browser.leaves_for_okta(&trouble).await;
    assert_eq!(okta.shows().await.value("username"), "expired@example.com");
    okta.takes_password("expired").await;
    let new = [("new_password", "a better one"), ("confirm_password", "a better one")];
    okta.presses("new-password", &new).await;
    okta.presses("choose", &[("factor", "email")]).await;
    let sent = app.phone("expired").emails()[0].code.clone();
    let to = back(&okta.presses("verify", &[("binding_code", &sent)]).await);
    browser.gets(&to).await.leads_to(&format!("{}/account", app.base()));
    browser.gets("/account").await.says("expired@example.com");
}

#[tokio::test]
async fn whoever_lacks_a_second_factor_adds_one_at_oktas_page_and_is_signed_in() {
    let app = TestApp::hosted().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(Some("/account")).await;
    let trouble = browser.submits_password(&form, "unenrolled", PASSWORD).await;
    trouble.is_headed("There is no way yet to confirm it’s you");
    let okta = browser.leaves_for_okta(&trouble).await;
    okta.takes_password("unenrolled").await;
    let to = adds_an_authenticator(&app, &okta, "unenrolled").await;
    browser.gets(&to).await.leads_to(&format!("{}/account", app.base()));
    assert_eq!(browser.session().await["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
}

#[tokio::test]
async fn a_policy_refusal_and_the_choice_of_factors_offer_oktas_page_too() {
    let app = TestApp::hosted().await;
    let browser = app.browser();
    let refused = browser.begins("denied").await;
    refused.is_headed("You can’t sign in to Acme Portal from here");
    assert!(refused.link(HOSTED).is_some());

    let ways = browser.follows(&browser.begins("all").await).await;
    let okta = browser
        .leaves_for_okta(ways.is_headed("How do you want to confirm it’s you?"))
        .await;
    // A customer who gives up there finds the choice unchanged.
    let back = browser.gets(&back(&okta.presses("cancel", &[]).await)).await;
    let told = browser.follows(&back).await;
    let choice = browser.gets(&told.link("Try again").unwrap()).await;
    choice.is_headed("How do you want to confirm it’s you?");
    assert_eq!(choice.ways(), ways.ways());
}
