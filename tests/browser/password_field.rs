//! What script adds to the first form: showing the password, the warning about caps lock, and sending once.

use okta_sim::{Endpoint, Fault, FaultKind};

use crate::console;
use crate::customer::{CHOICES, Customer, PASSWORD};

#[tokio::test]
async fn a_password_is_shown_on_demand_and_never_sent_shown() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    customer.opens_sign_in().await;
    customer.types("username", "password@example.com").await;
    customer.types("password", PASSWORD).await;
    assert_eq!(field_and_button(&customer).await, ["password", "Show", "Show password"]);
    customer.presses("Show").await;
    assert_eq!(field_and_button(&customer).await, ["text", "Hide", "Hide password"]);
    let state = "return document.getElementById('password-state').textContent";
    assert_eq!(customer.evaluates(state, &[]).await, "Your password is visible");
    customer.presses("Hide").await;
    assert_eq!(field_and_button(&customer).await, ["password", "Show", "Show password"]);
    assert_eq!(customer.evaluates(state, &[]).await, "Your password is hidden");
    customer.presses("Show").await;
    // Runs after the page's own listeners: what a password manager would see at that moment.
    let watch = "document.forms['sign-in'].addEventListener('submit', () =>
                     sessionStorage.setItem('sent-as', document.getElementById('password').type))";
    customer.evaluates(watch, &[]).await;
    customer.presses("Sign in").await;
    customer.waits_for_destination().await;
    customer.opens("/account").await;
    let sent_as = customer.evaluates("return sessionStorage.getItem('sent-as')", &[]);
    assert_eq!(sent_as.await, "password");
    customer.leaves().await;
}

#[tokio::test]
async fn caps_lock_is_told_while_it_matters() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    customer.opens_sign_in().await;
    press_with_caps_lock(&customer, true).await;
    assert_eq!(customer.reads("#caps-lock").await, "Caps lock is on");
    press_with_caps_lock(&customer, false).await;
    assert_eq!(customer.reads("#caps-lock").await, "");
    customer.leaves().await;
}

#[tokio::test]
async fn an_impatient_second_press_sends_nothing() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    let slow = Fault::new(Endpoint::Token, FaultKind::Delay { ms: 1500 });
    customer.opens_sign_in().await;
    customer.types("username", "otp@example.com").await;
    customer.types("password", PASSWORD).await;
    customer.world.okta.faults().push(slow);
    customer.network().await;
    let twice = "const button = document.querySelector('#sign-in button[type=submit]');
                 button.click();
                 setTimeout(() => button.click(), 400);";
    customer.evaluates(twice, &[]).await;
    customer.sees(CHOICES).await;
    let asked = console::requests(&customer.network().await);
    let posts = asked.iter().filter(|asked| asked.method == "POST");
    assert_eq!(posts.count(), 1, "{asked:?}");
    customer.leaves().await;
}

async fn field_and_button(customer: &Customer) -> [String; 3] {
    let state = "const field = document.getElementById('password'), button = document.querySelector('.reveal');
                 return [field.type, button.textContent.trim(), button.ariaLabel]";
    serde_json::from_value(customer.evaluates(state, &[]).await).unwrap()
}

/// WebDriver has no such key, so the event is made by hand.
async fn press_with_caps_lock(customer: &Customer, is_on: bool) {
    let press = format!(
        "document.getElementById('password').dispatchEvent(
             new KeyboardEvent('keydown', {{key: 'A', modifierCapsLock: {is_on}, bubbles: true}}))"
    );
    customer.evaluates(&press, &[]).await;
}
