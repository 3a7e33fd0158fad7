//! Back and Reload at every step lead on, and never to an error (SEC-141).

use crate::customer::{CHOICES, Customer, PASSWORD};

const LOGIN: &str = "otp@example.com";

#[tokio::test]
async fn reload_at_each_step_stays_at_the_step() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    customer.opens_sign_in().await;
    customer.reloads().await;
    customer.sees("Sign in").await;
    customer.gives_password(LOGIN).await;
    customer.sees(CHOICES).await;
    customer.reloads().await;
    customer.chooses("otp").await;
    customer.sees("Enter the code").await;
    customer.reloads().await;
    customer.enters_otp("otp").await;
    customer.is_at_the_destination().await;
    customer.leaves().await;
}

#[tokio::test]
async fn back_at_each_step_leads_on() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    customer.gives_password(LOGIN).await;
    customer.chooses("otp").await;
    customer.sees("Enter the code").await;
    customer.goes_back().await;
    customer.sees(CHOICES).await;
    customer.goes_back().await;
    customer.tries_password(LOGIN, PASSWORD).await;
    customer.chooses("otp").await;
    customer.enters_otp("otp").await;
    customer.is_at_the_destination().await;
    customer.leaves().await;
}

#[tokio::test]
async fn back_to_the_choices_and_another_choice_lead_on() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    customer.gives_password("all@example.com").await;
    customer.chooses("sms").await;
    customer.sees("Enter the code").await;
    customer.goes_back().await;
    customer.chooses("otp").await;
    customer.enters_otp("all").await;
    customer.is_at_the_destination().await;
    customer.leaves().await;
}

#[tokio::test]
async fn back_after_success_leads_to_the_destination() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    customer.gives_password(LOGIN).await;
    customer.chooses("otp").await;
    customer.enters_otp("otp").await;
    customer.is_at_the_destination().await;
    for _ in 0..3 {
        customer.goes_back().await;
        customer.is_at_the_destination().await;
    }
    customer.leaves().await;
}

#[tokio::test]
async fn reload_and_back_while_a_push_waits_lose_nothing() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    customer.gives_password("number@example.com").await;
    customer.chooses("push").await;
    let number = customer.reads_number().await;
    customer.reloads().await;
    assert_eq!(customer.reads_number().await, number);
    customer.goes_back().await;
    customer.sees(CHOICES).await;
    customer.browser.driver.forward().await.unwrap();
    assert_eq!(customer.reads_number().await, number);
    let prompt = customer.world.prompt("number").await;
    let phone = customer.world.phone("number");
    phone.tap(&prompt.id, &number).unwrap();
    customer.is_at_the_destination().await;
    assert_eq!(phone.prompts().len(), 1);
    customer.leaves().await;
}

#[tokio::test]
async fn reload_after_a_wrong_password_leads_on() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    customer.opens_sign_in().await;
    customer
        .tries_password("password@example.com", "not the password")
        .await;
    let problem = customer.reads_problem().await;
    assert_eq!(problem, "That name and password don’t match");
    let name = customer.finds("input[name=username]").await;
    let kept = name.prop("value").await.unwrap();
    assert_eq!(kept.as_deref(), Some("password@example.com"));
    // Nobody asks here whether to send the form again; a person would have said yes.
    customer.reloads().await;
    customer
        .tries_password("password@example.com", PASSWORD)
        .await;
    customer.is_at_the_destination().await;
    customer.leaves_after(&[403]).await;
}
