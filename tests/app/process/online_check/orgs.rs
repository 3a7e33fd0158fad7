//! Orgs that are well or broken in one way each.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use okta_sim::{CUSTOM_SERVER, ClientPatch, Endpoint, Fault, FaultKind, Misuse, SERVER_WITHOUT_POLICY, Settings};
use okta_sim::{Simulator, test_keys};

use super::{Checked, OF_BROKEN_ORGS, Setting, WRONG_SECRET, check_org};
use crate::support::client;

const CALLBACK: &str = "http://localhost:8080/sign-in/okta/callback";
const EVERY_WAY: [Setting<'_>; 3] = [
    ("okta.webauthn", "true"),
    ("sign_in.first", "password, otp, push, passkey"),
    ("sign_in.second", "push, otp, sms, voice, email, passkey"),
];
const RSA_KEY: Setting<'_> = ("okta.private_key", test_keys::RSA_PRIVATE_KEY_PEM);
const EC_KEY: Setting<'_> = ("okta.private_key", test_keys::EC_PRIVATE_KEY_PEM);
const SECRET: Setting<'_> = ("okta.client_secret", test_keys::CLIENT_SECRET);
const OTHER_SECRET: Setting<'_> = ("okta.client_secret", WRONG_SECRET);

const fn is(id: &str) -> Setting<'_> {
    ("okta.client_id", id)
}

const fn by(method: &str) -> Setting<'_> {
    ("okta.client_auth", method)
}

