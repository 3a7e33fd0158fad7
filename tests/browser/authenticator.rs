//! The browser's virtual authenticator, holding passkeys that come with the simulator.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::customer::Customer;

/// How an authenticator verifies its user.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Verification {
    /// It verifies the user, and it is the owner.
    Passes,
    /// It verifies the user, and it is another person.
    Fails,
    /// It cannot verify a user: a security key without a PIN.
    Missing,
}

/// A passkey that comes with the simulator.
#[derive(Debug, Deserialize)]
struct Shipped {
    credential_id: String,
    rp_id: String,
    user_handle: String,
    private_key_pkcs8_b64url: String,
}

/// Plugs in an authenticator with the passkey of this account. Its owner always consents.
pub(crate) async fn plugs_in(customer: &Customer, login: &str, verification: Verification) {
    let browser = &customer.browser;
    browser.devtools("WebAuthn.enable", json!({})).await;
    let options = json!({
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "automaticPresenceSimulation": true,
        "hasUserVerification": !matches!(verification, Verification::Missing),
        "isUserVerified": matches!(verification, Verification::Passes),
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
    let parameters: Value = json!({"authenticatorId": added["authenticatorId"], "credential": credential});
    browser.devtools("WebAuthn.addCredential", parameters).await;
}

async fn shipped(customer: &Customer, login: &str) -> Shipped {
    let address = format!("{}phone/{login}/passkey.json", customer.world.okta.url());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(address).send().await.unwrap();
    answer.json().await.unwrap()
}

/// The protocol of the developer tools takes the standard alphabet of Base64.
fn standard(base64url: &str) -> String {
    BASE64_STANDARD.encode(BASE64_URL_SAFE_NO_PAD.decode(base64url).unwrap())
}
