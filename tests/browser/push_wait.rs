//! Waiting for the phone with script on: the page goes on by itself.

use std::time::Duration;

use crate::console;
use crate::customer::Customer;

const STATE: &str = ".wait [data-state]";

#[tokio::test]
async fn a_refusal_shows_by_itself() {
    let Some(customer) = waits_for_push(Duration::from_mins(5)).await else {
        return;
    };
    let prompt = customer.world.prompt("push").await;
    customer.world.phone("push").deny(&prompt.id).unwrap();
    let problem = customer.reads_problem().await;
    assert_eq!(problem, "You declined the request on your phone");
    customer.leaves().await;
}

#[tokio::test]
async fn running_out_shows_by_itself() {
    let Some(customer) = waits_for_push(Duration::from_mins(5)).await else {
        return;
    };
    customer.world.advance(Duration::from_secs(301));
    assert_eq!(customer.reads_problem().await, "The request ran out");
    customer.leaves().await;
}

#[tokio::test]
async fn the_time_left_is_told_and_warned_of() {
    let Some(customer) = waits_for_push(Duration::from_secs(42)).await else {
        return;
    };
    let is_time = |text: &str| text.ends_with("left");
    customer.reads_until(".wait-left", is_time).await;
    let warning = "Less than 30 seconds left. You can send it again.";
    customer.reads_until(STATE, |text| text == warning).await;
    customer.leaves().await;
}

#[tokio::test]
async fn sec_145_the_claim_carries_what_only_this_page_has() {
    let Some(customer) = waits_for_push(Duration::from_mins(5)).await else {
        return;
    };
    let page = customer.browser.driver.source().await.unwrap();
    let mut asked = console::requests(&customer.network().await);
    let prompt = customer.world.prompt("push").await;
    customer.world.phone("push").approve(&prompt.id).unwrap();
    customer.waits_for_destination().await;
    asked.extend(console::requests(&customer.network().await));
    let posted = asked.iter().filter(|asked| asked.method == "POST");
    let nonces: Vec<String> = posted
        .map(|asked| {
            let mut fields = url::form_urlencoded::parse(asked.body.as_bytes());
            let nonce = fields.find(|(name, _)| name == "nonce");
            nonce
                .unwrap_or_else(|| panic!("{}: {}", asked.url, asked.body))
                .1
                .into()
        })
        .collect();
    assert!(nonces.len() >= 2, "{asked:?}");
    for nonce in &nonces {
        assert!(nonce.len() > 16, "{nonce}");
        assert!(!page.contains(nonce.as_str()), "{nonce}");
        let same = nonces.iter().filter(|other| *other == nonce);
        assert_eq!(same.count(), 1, "{nonces:?}");
    }
    customer.leaves().await;
}

#[tokio::test]
async fn it_can_be_sent_again() {
    let Some(customer) = Customer::arrives_to(&[("LIMITS__SEND_COOLDOWN", "2s")]).await else {
        return;
    };
    customer.gives_password("push@example.com").await;
    customer.chooses("push").await;
    let first = customer.world.prompt("push").await;
    customer
        .reads_until("form.resend button", |text| text == "Send again")
        .await;
    customer.presses("Send again").await;
    let notice = "We sent a new request. Answer the newest one.";
    customer.reads_until(".notice", |text| text == notice).await;
    let second = customer.world.prompt("push").await;
    assert_ne!(first.id, second.id);
    customer.world.phone("push").approve(&second.id).unwrap();
    customer.waits_for_destination().await;
    customer.leaves().await;
}

#[tokio::test]
async fn two_tabs_that_wait_both_move_on() {
    let Some(customer) = waits_for_push(Duration::from_mins(5)).await else {
        return;
    };
    let driver = &customer.browser.driver;
    let address = driver.current_url().await.unwrap();
    let first = driver.window().await.unwrap();
    let second = driver.new_tab().await.unwrap();
    driver.switch_to_window(&second).await.unwrap();
    customer.goes_to(&address).await;
    customer
        .reads_until(STATE, |text| text == "Waiting for your phone")
        .await;
    let prompt = customer.world.prompt("push").await;
    customer.world.phone("push").approve(&prompt.id).unwrap();
    customer.waits_for_destination().await;
    driver.switch_to_window(&first).await.unwrap();
    customer.waits_for_destination().await;
    customer.leaves().await;
}

/// A customer whose page waits for a push with this lifetime.
async fn waits_for_push(lives: Duration) -> Option<Customer> {
    let customer = Customer::arrives().await?;
    let okta = &customer.world.okta;
    okta.set_switch(|on| on.oob_expires_in_s = lives.as_secs());
    customer.gives_password("push@example.com").await;
    customer.chooses("push").await;
    customer
        .reads_until(STATE, |text| text == "Waiting for your phone")
        .await;
    Some(customer)
}