#[tokio::test]
async fn a_healthy_org_gives_no_finding() {
    let rows: &[(&str, &[Setting<'_>])] = &[
        ("public", &EVERY_WAY),
        ("basic", &[is("portico-basic"), by("client_secret_basic"), SECRET]),
        ("post", &[is("portico-post"), by("client_secret_post"), SECRET]),
        (
            "secret jwt",
            &[is("portico-secret-jwt"), by("client_secret_jwt"), SECRET],
        ),
        ("rsa", &[is("portico-key-rs"), by("private_key_jwt"), RSA_KEY]),
        (
            "rsa, with its id",
            &[
                is("portico-key-rs"),
                by("private_key_jwt"),
                RSA_KEY,
                ("okta.private_key_id", test_keys::RSA_KEY_ID),
            ],
        ),
        ("ec", &[is("portico-key-es"), by("private_key_jwt"), EC_KEY]),
        ("custom server", &[("okta.authorization_server", CUSTOM_SERVER)]),
        ("password alone", &[is("portico-password"), ("sign_in.second", "")]),
        ("proofs", &[is("portico-dpop"), ("okta.dpop", "on")]),
        ("proofs if wanted", &[is("portico-dpop"), ("okta.dpop", "auto")]),
        ("proofs if wanted, not wanted", &[("okta.dpop", "auto")]),
        (
            "proofs, with a key",
            &[
                is("portico-dpop-key-es"),
                by("private_key_jwt"),
                EC_KEY,
                ("okta.dpop", "on"),
            ],
        ),
        ("okta's page", &[("sign_in.okta_hosted", "true")]),
    ];
    for (name, settings) in rows {
        // Strict: a request that a correct client never sends fails the test.
        let okta = Simulator::start(Settings::default()).await.unwrap();
        let registered = ClientPatch {
            redirect_uris: Some(vec![CALLBACK.to_owned()]),
            ..ClientPatch::default()
        };
        okta.set_client("portico-demo", registered).unwrap();
        // Only a call without a proof shows whether one is demanded.
        okta.allow_unexpected(Misuse::BadProof);
        check_org(&okta, settings).is_well(name);
    }
}

/// Starts an org, breaks it, and checks it with these settings.
async fn broken(settings: &[Setting<'_>], start: Settings, breaks: impl FnOnce(&Simulator)) -> Checked {
    let okta = Simulator::start(start).await.unwrap();
    for misuse in OF_BROKEN_ORGS {
        okta.allow_unexpected(misuse);
    }
    breaks(&okta);
    check_org(&okta, settings)
}

#[tokio::test]
async fn what_is_wrong_with_the_client_is_told_apart() {
    let ec_key = other_ec_key();
    let rows: &[(&str, &[Setting<'_>], &str)] = &[
        ("unknown, public", &[is("nobody")], "okta-client-unknown"),
        (
            "unknown, with a secret",
            &[is("nobody"), by("client_secret_basic"), SECRET],
            "okta-client-unknown",
        ),
        (
            "unknown, with a key",
            &[is("nobody"), by("private_key_jwt"), RSA_KEY],
            "okta-client-unknown",
        ),
        (
            "wrong secret, basic",
            &[is("portico-basic"), by("client_secret_basic"), OTHER_SECRET],
            "okta-client-secret-wrong",
        ),
        (
            "wrong secret, post",
            &[is("portico-post"), by("client_secret_post"), OTHER_SECRET],
            "okta-client-secret-wrong",
        ),
        (
            "wrong secret, jwt",
            &[is("portico-secret-jwt"), by("client_secret_jwt"), OTHER_SECRET],
            "okta-client-secret-wrong",
        ),
        (
            "basic instead of post",
            &[is("portico-post"), by("client_secret_basic"), SECRET],
            "okta-client-method-wrong",
        ),
        (
            "post instead of basic",
            &[is("portico-basic"), by("client_secret_post"), SECRET],
            "okta-client-method-wrong",
        ),
        (
            "none instead of basic",
            &[is("portico-basic")],
            "okta-client-method-wrong",
        ),
        (
            "basic instead of none",
            &[by("client_secret_basic"), SECRET],
            "okta-client-method-wrong",
        ),
        (
            "a key instead of basic",
            &[is("portico-basic"), by("private_key_jwt"), RSA_KEY],
            "okta-client-method-wrong",
        ),
        (
            "a secret instead of a key",
            &[is("portico-key-rs"), by("client_secret_jwt"), SECRET],
            "okta-client-method-wrong",
        ),
        (
            "another key",
            &[
                is("portico-key-es"),
                by("private_key_jwt"),
                ("okta.private_key", &ec_key),
            ],
            "okta-client-key-wrong",
        ),
        (
            "a key of another kind",
            &[is("portico-key-rs"), by("private_key_jwt"), EC_KEY],
            "okta-client-key-wrong",
        ),
        (
            "another kid",
            &[
                is("portico-key-rs"),
                by("private_key_jwt"),
                RSA_KEY,
                ("okta.private_key_id", "another"),
            ],
            "okta-client-key-id-wrong",
        ),
    ];
    for (name, settings, code) in rows {
        let checked = broken(settings, Settings::default(), |_| {}).await;
        checked.is(name, code);
        assert!(checked.is_cut_short(), "{name}");
    }
}

#[tokio::test]
async fn a_reason_that_is_rare_is_told_by_its_name() {
    let settings = [is("portico-key-rs"), by("private_key_jwt"), RSA_KEY];
    let checked = broken(&settings, Settings::default(), |okta| {
        let kind = FaultKind::Oauth {
            status: 401,
            error: "invalid_client".to_owned(),
            description: Some("Error retrieving the client JWKSet from jwks_uri.".to_owned()),
        };
        breaks(okta, Endpoint::Revoke, kind);
    });
    let checked = checked.await;
    checked.is("key set elsewhere", "okta-client-refused");
    assert!(checked.text().ends_with("jwks_uri_error"), "{}", checked.text());
}

fn other_ec_key() -> String {
    let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
    let base64 = BASE64_STANDARD.encode(der.as_ref());
    format!("-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n")
}

#[tokio::test]
async fn each_grant_that_is_not_ticked_is_named() {
    const GRANTS: [(&str, &str); 9] = [
        ("password", "okta-grant-password-missing"),
        ("urn:okta:params:oauth:grant-type:otp", "okta-grant-otp-missing"),
        ("urn:okta:params:oauth:grant-type:oob", "okta-grant-oob-missing"),
        (
            "http://auth0.com/oauth/grant-type/mfa-otp",
            "okta-grant-mfa-otp-missing",
        ),
        (
            "http://auth0.com/oauth/grant-type/mfa-oob",
            "okta-grant-mfa-oob-missing",
        ),
        (
            "urn:okta:params:oauth:grant-type:webauthn",
            "okta-grant-webauthn-missing",
        ),
        (
            "urn:okta:params:oauth:grant-type:mfa-webauthn",
            "okta-grant-mfa-webauthn-missing",
        ),
        ("refresh_token", "okta-grant-refresh-token-missing"),
        ("authorization_code", "okta-grant-authorization-code-missing"),
    ];
    let settings = [EVERY_WAY.as_slice(), &[("sign_in.okta_hosted", "true")]].concat();
    for (missing, code) in GRANTS {
        let others = GRANTS.iter().map(|(grant, _)| *grant).filter(|grant| *grant != missing);
        let patch = ClientPatch {
            grants: Some(others.map(str::to_owned).collect()),
            redirect_uris: Some(vec![CALLBACK.to_owned()]),
            ..ClientPatch::default()
        };
        let checked = broken(&settings, Settings::default(), |okta| {
            okta.set_client("portico-demo", patch).unwrap();
        });
        checked.await.is(missing, code);
    }
}

#[tokio::test]
async fn several_causes_are_all_named() {
    let checked = broken(&[("sign_in.first", "password, otp")], Settings::default(), |okta| {
        let patch = ClientPatch {
            grants: Some(vec!["password".to_owned(), "refresh_token".to_owned()]),
            ..ClientPatch::default()
        };
        okta.set_client("portico-demo", patch).unwrap();
        okta.set_switch(|on| on.date_skew_s = -600);
    });
    let expected = [
        "clock-differs",
        "okta-grant-otp-missing",
        "okta-grant-mfa-otp-missing",
        "okta-grant-mfa-oob-missing",
    ];
    assert_eq!(checked.await.codes(), expected);
}

#[tokio::test]
async fn both_issuers_are_named() {
    const OKTA: &str = "https://example.okta.com";
    // The server's own document has the other name, or only the one for this app.
    let of_server = Settings {
        base_url: Some("http://example.okta.test/".parse().unwrap()),
        ..Settings::default()
    };
    let checked = broken(&[], of_server, |_| {}).await;
    checked.is("server", "okta-issuer-differs");
    assert!(
        checked.text().contains("issuer is http://example.okta.test, "),
        "{}",
        checked.text()
    );
    assert!(
        checked.text().contains("expect http://localhost:"),
        "{}",
        checked.text()
    );

    let checked = broken(&[], Settings::default(), |okta| {
        let patch = ClientPatch {
            issuer: Some(OKTA.to_owned()),
            ..ClientPatch::default()
        };
        okta.set_client("portico-demo", patch).unwrap();
    });
    let checked = checked.await;
    checked.is("app", "okta-issuer-differs");
    assert!(
        checked.text().contains(&format!("issuer is {OKTA}, ")),
        "{}",
        checked.text()
    );
}

/// What is broken: its name, the settings, how, and the code that must be reported.
type Row = (&'static str, &'static [Setting<'static>], fn(&Simulator), &'static str);

async fn is_named(rows: &[Row]) {
    for (name, settings, breaks, code) in rows {
        let checked = broken(settings, Settings::default(), breaks).await;
        checked.is(name, code);
    }
}

#[tokio::test]
#[rustfmt::skip]
async fn what_is_wrong_with_the_org_is_named() {
    const IMPATIENT: [Setting<'_>; 2] = [("okta.connect_timeout", "1s"), ("okta.timeout", "2s")];
    is_named(&[
        ("no such server", &[("okta.authorization_server", "ausNobody")], |_| {}, "okta-authorization-server-unknown"),
        ("a redirect", &[], |okta| breaks(okta, Endpoint::Discovery, FaultKind::Redirect), "okta-not-an-org"),
        ("cut JSON", &[], |okta| breaks(okta, Endpoint::Discovery, FaultKind::CutJson), "okta-not-an-org"),
        ("discovery in trouble", &[], |okta| breaks(okta, Endpoint::Discovery, FaultKind::BadGateway), "okta-no-answer"),
        ("slow", &IMPATIENT, |okta| breaks(okta, Endpoint::Discovery, FaultKind::Delay { ms: 3000 }), "okta-no-answer"),
        ("cut off", &[], |okta| breaks(okta, Endpoint::Discovery, FaultKind::ResetBefore), "okta-no-answer"),
        ("clock, a little", &[], |okta| okta.set_switch(|on| on.date_skew_s = 120), "clock-differs"),
        ("clock, a lot", &[], |okta| okta.set_switch(|on| on.date_skew_s = 900), "clock-differs"),
        ("no keys", &[], |okta| okta.set_switch(|on| on.publish_no_keys = true), "okta-keys-empty"),
        ("keys in trouble", &[], |okta| breaks(okta, Endpoint::Keys, FaultKind::ServerError), "okta-keys-unavailable"),
        ("unlisted", &[], |okta| unlists(okta, "http://auth0.com/oauth/grant-type/mfa-otp"), "okta-grant-unlisted"),
        ("no policy", &[("okta.authorization_server", SERVER_WITHOUT_POLICY)], |_| {}, "okta-access-policy-missing"),
    ])
    .await;
}

#[tokio::test]
#[rustfmt::skip]
async fn what_is_wrong_with_the_app_is_named() {
    const PAGES_ELSEWHERE: &[Setting<'_>] = &[("okta.webauthn", "true"), ("public_url", "https://signin.example.com")];
    is_named(&[
        ("proofs demanded", &[("okta.client_id", "portico-dpop")], |_| {}, "okta-dpop-demanded"),
        ("proofs not demanded", &[("okta.dpop", "on")], |_| {}, "okta-dpop-not-demanded"),
        ("a scope", &[], |okta| lacks(okta, "offline_access"), "okta-scope-refused"),
        ("another scope", &[("okta.scopes", "openid, groups")], |okta| lacks(okta, "groups"), "okta-scope-refused"),
        ("consent", &[], |okta| refuses(okta, "consent_required"), "okta-consent-required"),
        ("redirect", &[("sign_in.okta_hosted", "true")], |_| {}, "okta-redirect-uri-missing"),
        ("passkeys elsewhere", PAGES_ELSEWHERE, |_| {}, "passkey-domain-differs"),
    ])
    .await;
}

#[tokio::test]
#[rustfmt::skip]
async fn what_cannot_be_found_out_is_told() {
    is_named(&[
        ("token endpoint in trouble", &[], |okta| breaks(okta, Endpoint::Token, FaultKind::ServerError), "okta-no-answer"),
        ("rate limit at once", &[], |okta| breaks(okta, Endpoint::Discovery, FaultKind::RateLimited { reset_s: 30 }), "okta-rate-limited"),
        ("something new", &[], |okta| refuses(okta, "unheard_of"), "okta-answer-unexpected"),
        ("rate limit", &[], |okta| breaks(okta, Endpoint::Token, FaultKind::RateLimited { reset_s: 30 }), "okta-rate-limited"),
    ])
    .await;
}

fn unlists(okta: &Simulator, grant: &str) {
    let grant = grant.to_owned();
    okta.set_switch(move |on| on.unlisted_grants = [grant].into());
}

fn refuses(okta: &Simulator, error: &str) {
    let kind = FaultKind::Oauth {
        status: 400,
        error: error.to_owned(),
        description: None,
    };
    breaks(okta, Endpoint::Token, kind);
}

fn breaks(okta: &Simulator, endpoint: Endpoint, kind: FaultKind) {
    okta.faults().push(Fault::new(endpoint, kind).times(1000));
}

fn lacks(okta: &Simulator, scope: &str) {
    let scope = scope.to_owned();
    okta.set_switch(move |on| on.missing_scopes = [scope].into());
}

#[tokio::test]
async fn a_scope_that_is_refused_is_named() {
    let scopes = ("okta.scopes", "openid, profile, groups, offline_access");
    let checked = broken(&[scopes], Settings::default(), |okta| lacks(okta, "groups")).await;
    assert!(
        checked.text().starts_with("Okta refuses groups (okta.scopes)"),
        "{}",
        checked.text()
    );
}

#[tokio::test]
async fn an_address_outside_the_network_zones_is_refused() {
    for address in ["127.0.0.1", "::1"] {
        let settings = Settings {
            denied_addresses: vec![address.parse().unwrap()],
            ..Settings::default()
        };
        let okta = Simulator::start(settings).await.unwrap();
        let checked = check_org(&okta, &[]);
        // The simulator listens on the first of these alone.
        if address == "127.0.0.1" {
            checked.is(address, "okta-network-zone");
        } else {
            checked.is_well(address);
        }
    }
}

#[tokio::test]
async fn a_rate_limit_that_is_nearly_used_up_is_told() {
    let mut start = Settings::default();
    start.limits.token_per_minute = 100;
    let okta = Simulator::start(start).await.unwrap();
    let form = [
        ("client_id", "portico-demo"),
        ("grant_type", "refresh_token"),
        ("refresh_token", "made-up"),
    ];
    // Each of the two runs makes four more.
    for _ in 0..91 {
        let url = format!("{}/oauth2/v1/token", okta.issuer());
        client().post(url).form(&form).send().await.unwrap();
    }
    let checked = check_org(&okta, &[]);
    checked.is("rate limit", "okta-rate-limit-low");
    assert!(checked.text().contains(" of 100 calls"), "{}", checked.text());
}
