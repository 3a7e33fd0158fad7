//! Several tabs of the portal.

use std::time::Duration;

use crate::customer::Customer;

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn one_tab_extends_for_all() {
    let Some(customer) = Customer::arrives_at_the_portal(&[]).await else {
        return;
    };
    let first = customer.this_tab().await;
    customer.listens().await;
    customer.opens_a_second_tab().await;
    let second = customer.this_tab().await;
    customer.time_passes(28 * MINUTE + Duration::from_secs(10)).await;
    customer.waits_for_dialog("You will be signed out in").await;
    customer.turns_to(&first).await;
    customer.waits_for_dialog("You will be signed out in").await;
    customer.turns_to(&second).await;
    customer.answers("Stay signed in").await;
    customer.waits_for_no_dialog().await;
    customer.turns_to(&first).await;
    customer.waits_for_no_dialog().await;
    customer.assert_events(&["portico:extended"]).await;
    customer.leaves().await;
}

#[tokio::test]
async fn a_sign_out_in_one_shows_in_all() {
    let Some(customer) = Customer::arrives_at_the_portal(&[]).await else {
        return;
    };
    let first = customer.this_tab().await;
    customer.opens_a_second_tab().await;
    customer.time_passes(28 * MINUTE + Duration::from_secs(10)).await;
    customer.waits_for_dialog("You will be signed out in").await;
    customer.moves_on(customer.answers("Sign out")).await;
    customer.sees("Sign out?").await;
    customer.presses("Sign out").await;
    customer.sees("You’re signed out").await;
    customer.turns_to(&first).await;
    customer.waits_for_dialog("You have been signed out").await;
    customer.leaves().await;
}
