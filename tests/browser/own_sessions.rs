//! A customer's sessions in several browsers, and staying signed in, as a customer sees them.

use serde_json::json;

use crate::customer::Customer;

const LOGIN: &str = "password@example.com";

/// Signs in, forgets the cookie, as if it were another browser, and signs in again.
async fn signs_in_twice(customer: &Customer) {
    customer.gives_password(LOGIN).await;
    customer.waits_for_destination().await;
    customer.browser.driver.delete_all_cookies().await.unwrap();
    customer.opens("/signed-out").await;
    customer.browser.driver.delete_all_cookies().await.unwrap();
    customer.gives_password(LOGIN).await;
    customer.waits_for_destination().await;
    customer.opens("/account").await;
    customer.sees("You’re signed in").await;
}

async fn ends_the_other(customer: &Customer) {
    signs_in_twice(customer).await;
    let facts = customer.reads(".facts").await;
    assert!(facts.contains("This browser\nChrome on Linux"), "{facts}");
    let other = customer.reads(".session-device").await;
    assert_eq!(other, "Chrome on Linux");
    customer.presses("End").await;
    customer
        .reads_until(".notice", |text| text == "That session has ended.")
        .await;
    let text = customer.reads("main").await;
    assert!(text.contains("You’re not signed in anywhere else."), "{text}");
}

#[tokio::test]
async fn another_session_is_ended() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    ends_the_other(&customer).await;
    customer.leaves().await;
}

#[tokio::test]
async fn another_session_is_ended_without_script() {
    let Some(customer) = Customer::arrives_without_script().await else {
        return;
    };
    ends_the_other(&customer).await;
    customer.leaves().await;
}

#[tokio::test]
async fn the_others_are_ended_by_keyboard() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    signs_in_twice(&customer).await;
    customer.tabs_to("form[action$='/account/end-others'] button").await;
    customer.presses_enter().await;
    customer
        .reads_until(".notice", |text| text == "One other session has ended.")
        .await;
    customer.leaves().await;
}

#[tokio::test]
async fn a_customer_who_asks_is_kept_signed_in_with_and_without_script() {
    for has_script in [true, false] {
        let settings = [("SESSION__REMEMBER", "30d")];
        let Some(customer) = Customer::arrives_to(&settings).await else {
            return;
        };
        if !has_script {
            customer.switches_script_off().await;
        }
        customer.opens_sign_in().await;
        customer.tries_password(LOGIN, "not the password").await;
        customer.reads_problem().await;
        // The label works like the box.
        customer.clicks("label[for=remember]").await;
        customer.tries_password(LOGIN, "nor this").await;
        customer.reads_problem().await;
        let is_ticked = customer.reads_property("#remember", "checked").await;
        assert_eq!(is_ticked, true);
        customer.tries_password(LOGIN, crate::customer::PASSWORD).await;
        customer.waits_for_destination().await;
        customer.opens("/account").await;
        let cookies = customer.browser.devtools("Network.getCookies", json!({})).await;
        let cookies = cookies["cookies"].as_array().unwrap().clone();
        let session = cookies
            .iter()
            .find(|cookie| cookie["name"] == "portico-session")
            .unwrap();
        assert_eq!(session["session"], false, "outlives the browser");
        customer.leaves_after(&[403]).await;
    }
}

#[tokio::test]
async fn a_script_stays_signed_in_with_the_token_of_the_session() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    customer.gives_password(LOGIN).await;
    customer.waits_for_destination().await;
    customer.opens("/account").await;
    let script = "
        const session = await (await fetch('/session')).json();
        const extended = await fetch('/session/extend',
            {method: 'POST', headers: {'X-CSRF-Token': session.csrf}});
        return [extended.status, (await extended.json()).active]";
    let answer = customer.evaluates(script, &[]).await;
    assert_eq!(answer, json!([200, true]));
    customer.leaves().await;
}
