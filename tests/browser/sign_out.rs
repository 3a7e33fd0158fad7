//! Signing out, and that Back shows nothing afterwards (SEC-214).

use crate::customer::{Customer, PASSWORD};

const LOGIN: &str = "password@example.com";

#[tokio::test]
async fn back_after_sign_out_shows_nothing() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    signs_out(&customer).await;
    shows_nothing_behind(&customer).await;
    customer.leaves().await;
}

#[tokio::test]
async fn back_after_sign_out_shows_nothing_without_script() {
    let Some(customer) = Customer::arrives_without_script().await else {
        return;
    };
    signs_out(&customer).await;
    shows_nothing_behind(&customer).await;
    customer.leaves().await;
}

#[tokio::test]
async fn a_page_that_the_browser_kept_is_fetched_anew() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    customer.opens_sign_in().await;
    let kept = "window.isKept = true;
                dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))";
    customer.evaluates(kept, &[]).await;
    customer.waits_until("a fresh page", "return !window.isKept").await;
    customer.sees("Sign in").await;
    customer.leaves().await;
}

#[tokio::test]
async fn whoever_is_signed_in_goes_straight_on() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    customer.gives_password(LOGIN).await;
    customer.waits_for_destination().await;
    customer.opens("/account").await;
    customer.sees("You’re signed in").await;
    customer.goes_to(&customer.world.sign_in()).await;
    customer.waits_for_destination().await;
    customer.leaves().await;
}

async fn signs_out(customer: &Customer) {
    customer.gives_password(LOGIN).await;
    customer.waits_for_destination().await;
    customer.opens("/account").await;
    customer.sees("You’re signed in").await;
    assert!(customer.reads("main").await.contains(LOGIN));
    customer.presses("Sign out").await;
    customer.sees("Sign out?").await;
    customer.presses("Sign out").await;
    customer.sees("You’re signed out").await;
    let outcome = customer.reads(".outcomes").await;
    assert!(outcome.contains("We have given up our access"), "{outcome}");
}

/// Back from the last page to the account: no page on the way shows whose account it was, and the last offers the form.
async fn shows_nothing_behind(customer: &Customer) {
    for _ in 0..2 {
        customer.goes_back().await;
        // A page that the browser kept is blank until it is fetched again.
        customer
            .reads_until("main", |text| !text.is_empty() && !text.contains(LOGIN))
            .await;
    }
    customer.tries_password(LOGIN, PASSWORD).await;
    customer.sees("You’re signed in").await;
}
