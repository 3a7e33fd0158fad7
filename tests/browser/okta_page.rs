//! Signing in via Okta's hosted page, in a browser that follows redirects and enforces Content Security Policies.

use crate::customer::{Customer, PASSWORD};

const LOGIN: &str = "password@example.com";
const BUTTON: &str = "Use Okta’s sign-in page";
const OFFERED: [(&str, &str); 1] = [("SIGN_IN__OKTA_HOSTED", "true")];

/// From the button to the destination, out again with Okta's session, and in again, where Okta asks for the password.
async fn comes_and_goes(customer: &Customer) {
    customer.opens_sign_in().await;
    customer.moves_on(customer.presses(BUTTON)).await;
    gives_password_at_okta(customer, LOGIN).await;
    customer.waits_for_destination().await;

    customer.opens("/account").await;
    customer.sees("You’re signed in").await;
    let facts = customer.reads("main").await;
    assert!(
        facts.contains(LOGIN) && facts.contains("Okta’s sign-in page"),
        "{facts}"
    );
    customer.moves_on(customer.presses("Sign out")).await;
    customer.sees("Sign out?").await;
    customer.presses("Sign out").await;
    customer.sees("You’re signed out").await;
    let outcome = customer.reads(".outcomes").await;
    assert!(
        outcome.contains("Your Okta session in this browser has ended too."),
        "{outcome}"
    );

    customer.opens_sign_in().await;
    customer.moves_on(customer.presses(BUTTON)).await;
    customer.sees("Sign in").await;
    assert_eq!(customer.reads("main p").await, "to continue to portico-demo");
    gives_password_at_okta(customer, LOGIN).await;
    customer.waits_for_destination().await;
}

async fn gives_password_at_okta(customer: &Customer, login: &str) {
    customer
        .reads_until("main p", |text| text.contains("portico-demo"))
        .await;
    customer.tries_password(login, PASSWORD).await;
}

#[tokio::test]
async fn the_button_leads_to_okta_and_back_and_out_of_both() {
    let Some(customer) = Customer::arrives_to(&OFFERED).await else {
        return;
    };
    comes_and_goes(&customer).await;
    customer.leaves_from_okta(&[]).await;
}

#[tokio::test]
async fn the_same_without_script() {
    let Some(customer) = Customer::arrives_to(&OFFERED).await else {
        return;
    };
    customer.switches_script_off().await;
    comes_and_goes(&customer).await;
    customer.leaves_from_okta(&[]).await;
}

#[tokio::test]
async fn an_expired_password_is_replaced_there_and_leads_on_signed_in() {
    let Some(customer) = Customer::arrives_to(&OFFERED).await else {
        return;
    };
    customer.gives_password("expired@example.com").await;
    customer.sees("Your password has expired").await;
    customer.moves_on(customer.presses(BUTTON)).await;
    gives_password_at_okta(&customer, "expired@example.com").await;
    customer.sees("Your password has expired").await;
    customer.types("new_password", "a better password").await;
    customer.types("confirm_password", "a better password").await;
    customer.moves_on(customer.presses("Change password")).await;
    customer.moves_on(customer.presses("Receive a code by email")).await;
    let code = customer.world.phone("expired").emails()[0].code.clone();
    customer.types("binding_code", &code).await;
    customer.presses("Verify").await;
    customer.waits_for_destination().await;
    customer.leaves_from_okta(&[403]).await;
}

#[tokio::test]
async fn a_missing_second_factor_is_added_there_and_leads_on_signed_in() {
    let Some(customer) = Customer::arrives_to(&OFFERED).await else {
        return;
    };
    customer.gives_password("unenrolled@example.com").await;
    customer.sees("There is no way yet to confirm it’s you").await;
    customer.moves_on(customer.presses(BUTTON)).await;
    gives_password_at_okta(&customer, "unenrolled@example.com").await;
    customer.sees("Set up an authenticator app").await;
    let otp = customer.world.phone("unenrolled").otp().unwrap();
    customer.types("otp", &otp).await;
    customer.presses("Verify").await;
    customer.waits_for_destination().await;
    customer.leaves_from_okta(&[403]).await;
}

#[tokio::test]
async fn cancel_and_back_lead_from_oktas_page_to_the_form_and_on_again() {
    let Some(customer) = Customer::arrives_to(&OFFERED).await else {
        return;
    };
    customer.opens_sign_in().await;
    customer.moves_on(customer.presses(BUTTON)).await;
    customer
        .reads_until("main p", |text| text.contains("portico-demo"))
        .await;
    customer.moves_on(customer.presses("Cancel")).await;
    customer.sees("Okta sent you back without signing you in").await;
    customer.moves_on(customer.presses("Try again")).await;
    customer.moves_on(customer.presses(BUTTON)).await;
    customer.moves_on(customer.goes_back()).await;
    customer
        .reads_until("main", |text| text.contains("to continue to Acme Portal"))
        .await;
    customer.moves_on(customer.presses(BUTTON)).await;
    gives_password_at_okta(&customer, LOGIN).await;
    customer.waits_for_destination().await;
    customer.leaves_from_okta(&[]).await;
}
