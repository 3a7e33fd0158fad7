//! An authenticator in software, with the passkeys of the simulator's accounts.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde_json::Value;

use super::app::TestApp;
use super::full;
use super::page::Page;

/// The fields that the script of the passkey page fills in.
pub(crate) async fn assertion(app: &TestApp, login: &str, page: &Page) -> [(&'static str, String); 4] {
    let options: Value = serde_json::from_str(&page.attribute("data-options").expect("a passkey page")).unwrap();
    let address = app
        .okta()
        .url()
        .join(&format!("/phone/{}/passkey.json", full(login)))
        .unwrap();
    let passkey: Value = reqwest::get(address).await.unwrap().json().await.unwrap();
    let client_data = serde_json::json!({
        "type": "webauthn.get", "challenge": options["challenge"], "origin": app.base(), "crossOrigin": false,
    })
    .to_string();
    let mut data = digest(&SHA256, options["rpId"].as_str().unwrap().as_bytes())
        .as_ref()
        .to_vec();
    data.extend([0x05, 0, 0, 0, 0]);
    let message = [&data, digest(&SHA256, client_data.as_bytes()).as_ref()].concat();
    let pkcs8 = BASE64
        .decode(passkey["private_key_pkcs8_b64url"].as_str().unwrap())
        .unwrap();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8).unwrap();
    let signature = key.sign(&SystemRandom::new(), &message).unwrap();
    [
        ("authenticator_data", BASE64.encode(data)),
        ("client_data", BASE64.encode(client_data)),
        ("signature", BASE64.encode(signature)),
        (
            "user_handle",
            passkey["user_handle"].as_str().unwrap_or_default().to_owned(),
        ),
    ]
}
