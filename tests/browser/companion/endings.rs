//! What the companion says once a session has ended, and how the customer signs in again.

use std::time::Duration;

use serde_json::json;

use super::visit::Operator;
use crate::customer::{Customer, PASSWORD};

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_session_that_ran_out_is_begun_anew_beside_the_page() {
    let Some(customer) = Customer::arrives_at_the_portal(&[]).await else {
        return;
    };
    customer.listens().await;
    customer.writes_a_note().await;
    customer.time_passes(31 * MINUTE).await;
    customer.waits_for_dialog("You have been signed out").await;
    customer.assert_events(&["portico:expired"]).await;
    customer.signs_in_beside("Sign in again").await;
    customer.waits_for_no_dialog().await;
    customer.still_has_the_note().await;
    // It is shown again the next time.
    customer.time_passes(31 * MINUTE).await;
    customer.waits_for_dialog("You have been signed out").await;
    customer.leaves().await;
}

#[tokio::test]
async fn an_end_elsewhere_is_noticed_on_returning_to_the_tab() {
    let operator = Operator::new();
    let Some(customer) = Customer::arrives_at_the_portal(&operator.settings()).await else {
        return;
    };
    operator.ends_every_session().await;
    customer.looks_at_the_tab(false).await;
    customer.looks_at_the_tab(true).await;
    // Too long ago: no dialog asks.
    customer.waits_for_no_dialog().await;
    customer.time_passes(2 * MINUTE).await;
    customer.looks_at_the_tab(false).await;
    customer.looks_at_the_tab(true).await;
    customer.waits_for_dialog("You have been signed out").await;
    customer.answers("Later").await;
    customer.waits_for_no_dialog().await;
    customer.leaves().await;
}

#[tokio::test]
async fn a_hidden_tab_asks_nobody() {
    let Some(customer) = Customer::arrives_at_the_portal(&[]).await else {
        return;
    };
    let before = customer.answers_so_far().await;
    customer.looks_at_the_tab(false).await;
    for _ in 0..40 {
        customer.time_passes(MINUTE).await;
    }
    assert_eq!(customer.answers_so_far().await, before);
    customer.looks_at_the_tab(true).await;
    customer.waits_for_dialog("You have been signed out").await;
    customer.leaves().await;
}

#[tokio::test]
async fn somebody_else_is_not_taken_for_the_customer() {
    let Some(customer) = Customer::arrives_at_the_portal(&[]).await else {
        return;
    };
    customer.writes_a_note().await;
    let first = customer.this_tab().await;
    customer.opens_a_second_tab().await;
    customer.opens("/sign-out").await;
    customer.presses("Sign out").await;
    customer.sees("You’re signed out").await;
    let second = customer.this_tab().await;
    customer.turns_to(&first).await;
    customer.asks("/api/orders", json!({"method": "DELETE"})).await;
    customer.waits_for_dialog("You have been signed out").await;
    customer.turns_to(&second).await;
    customer.opens_sign_in().await;
    customer.tries_password("otp@example.com", PASSWORD).await;
    customer.chooses("otp").await;
    customer.enters_otp("otp@example.com").await;
    customer.waits_for_destination().await;
    customer.waits_for_no_dialog().await;
    customer.turns_to(&first).await;
    customer.waits_for_dialog("You are now signed in as ").await;
    // A request is not sent again in the name of another user.
    customer.answers("Later").await;
    assert_eq!(customer.hears().await, json!([401, ""]));
    customer.waits_for_no_dialog().await;
    customer.reloads().await;
    customer.sees("Orders").await;
    customer.knows_the_session().await;
    customer.waits_for_no_dialog().await;
    customer.leaves_after(&[401]).await;
}

#[tokio::test]
async fn another_user_in_the_same_browser_is_offered_a_reload() {
    let Some(customer) = Customer::arrives_at_the_portal(&[]).await else {
        return;
    };
    // Seen from here, the page belongs to another user.
    let message = "new BroadcastChannel(new URL('/auth/', location).href).postMessage({
        active: true, sub: 'other', name: 'Ada', at: Date.now(), now: 0, idle_expires_at: 1800,
        expires_at: 9999, idle_timeout: 1800, csrf: 'x', sign_in: location.href })";
    customer.evaluates(message, &[]).await;
    customer.waits_for_dialog("You are now signed in as Ada").await;
    customer.moves_on(customer.answers("Reload")).await;
    customer.sees("Orders").await;
    customer.waits_for_no_dialog().await;
    customer.leaves().await;
}
