//! What the companion says before a session ends.

use std::time::Duration;

use serde_json::json;

use super::visit::DIALOG;
use crate::customer::Customer;
use crate::webdriver::{ENTER, ESCAPE};

const MINUTE: Duration = Duration::from_mins(1);

/// And a little more, as the limit is 30 minutes.
const UNTIL_THE_WARNING: Duration = Duration::from_secs(28 * 60 + 5);

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test]
async fn it_warns_two_minutes_before_and_staying_extends() {
    let Some(customer) = Customer::arrives_at_the_portal(&[]).await else {
        return;
    };
    customer.listens().await;
    customer.writes_a_note().await;
    customer.time_passes(secs(28 * 60 - 5)).await;
    customer.waits_for_no_dialog().await;
    customer.time_passes(secs(10)).await;
    customer.waits_for_dialog("You will be signed out in 1:5").await;
    customer.time_passes(secs(30)).await;
    customer.waits_for_dialog("You will be signed out in 1:2").await;
    customer.answers("Stay signed in").await;
    customer.waits_for_no_dialog().await;
    customer.still_has_the_note().await;
    assert!(customer.seconds_left().await > 1790);
    customer.assert_events(&["portico:extended"]).await;
    // And so on.
    customer.time_passes(28 * MINUTE).await;
    customer.waits_for_dialog("You will be signed out in 1:5").await;
    customer.leaves().await;
}

#[tokio::test]
async fn it_asks_before_it_warns() {
    let Some(customer) = Customer::arrives_at_the_portal(&[]).await else {
        return;
    };
    customer.time_passes(20 * MINUTE).await;
    let use_it = "return fetch('/auth/session').then((answer) => answer.json()).then(({ csrf }) =>
        fetch('/auth/session/extend', { method: 'POST', headers: { 'X-CSRF-Token': csrf } }))
            .then(({ status }) => status)";
    assert_eq!(customer.evaluates(use_it, &[]).await, 200);
    let before = customer.answers_so_far().await;
    customer.time_passes(9 * MINUTE).await;
    customer.gets_more_answers_than(before).await;
    customer.waits_for_no_dialog().await;
    customer.leaves().await;
}

#[tokio::test]
async fn a_short_session_is_warned_of_a_fifth_of_its_time_before() {
    let settings = [("SESSION__IDLE", "5m")];
    let Some(customer) = Customer::arrives_at_the_portal(&settings).await else {
        return;
    };
    customer.time_passes(secs(4 * 60 - 5)).await;
    customer.waits_for_no_dialog().await;
    customer.time_passes(secs(10)).await;
    customer.waits_for_dialog("You will be signed out in 0:5").await;
    customer.leaves().await;
}

#[tokio::test]
async fn an_end_that_cannot_be_moved_leads_to_a_new_sign_in() {
    let settings = [("SESSION__ABSOLUTE", "40m")];
    let Some(customer) = Customer::arrives_at_the_portal(&settings).await else {
        return;
    };
    customer.writes_a_note().await;
    customer.time_passes(29 * MINUTE).await;
    customer.waits_for_dialog("Stay signed in").await;
    customer.answers("Stay signed in").await;
    customer.waits_for_no_dialog().await;
    assert!(customer.seconds_left().await <= 660);
    customer.time_passes(9 * MINUTE + secs(5)).await;
    customer.waits_for_dialog("This session cannot be extended.").await;
    customer.waits_for_dialog("You will be signed out in 1:5").await;
    customer.signs_in_beside("Sign in again").await;
    customer.waits_for_no_dialog().await;
    customer.still_has_the_note().await;
    assert!(customer.seconds_left().await > 1790);
    customer.leaves().await;
}

#[tokio::test]
async fn the_clock_of_the_machine_may_be_wrong() {
    let Some(customer) = Customer::arrives_at_the_portal(&[]).await else {
        return;
    };
    // Three hours ahead of the service from the start of the page.
    customer.brings("window.passes(3 * 3600 * 1000)").await;
    customer.reloads().await;
    customer.knows_the_session().await;
    customer.waits_for_no_dialog().await;
    customer.time_passes(UNTIL_THE_WARNING).await;
    customer.waits_for_dialog("You will be signed out in 1:5").await;
    customer.leaves().await;
}

