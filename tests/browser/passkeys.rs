//! Signing in with a passkey that a virtual authenticator holds.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::customer::{CHOICES, Customer};

/// A passkey that comes with the simulator.
#[derive(Debug, Deserialize)]
struct Shipped {
    credential_id: String,
    rp_id: String,
    user_handle: String,
    private_key_pkcs8_b64url: String,
}

#[tokio::test]
async fn a_passkey_confirms_a_password() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    holds_the_passkey_of(&customer, "all@example.com").await;
    customer.gives_password("all@example.com").await;
    customer.chooses("passkey").await;
    customer.sees("Use your passkey").await;
    customer.presses("Continue").await;
    customer.is_at_the_destination().await;
    customer.leaves().await;
}

#[tokio::test]
async fn a_passkey_needs_no_password() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    holds_the_passkey_of(&customer, "passkey@example.com").await;
    customer.gives_name_alone("passkey@example.com").await;
    customer.chooses("passkey").await;
    customer.sees("Use your passkey").await;
    customer.presses("Continue").await;
    customer.is_at_the_destination().await;
    customer.leaves().await;
}

#[tokio::test]
async fn the_passkey_of_someone_else_leads_to_another_way() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    // `all@` has this one not; without a fitting passkey the browser gives up or its owner does.
    holds_the_passkey_of(&customer, "passkey@example.com").await;
    customer.gives_password("all@example.com").await;
    customer.chooses("passkey").await;
    customer.presses("Continue").await;
    let says = "No passkey was used. You can try again or use another way.";
    customer
        .reads_until("[data-state]", |text| text == says)
        .await;
    customer.presses("Use another way").await;
    customer.chooses("otp").await;
    let code = customer.world.phone("all").otp().unwrap();
    customer.enters_code(&code).await;
    customer.is_at_the_destination().await;
    customer.leaves().await;
}

#[tokio::test]
async fn without_script_the_page_says_so_and_offers_another_way() {
    let Some(customer) = Customer::arrives_without_script().await else {
        return;
    };
    customer.gives_password("all@example.com").await;
    customer.chooses("passkey").await;
    customer.sees("Use your passkey").await;
    let button = customer.finds("form[data-enhance=passkey] button").await;
    assert!(!button.is_displayed().await.unwrap());
    let state = customer.reads("[data-state]").await;
    assert!(state.starts_with("Passkeys need JavaScript"), "{state}");
    customer.presses("Use another way").await;
    customer.sees(CHOICES).await;
    customer.leaves().await;
}

/// Plugs an authenticator in whose owner always says yes, with the passkey of that account on it.
async fn holds_the_passkey_of(customer: &Customer, login: &str) {
    let browser = &customer.browser;
    browser.devtools("WebAuthn.enable", json!({})).await;
    let options = json!({
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
        "isUserVerified": true, "automaticPresenceSimulation": true,
    });
    let command = "WebAuthn.addVirtualAuthenticator";
    let added = browser.devtools(command, json!({"options": options})).await;
    let shipped = shipped(customer, login).await;
    let credential = json!({
        "credentialId": standard(&shipped.credential_id),
        "isResidentCredential": true,
        "rpId": shipped.rp_id,
        "privateKey": standard(&shipped.private_key_pkcs8_b64url),
        "userHandle": standard(&shipped.user_handle),
        "signCount": 1,
    });
    let parameters: Value =
        json!({"authenticatorId": added["authenticatorId"], "credential": credential});
    browser.devtools("WebAuthn.addCredential", parameters).await;
}

async fn shipped(customer: &Customer, login: &str) -> Shipped {
    let address = format!("{}phone/{login}/passkey.json", customer.world.okta.url());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(address).send().await.unwrap();
    answer.json().await.unwrap()
}

/// The protocol of the developer tools wants the other alphabet.
fn standard(base64url: &str) -> String {
    BASE64_STANDARD.encode(BASE64_URL_SAFE_NO_PAD.decode(base64url).unwrap())
}
