//! Back and Reload at every step lead on, and never to an error (SEC-141).

use std::time::Duration;

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
    customer.waits_for_destination().await;
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
    customer.waits_for_destination().await;
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
    customer.waits_for_destination().await;
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
    customer.waits_for_destination().await;
    for _ in 0..3 {
        customer.goes_back().await;
        customer.waits_for_destination().await;
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
    customer.waits_for_destination().await;
    assert_eq!(phone.prompts().len(), 1);
    customer.leaves().await;
}

/// A page left open until the attempt is forgotten leads back to the form, and from there to where the customer was
/// going: the page has kept it.
#[tokio::test]
async fn an_attempt_that_ran_out_leads_on() {
    for has_script in [true, false] {
        let Some(customer) = Customer::arrives().await else {
            return;
        };
        if !has_script {
            customer.switches_script_off().await;
        }
        customer.gives_password(LOGIN).await;
        customer.chooses("otp").await;
        customer.sees("Enter the code").await;
        customer.world.advance(Duration::from_hours(2));
        customer.enters_otp("otp").await;
        let notice = customer.reads(".notice").await;
        assert!(notice.starts_with("Let’s start again"), "{notice}");
        assert!(notice.contains("You will still go to "), "{notice}");
        customer.tries_password(LOGIN, PASSWORD).await;
        customer.chooses("otp").await;
        customer.enters_otp("otp").await;
        customer.waits_for_destination().await;
        customer.leaves_after(&[403]).await;
    }
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
    let kept = customer.reads_property("input[name=username]", "value").await;
    assert_eq!(kept, "password@example.com");
    // Here no dialog asks whether to send the form again; a customer would confirm it.
    customer.reloads().await;
    customer.tries_password("password@example.com", PASSWORD).await;
    customer.waits_for_destination().await;
    customer.leaves_after(&[403]).await;
}
