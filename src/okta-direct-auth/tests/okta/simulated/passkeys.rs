//! Passkeys, with a software authenticator.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use okta_direct_auth::{Assertion, Context, ErrorKind, WebauthnPending};
use serde_json::Value;

use super::{Org, device, full, signed_in};

impl Org {
    /// What a browser would return with the passkey that the simulator ships.
    pub(super) async fn touch(&self, login: &str, pending: &WebauthnPending) -> Assertion {
        let url = self
            .sim
            .url()
            .join(&format!("/phone/{}/passkey.json", full(login)))
            .unwrap();
        let passkey: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
        let options: Value = serde_json::from_str(pending.options_json()).unwrap();
        assert_eq!(options["rpId"], pending.rp_id());
        let client_data = serde_json::json!({
            "type": "webauthn.get", "challenge": options["challenge"], "origin": "http://localhost", "crossOrigin": false,
        })
        .to_string();
        let mut data = digest(&SHA256, pending.rp_id().as_bytes()).as_ref().to_vec();
        data.extend([0x05, 0, 0, 0, 0]);
        let message = [&data, digest(&SHA256, client_data.as_bytes()).as_ref()].concat();
        let pkcs8 = BASE64
            .decode(passkey["private_key_pkcs8_b64url"].as_str().unwrap())
            .unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8).unwrap();
        let signature = key.sign(&SystemRandom::new(), &message).unwrap();
        Assertion::parse(
            &BASE64.encode(data),
            &BASE64.encode(client_data),
            &BASE64.encode(signature),
            passkey["user_handle"].as_str(),
        )
        .unwrap()
    }
}

#[tokio::test]
async fn a_passkey_can_come_first_with_and_without_a_login() {
    for login in [Some(full("passkey")), None] {
        let org = Org::new("portico-optional").await;
        let pending = org
            .client
            .webauthn(login.as_deref(), &Context::default())
            .await
            .unwrap();
        let assertion = org.touch("passkey", &pending).await;
        signed_in(pending.answer(&org.client, &assertion, &device()).await.unwrap());
    }
}

#[tokio::test]
async fn a_passkey_comes_second() {
    let org = Org::new("portico-mfa").await;
    let pending = org.mfa("all").await.webauthn(&org.client, &device()).await.unwrap();
    assert!(pending.mfa().is_some());
    let assertion = org.touch("all", &pending).await;
    signed_in(pending.answer(&org.client, &assertion, &device()).await.unwrap());
}

#[tokio::test]
async fn another_ceremonys_answer_is_refused() {
    let org = Org::new("portico-optional").await;
    let login = full("passkey");
    let pending = org.client.webauthn(Some(&login), &Context::default()).await.unwrap();
    let assertion = org.touch("passkey", &pending).await;
    let tokens = pending.clone().answer(&org.client, &assertion, &device()).await;
    signed_in(tokens.unwrap());
    let failed = pending.answer(&org.client, &assertion, &device()).await.unwrap_err();
    assert_eq!(failed.error.kind(), ErrorKind::WebauthnNoChallenge);
}

#[test]
fn what_is_no_assertion_is_not_sent() {
    assert!(Assertion::parse("YQ", "YQ==", "YQ", Some("")).is_ok());
    for bad in ["", "a+/b", "a b", "\u{e9}", "A"] {
        assert!(Assertion::parse(bad, "YQ", "YQ", None).is_err());
        assert!(Assertion::parse("YQ", bad, "YQ", None).is_err());
        assert!(Assertion::parse("YQ", "YQ", bad, None).is_err());
    }
    assert!(Assertion::parse(&"A".repeat(9000), "YQ", "YQ", None).is_err());
}