#[tokio::test]
async fn it_is_used_by_keyboard_alone() {
    let Some(customer) = Customer::arrives_at_the_portal(&[]).await else {
        return;
    };
    let focus = format!(
        "{DIALOG} const at = dialog.getRootNode().activeElement;
         return [at === dialog, at?.textContent, at?.matches(':focus-visible')
             && getComputedStyle(at).outlineStyle !== 'none']"
    );
    customer.writes_a_note().await;
    customer.time_passes(UNTIL_THE_WARNING).await;
    customer.waits_for_dialog("You will be signed out in").await;
    // A key that the customer is typing just then must not press a button of the dialog.
    assert_eq!(customer.evaluates(&focus, &[]).await[0], true);
    customer.keys(ENTER.to_string()).await;
    customer.waits_for_dialog("You will be signed out in").await;
    // Escape means later. Typing goes on where it was.
    customer.keys(ESCAPE.to_string()).await;
    customer.waits_for_no_dialog().await;
    customer.still_has_the_note().await;
    customer.time_passes(secs(20)).await;
    customer.waits_for_no_dialog().await;
    assert!(customer.seconds_left().await < 120);
    customer.time_passes(2 * MINUTE).await;
    customer.waits_for_dialog("You have been signed out").await;
    customer.reloads().await;
    customer.gives_password(super::visit::LOGIN).await;
    customer.waits_for_destination().await;
    customer.knows_the_session().await;
    customer.time_passes(UNTIL_THE_WARNING).await;
    customer.waits_for_dialog("You will be signed out in").await;
    for words in ["Stay signed in", "Sign out", "Stay signed in"] {
        customer.tabs_on_to(words, &focus).await;
    }
    customer.keys(ENTER.to_string()).await;
    customer.waits_for_no_dialog().await;
    assert!(customer.seconds_left().await > 1790);
    customer.leaves().await;
}

#[tokio::test]
async fn it_speaks_german_where_the_page_does() {
    let Some(customer) = Customer::arrives_at_the_portal(&[]).await else {
        return;
    };
    customer.opens_the_german_page().await;
    customer.time_passes(UNTIL_THE_WARNING).await;
    customer.waits_for_dialog("Abmeldung in 1:5").await;
    customer.waits_for_dialog("Abmelden").await;
    let lang = format!("{DIALOG} return dialog.getRootNode().host.lang");
    assert_eq!(customer.evaluates(&lang, &[]).await, json!("de"));
    customer.answers("Angemeldet bleiben").await;
    customer.waits_for_no_dialog().await;
    customer.leaves().await;
}

#[tokio::test]
async fn a_service_that_does_not_answer_changes_nothing() {
    let Some(customer) = Customer::arrives_at_the_portal(&[]).await else {
        return;
    };
    let network = "{
        const real = window.fetch;
        window.fetch = (...how) => (window.isAway ? Promise.reject(new TypeError('away')) : real(...how));
    }";
    customer.brings(network).await;
    customer.reloads().await;
    customer.knows_the_session().await;
    customer.time_passes(UNTIL_THE_WARNING).await;
    customer.waits_for_dialog("You will be signed out in 1:5").await;
    customer.evaluates("window.isAway = true", &[]).await;
    customer.answers("Stay signed in").await;
    customer.time_passes(secs(30)).await;
    customer.waits_for_dialog("You will be signed out in 1:2").await;
    customer.time_passes(3 * MINUTE).await;
    // It is not known whether the session has ended.
    customer.waits_for_dialog("You will be signed out in 0:00").await;
    customer.evaluates("window.isAway = false", &[]).await;
    customer.time_passes(MINUTE).await;
    customer.waits_for_dialog("You have been signed out").await;
    customer.leaves().await;
}

/// Timers of browsers count in 31 bits: one of more than 24 days would fire at once, again and again.
#[tokio::test]
async fn a_very_long_session_is_not_asked_about_without_end() {
    let Some(customer) = Customer::arrives_at_the_portal(&[]).await else {
        return;
    };
    let remembered = "return fetch('/auth/session').then((answer) => answer.json()).then((session) => {
        const end = session.now + 30 * 24 * 3600;
        new BroadcastChannel(new URL('/auth/', location).href).postMessage(
            { ...session, at: Date.now(), idle_expires_at: end, expires_at: end, idle_timeout: 30 * 24 * 3600 });
    })";
    customer.listens().await;
    customer.evaluates(remembered, &[]).await;
    customer
        .waits_until("the news", "return window.heard.length === 1")
        .await;
    customer.time_passes(MINUTE).await;
    assert_eq!(customer.answers_so_far().await, 2, "one, and ours");
    customer.leaves().await;
}
