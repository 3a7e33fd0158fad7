//! Signing in without a mouse: everything is reached by Tab, shows where the focus is, and takes Enter.

use crate::authenticator::{Verification, plugs_in};
use crate::customer::{CHOICES, Customer, PASSWORD};

const NAME_HAS_FOCUS: &str = "return document.activeElement.name === 'username'";
const CODE_HAS_FOCUS: &str = "return document.activeElement.name === 'code'";
const RESEND: &str = "form.resend button";
const SUMMARY_HAS_FOCUS: &str = "return document.activeElement.matches('.summary')";

#[tokio::test]
async fn a_password_and_a_push() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    types_name_and_password(&customer, "push@example.com").await;
    picks(&customer, "push").await;
    customer.sees("Check your phone").await;
    customer.tabs_to("main a.button").await;
    let prompt = customer.world.prompt("push").await;
    customer.world.phone("push").approve(&prompt.id).unwrap();
    customer.waits_for_destination().await;
    customer.leaves().await;
}

#[tokio::test]
async fn a_password_and_a_code() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    types_name_and_password(&customer, "otp@example.com").await;
    picks(&customer, "otp").await;
    customer.waits_until("the code's focus", CODE_HAS_FOCUS).await;
    let code = customer.world.phone("otp").otp().unwrap();
    types_and_enters(&customer, &code).await;
    customer.waits_for_destination().await;
    customer.leaves().await;
}

#[tokio::test]
async fn a_name_and_a_code_without_a_password() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    types_name(&customer, "passwordless@example.com").await;
    customer.tabs_to("form#sign-in button[formaction]").await;
    customer.presses_enter().await;
    picks(&customer, "otp").await;
    customer.waits_until("the code's focus", CODE_HAS_FOCUS).await;
    let code = customer.world.phone("passwordless").otp().unwrap();
    types_and_enters(&customer, &code).await;
    customer.waits_for_destination().await;
    customer.leaves().await;
}

#[tokio::test]
async fn a_password_and_a_passkey() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    plugs_in(&customer, "all@example.com", Verification::Passes).await;
    types_name_and_password(&customer, "all@example.com").await;
    picks(&customer, "passkey").await;
    customer.sees("Use your passkey").await;
    customer.tabs_to("form[data-enhance=passkey] button").await;
    customer.presses_enter().await;
    customer.waits_for_destination().await;
    customer.leaves().await;
}

#[tokio::test]
async fn a_new_code_as_soon_as_there_may_be_one() {
    let Some(customer) = Customer::arrives_to(&[("LIMITS__SEND_COOLDOWN", "2s")]).await else {
        return;
    };
    types_name_and_password(&customer, "phone@example.com").await;
    picks(&customer, "sms").await;
    customer.reads_until(RESEND, |text| text == "Send a new code").await;
    customer.tabs_to(RESEND).await;
    customer.presses_enter().await;
    let resent = "A new code is on its way. Older ones no longer work.";
    customer.reads_until(".notice", |text| text == resent).await;
    customer.waits_until("the code's focus", CODE_HAS_FOCUS).await;
    let texts = customer.world.phone("phone").texts();
    assert_eq!(texts.len(), 2);
    types_and_enters(&customer, &texts[0].code).await;
    customer.waits_for_destination().await;
    customer.leaves().await;
}

/// A disabled button is reached too, says why, and takes Enter without doing anything.
#[tokio::test]
async fn a_disabled_button_is_no_keyboard_trap() {
    let Some(customer) = Customer::arrives_to(&[("LIMITS__SEND_COOLDOWN", "1m")]).await else {
        return;
    };
    types_name_and_password(&customer, "phone@example.com").await;
    picks(&customer, "sms").await;
    customer.waits_until("the code's focus", CODE_HAS_FOCUS).await;
    customer.tabs_to(RESEND).await;
    customer.presses_enter().await;
    customer.tabs_to("main a.button").await;
    customer.presses_enter().await;
    customer.sees(CHOICES).await;
    assert_eq!(customer.world.phone("phone").texts().len(), 1);
    customer.leaves().await;
}

#[tokio::test]
async fn signing_out() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    types_name_and_password(&customer, "password@example.com").await;
    customer.waits_for_destination().await;
    customer.opens("/account").await;
    customer.sees("You’re signed in").await;
    customer.tabs_to("main a[href$='/sign-out']").await;
    customer.presses_enter().await;
    customer.sees("Sign out?").await;
    customer.tabs_to("form[action$='/sign-out'] button").await;
    customer.presses_enter().await;
    customer.sees("You’re signed out").await;
    customer.tabs_to("main a.button").await;
    customer.presses_enter().await;
    customer.sees("Sign in").await;
    customer.leaves().await;
}

#[tokio::test]
async fn what_went_wrong_takes_the_focus_and_leads_to_its_field() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    customer.opens_sign_in().await;
    customer.waits_until("the name's focus", NAME_HAS_FOCUS).await;
    customer.presses_enter().await;
    customer.waits_until("the summary's focus", SUMMARY_HAS_FOCUS).await;
    assert_eq!(
        customer.browser.driver.title().await.unwrap(),
        "Error: Sign in – Acme Portal"
    );
    customer.tabs_to(".summary a").await;
    customer.presses_enter().await;
    customer.waits_until("the name's focus", NAME_HAS_FOCUS).await;
    customer.keys("otp@example.com").await;
    customer.tabs_to("input[name=password]").await;
    types_and_enters(&customer, PASSWORD).await;
    picks(&customer, "otp").await;
    customer.waits_until("the code's focus", CODE_HAS_FOCUS).await;
    types_and_enters(&customer, "000000").await;
    customer.waits_until("the summary's focus", SUMMARY_HAS_FOCUS).await;
    assert_eq!(customer.reads_problem().await, "That code didn’t work");
    customer.tabs_to("input[name=code]").await;
    customer.leaves_after(&[403, 422]).await;
}

async fn types_name_and_password(customer: &Customer, login: &str) {
    types_name(customer, login).await;
    customer.tabs_to("input[name=password]").await;
    types_and_enters(customer, PASSWORD).await;
}

async fn types_name(customer: &Customer, login: &str) {
    customer.opens_sign_in().await;
    customer.waits_until("the name's focus", NAME_HAS_FOCUS).await;
    customer.keys(login).await;
}

async fn picks(customer: &Customer, way: &str) {
    customer.sees(CHOICES).await;
    customer.tabs_to(&format!("button[name=factor][value={way}]")).await;
    customer.presses_enter().await;
}

async fn types_and_enters(customer: &Customer, text: &str) {
    customer.keys(text).await;
    customer.presses_enter().await;
}
