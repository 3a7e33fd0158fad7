//! Passkeys, with a software authenticator.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::org::{Answer, MFA_WEBAUTHN, Org, WEBAUTHN};

struct Authenticator {
    key: EcdsaKeyPair,
    user_handle: String,
    rp_id: String,
    origin: String,
    counter: u32,
}

impl Authenticator {
    async fn shipped(org: &Org, login: &str) -> Self {
        let file = org.get(&format!("/phone/{login}/passkey.json")).await.ok();
        let pkcs8 = URL_SAFE_NO_PAD.decode(file.text("private_key_pkcs8_b64url")).unwrap();
        Self {
            key: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8).unwrap(),
            user_handle: file.text("user_handle"),
            rp_id: file.text("rp_id"),
            origin: "http://localhost:8080".to_owned(),
            counter: 0,
        }
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let hash = digest(&SHA256, self.rp_id.as_bytes());
        [hash.as_ref(), &[flags], &self.counter.to_be_bytes()].concat()
    }

    /// The four fields of an assertion over `challenge`.
    fn answer(&self, challenge: &str, flags: u8) -> Vec<(&'static str, String)> {
        let client = json!({ "type": "webauthn.get", "challenge": challenge, "origin": self.origin }).to_string();
        let data = self.data(flags);
        let signed = [data.as_slice(), digest(&SHA256, client.as_bytes()).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        vec![
            ("authenticatorData", URL_SAFE_NO_PAD.encode(data)),
            ("clientDataJSON", URL_SAFE_NO_PAD.encode(client)),
            ("signature", URL_SAFE_NO_PAD.encode(signature)),
            ("userHandle", self.user_handle.clone()),
        ]
    }
}

async fn begin(org: &Org, form: &[(&str, &str)]) -> Answer {
    let form = [&[("client_id", "portico-demo"), ("challenge_hint", WEBAUTHN)], form].concat();
    org.post("/oauth2/v1/primary-authenticate", &form).await
}

fn challenge(answer: &Answer) -> String {
    answer.json()["publicKey"]["challenge"].as_str().unwrap().to_owned()
}

async fn finish(org: &Org, extra: &[(&str, &str)], assertion: &[(&str, String)]) -> Answer {
    let assertion = assertion.iter().map(|(name, value)| (*name, value.as_str()));
    let form: Vec<_> = extra.iter().copied().chain(assertion).collect();
    org.token(&form).await
}

#[tokio::test]
async fn a_passkey_signs_in_with_and_without_a_name() {
    let org = Org::start().await;
    let key = Authenticator::shipped(&org, "passkey@example.com").await;
    for hint in [Some(("login_hint", "passkey@example.com")), None] {
        let hint: Vec<_> = hint.into_iter().collect();
        let start = begin(&org, &hint).await.ok();
        assert_eq!(start.text("challengeType"), WEBAUTHN);
        assert_eq!(start.json()["publicKey"]["rpId"], "localhost");
        let allowed = start.json()["publicKey"]["allowCredentials"].as_array().unwrap().len();
        assert_eq!(allowed, hint.len());
        let assertion = key.answer(&challenge(&start), 1);
        let tokens = finish(&org, &[("grant_type", WEBAUTHN)], &assertion).await.ok();
        assert_eq!(crate::tokens::claims(&tokens)["amr"], json!(["pop"]));
        finish(&org, &[("grant_type", WEBAUTHN)], &assertion)
            .await
            .is(400, "invalid_grant");
    }
}

#[tokio::test]
async fn a_passkey_is_a_second_factor_in_both_spellings() {
    let org = Org::start().await;
    let key = Authenticator::shipped(&org, "all").await;
    for is_challenge in [false, true] {
        let mfa_token = org.mfa_token("all@example.com").await;
        let start = if is_challenge {
            let form = [
                ("client_id", "portico-demo"),
                ("mfa_token", &mfa_token),
                ("challenge_types_supported", MFA_WEBAUTHN),
            ];
            org.post("/oauth2/v1/challenge", &form).await.ok()
        } else {
            begin(&org, &[("mfa_token", &mfa_token)]).await.ok()
        };
        assert_eq!(start.text("challengeType"), MFA_WEBAUTHN);
        let assertion = key.answer(&challenge(&start), 5);
        let tokens = finish(
            &org,
            &[("grant_type", MFA_WEBAUTHN), ("mfa_token", &mfa_token)],
            &assertion,
        )
        .await
        .ok();
        assert_eq!(crate::tokens::claims(&tokens)["amr"], json!(["pwd", "pop", "mfa"]));
    }
}

