//! Signing in without a mouse: everything is reached by Tab, shows where the focus is, and takes Enter.

use crate::customer::{CHOICES, Customer, PASSWORD};

const NAME_HAS_FOCUS: &str = "return document.activeElement.name === 'username'";
const CODE_HAS_FOCUS: &str = "return document.activeElement.name === 'code'";
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
    customer.is_at_the_destination().await;
    customer.leaves().await;
}

#[tokio::test]
async fn a_password_and_a_code() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    types_name_and_password(&customer, "otp@example.com").await;
    picks(&customer, "otp").await;
    customer
        .waits_until("the code's focus", CODE_HAS_FOCUS)
        .await;
    let code = customer.world.phone("otp").otp().unwrap();
    types_and_enters(&customer, &code).await;
    customer.is_at_the_destination().await;
    customer.leaves().await;
}

#[tokio::test]
async fn what_went_wrong_takes_the_focus_and_leads_to_its_field() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    customer.opens_sign_in().await;
    customer
        .waits_until("the name's focus", NAME_HAS_FOCUS)
        .await;
    customer.presses_enter().await;
    customer
        .waits_until("the summary's focus", SUMMARY_HAS_FOCUS)
        .await;
    assert_eq!(
        customer.browser.driver.title().await.unwrap(),
        "Error: Sign in – Acme Portal"
    );
    customer.tabs_to(".summary a").await;
    customer.presses_enter().await;
    customer
        .waits_until("the name's focus", NAME_HAS_FOCUS)
        .await;
    customer.keys("otp@example.com").await;
    customer.tabs_to("input[name=password]").await;
    types_and_enters(&customer, PASSWORD).await;
    picks(&customer, "otp").await;
    customer
        .waits_until("the code's focus", CODE_HAS_FOCUS)
        .await;
    types_and_enters(&customer, "000000").await;
    customer
        .waits_until("the summary's focus", SUMMARY_HAS_FOCUS)
        .await;
    assert_eq!(customer.reads_problem().await, "That code didn’t work");
    customer.tabs_to("input[name=code]").await;
    customer.leaves_after(&[403, 422]).await;
}

async fn types_name_and_password(customer: &Customer, login: &str) {
    customer.opens_sign_in().await;
    customer
        .waits_until("the name's focus", NAME_HAS_FOCUS)
        .await;
    customer.keys(login).await;
    customer.tabs_to("input[name=password]").await;
    types_and_enters(customer, PASSWORD).await;
}

async fn picks(customer: &Customer, way: &str) {
    customer.sees(CHOICES).await;
    customer
        .tabs_to(&format!("button[name=factor][value={way}]"))
        .await;
    customer.presses_enter().await;
}

async fn types_and_enters(customer: &Customer, text: &str) {
    customer.keys(text).await;
    customer.presses_enter().await;
}