#[tokio::test]
async fn assertions_that_do_not_hold_are_refused() {
    let org = Org::start().await;
    let base = Authenticator::shipped(&org, "passkey").await;
    let shipped = || async { Authenticator::shipped(&org, "passkey").await };
    let other = Authenticator::shipped(&org, "all").await;
    let cases: Vec<(&str, Authenticator, u8)> = vec![
        (
            "another site",
            Authenticator {
                rp_id: "example.com".to_owned(),
                ..shipped().await
            },
            1,
        ),
        (
            "another origin",
            Authenticator {
                origin: "http://localhost.evil.test".to_owned(),
                ..shipped().await
            },
            1,
        ),
        ("nobody present", shipped().await, 0),
        (
            "another key",
            Authenticator {
                user_handle: base.user_handle.clone(),
                ..other
            },
            1,
        ),
        (
            "another person",
            Authenticator {
                user_handle: "eA".to_owned(),
                ..shipped().await
            },
            1,
        ),
    ];
    for (name, key, flags) in cases {
        let start = begin(&org, &[("login_hint", "passkey@example.com")]).await.ok();
        let answer = finish(
            &org,
            &[("grant_type", WEBAUTHN)],
            &key.answer(&challenge(&start), flags),
        )
        .await;
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (400, "invalid_grant"),
            "{name}: {}",
            answer.body
        );
        assert!(
            answer.text("error_description").starts_with("None of the WebAuthn"),
            "{name}"
        );
    }
    let made_up = finish(&org, &[("grant_type", WEBAUTHN)], &base.answer("bWFkZS11cA", 1))
        .await
        .is(400, "invalid_grant");
    assert!(made_up.text("error_description").starts_with("There is no pending"));
}

#[tokio::test]
async fn a_counter_that_goes_back_is_refused() {
    let org = Org::start().await;
    let mut key = Authenticator::shipped(&org, "passkey").await;
    for (counter, status) in [(7, 200), (8, 200), (8, 400), (0, 400)] {
        key.counter = counter;
        let start = begin(&org, &[("login_hint", "passkey@example.com")]).await.ok();
        let answer = finish(&org, &[("grant_type", WEBAUTHN)], &key.answer(&challenge(&start), 1)).await;
        assert_eq!(answer.status, status, "{counter}: {}", answer.body);
    }
}

/// A P-256 key as COSE.
fn cose(point: &[u8]) -> Vec<u8> {
    [
        &[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32],
        &point[1..33],
        &[0x22, 0x58, 32],
        &point[33..],
    ]
    .concat()
}

/// An attestation object of format `none` around the key.
fn attestation(key: &Authenticator, id: &[u8]) -> Vec<u8> {
    let len = u16::try_from(id.len()).unwrap().to_be_bytes();
    let data = [
        key.data(0x41).as_slice(),
        &[0; 16],
        &len,
        id,
        &cose(key.key.public_key().as_ref()),
    ]
    .concat();
    let head = [
        &[0xa3, 0x63][..],
        b"fmt",
        &[0x64],
        b"none",
        &[0x67],
        b"attStmt",
        &[0xa0, 0x68],
        b"authData",
    ]
    .concat();
    [head.as_slice(), &[0x58, u8::try_from(data.len()).unwrap()], &data].concat()
}

#[tokio::test]
async fn new_passkeys_come_in_three_shapes() {
    let org = Org::start().await;
    let key = Authenticator::shipped(&org, "all").await;
    let point = key.key.public_key().as_ref();
    let spki = [
        &[
            0x30, 0x59, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1,
            7, 3, 0x42, 0,
        ][..],
        point,
    ]
    .concat();
    let b64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let shapes: [(&str, Value); 3] = [
        ("otp", json!({ "credential_id": b64(b"one"), "public_key": b64(&spki) })),
        (
            "push",
            json!({ "credential_id": b64(b"two"), "public_key": b64(&cose(point)) }),
        ),
        (
            "email",
            json!({ "attestation_object": b64(&attestation(&key, b"three")) }),
        ),
    ];
    for (login, shape) in shapes {
        let url = org.at(&format!("/phone/{login}/passkeys"));
        assert_eq!(org.send(org.http.post(url).json(&shape)).await.status, 201, "{login}");
        let hint = format!("{login}@example.com");
        let start = begin(&org, &[("login_hint", &hint)]).await.ok();
        let mut assertion = key.answer(&challenge(&start), 1);
        assertion.retain(|(name, _)| *name != "userHandle");
        finish(&org, &[("grant_type", WEBAUTHN)], &assertion).await.ok();
    }
    let url = org.at("/phone/otp/passkeys");
    let wrong = json!({ "credential_id": "eA", "public_key": "eA" });
    assert_eq!(org.send(org.http.post(url).json(&wrong)).await.status, 400);
}

#[tokio::test]
async fn passkeys_are_a_switch_per_client_and_org() {
    let org = Org::start().await;
    org.allow_unexpected(okta_sim::Misuse::BadParameter);
    let form = [
        ("client_id", "portico-password"),
        ("challenge_hint", WEBAUTHN),
        ("login_hint", "all@example.com"),
    ];
    let answer = org
        .post("/oauth2/v1/primary-authenticate", &form)
        .await
        .is(400, "invalid_request");
    assert_eq!(
        answer.text("error_description"),
        format!("'{WEBAUTHN}' is not supported as a 'challenge_hint'. Try again with another value.")
    );
    begin(&org, &[("login_hint", "push@example.com")])
        .await
        .is(403, "access_denied");
    org.token(&[("grant_type", WEBAUTHN), ("signature", "eA")])
        .await
        .is(400, "invalid_request");
    org.set_switch(|on| on.webauthn = false);
    begin(&org, &[("login_hint", "all@example.com")])
        .await
        .is(400, "invalid_request");
}
