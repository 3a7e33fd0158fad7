//! What goes over the wire.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use okta_direct_auth::{
    AccessToken, AuthorizationServer, CallReport, CallTrace, CallTracer, Challenge, Channel, Client, ClientAuth, Code,
    Config, Context, Device, Endpoint, ErrorKind, Grant, Observer, Password, Step, TokenRef,
};
use serde_json::{Value, json};
use url::Url;

use crate::scripted::{CLIENT, Okta, Reply, Seen, mfa_required};

const SECRET: &str = "direct-auth-fixture-secret-0123456789abcdef";

fn with_sms(seen: &Seen, before: usize) -> Option<Reply> {
    let oob = json!({"oob_code": "SECRET-oob", "expires_in": 300, "channel": "sms", "binding_method": "prompt"});
    match (seen.path.as_str(), before) {
        ("/oauth2/v1/token", 0) => Some(mfa_required()),
        ("/oauth2/v1/challenge" | "/oauth2/v1/primary-authenticate", _) => Some(Reply::Json(200, oob)),
        _ => None,
    }
}

fn device() -> Device {
    Device {
        address: Some("203.0.113.7".parse().unwrap()),
        user_agent: Some("Mozilla/5.0 (X11; Linux)\u{7f}é".to_owned()),
        accept_language: Some("de-CH".to_owned()),
    }
}

async fn sign_in_with_sms(client: &Client, acr_values: &[&str]) -> Step {
    let acr_values = acr_values.iter().map(|&acr| acr.to_owned()).collect();
    let context = Context {
        device: device(),
        acr_values,
    };
    let step = client
        .password("robin+1@example.test", &Password::new("a b&c+d é"), &context)
        .await
        .unwrap();
    let Step::MfaRequired(mfa) = step else {
        panic!("{step:?}")
    };
    let challenge = mfa.challenge(client, Channel::Sms, &device()).await.unwrap();
    let Challenge::Code(pending) = challenge else {
        panic!("{challenge:?}")
    };
    for shown in [format!("{pending:?}"), format!("{client:?}")] {
        assert!(!shown.contains("SECRET") && !shown.contains("robin"), "{shown}");
    }
    pending.answer(client, &Code::new("aB 12"), &device()).await.unwrap()
}

#[tokio::test]
async fn a_flow_repeats_what_must_be_repeated_and_nothing_else() {
    let okta = Okta::start(with_sms);
    let (client, _) = okta.client();
    let step = sign_in_with_sms(&client, &[]).await;
    assert!(matches!(&step, Step::SignedIn(tokens) if tokens.request_id.as_deref() == Some("req-1")));
    assert!(!format!("{step:?}").contains("SECRET"), "{step:?}");

    let token = okta.seen("/token");
    let expected = [
        ("grant_type", "password"),
        ("username", "robin+1@example.test"),
        ("password", "a b&c+d é"),
        ("scope", "openid profile email"),
        ("client_id", CLIENT),
        (
            "grant_types_supported",
            "http://auth0.com/oauth/grant-type/mfa-otp http://auth0.com/oauth/grant-type/mfa-oob",
        ),
    ];
    assert_eq!(token[0].form, as_form(&expected));
    let expected = [
        ("challenge_types_supported", "http://auth0.com/oauth/grant-type/mfa-oob"),
        ("mfa_token", "SECRET-mfa"),
        ("channel_hint", "sms"),
        ("client_id", CLIENT),
    ];
    assert_eq!(okta.seen("/challenge")[0].form, as_form(&expected));
    let expected = [
        ("grant_type", "http://auth0.com/oauth/grant-type/mfa-oob"),
        ("oob_code", "SECRET-oob"),
        ("mfa_token", "SECRET-mfa"),
        ("binding_code", "aB 12"),
        ("scope", "openid profile email"),
        ("client_id", CLIENT),
    ];
    assert_eq!(token[1].form, as_form(&expected));
    let headers = &token[1].headers;
    assert_eq!(headers["x-forwarded-for"], "203.0.113.7");
    assert_eq!(headers["user-agent"], "okta-direct-auth/0.1.0 Mozilla/5.0 (X11; Linux)");
    assert_eq!(headers["accept-language"], "de-CH");
    assert_eq!(headers["accept"], "application/json");
    assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
    assert!(
        ["origin", "referer", "cookie", "accept-encoding"]
            .iter()
            .all(|name| !headers.contains_key(*name))
    );
}

fn as_form(pairs: &[(&str, &str)]) -> std::collections::HashMap<String, String> {
    pairs
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[tokio::test]
async fn context_classes_stay_the_same_through_a_flow() {
    let acr = "urn:okta:loa:2fa:any";
    let okta = Okta::start(move |seen, before| {
        let done = seen.form.contains_key("binding_code");
        if done {
            let url = format!("http://{}", seen.headers["host"]);
            let token = crate::scripted::id_token(&Url::parse(&url).unwrap(), "one", &json!({"acr": acr}));
            return Some(Reply::Json(200, crate::scripted::tokens(&token)));
        }
        with_sms(seen, before)
    });
    let (client, _) = okta.client();
    let Step::SignedIn(tokens) = sign_in_with_sms(&client, &[acr, "phr"]).await else {
        panic!()
    };
    assert_eq!(tokens.claims.acr.as_deref(), Some(acr));
    for seen in okta.seen("").iter().filter(|seen| !seen.form.is_empty()) {
        assert_eq!(seen.form["acr_values"], "urn:okta:loa:2fa:any phr", "{}", seen.path);
    }
}

#[tokio::test]
async fn a_context_class_that_was_not_reached_is_refused() {
    let okta = Okta::start(|_, _| None);
    let (client, _) = okta.client();
    let context = Context {
        acr_values: vec!["phr".to_owned()],
        ..Context::default()
    };
    let error = client
        .password("robin", &Password::new("x"), &context)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AcrUnmet);
    assert_eq!(okta.seen("/revoke").len(), 1, "tokens nobody will use are revoked");
}

#[tokio::test]
async fn every_client_authentication_is_what_it_says() {
    let key = ClientAuth::PrivateKeyJwt {
        pem: okta_sim::test_keys::RSA_PRIVATE_KEY_PEM.into(),
        key_id: Some("k1".to_owned()),
    };
    let methods = [
        ClientAuth::None,
        ClientAuth::SecretBasic(SECRET.into()),
        ClientAuth::SecretPost(SECRET.into()),
        ClientAuth::SecretJwt(SECRET.into()),
        key,
    ];
    for method in methods {
        let okta = Okta::start(with_sms);
        let (client, _) = Okta::client_with(Config {
            client_auth: method.clone(),
            ..okta.config()
        });
        sign_in_with_sms(&client, &[]).await;
        let posts: Vec<_> = okta.seen("").into_iter().filter(|seen| !seen.form.is_empty()).collect();
        assert_eq!(posts.len(), 3);
        let mut ids = HashSet::new();
        for post in &posts {
            let sent = ["client_id", "client_secret", "client_assertion"].map(|name| post.form.contains_key(name));
            let basic = post.headers.contains_key("authorization");
            let expected = match &method {
                ClientAuth::None => ([true, false, false], false),
                ClientAuth::SecretBasic(_) => ([false, false, false], true),
                ClientAuth::SecretPost(_) => ([true, true, false], false),
                _ => ([false, false, true], false),
            };
            assert_eq!((sent, basic), expected, "{method:?}");
            if let Some(assertion) = post.form.get("client_assertion") {
                let claims = BASE64.decode(assertion.split('.').nth(1).unwrap()).unwrap();
                let claims: Value = serde_json::from_slice(&claims).unwrap();
                let endpoint = okta.url.join(&post.path).unwrap();
                assert_eq!(claims["aud"], endpoint.as_str());
                assert!(ids.insert(claims["jti"].to_string()), "assertions are used once");
            }
        }
    }
}

#[tokio::test]
async fn a_first_factor_out_of_band_sends_no_scope() {
    let okta = Okta::start(with_sms);
    let (client, _) = okta.client();
    let challenge = client
        .out_of_band("robin", Channel::Sms, &Context::default())
        .await
        .unwrap();
    let sent = &okta.seen("/primary-authenticate")[0].form;
    let expected = [
        ("challenge_hint", "urn:okta:params:oauth:grant-type:oob"),
        ("login_hint", "robin"),
        ("channel_hint", "sms"),
        ("client_id", CLIENT),
    ];
    assert_eq!(sent, &as_form(&expected));
    assert!(!format!("{challenge:?}").contains("robin"));
}

#[tokio::test]
async fn a_public_client_introspects_by_query() {
    let okta = Okta::start(|seen, _| {
        seen.path
            .ends_with("/introspect")
            .then(|| Reply::Json(200, json!({"active": false})))
    });
    let (client, _) = okta.client();
    let token = AccessToken::new("t");
    client
        .introspect(TokenRef::Access(&token), &Device::default())
        .await
        .unwrap();
    let seen = &okta.seen("/introspect")[0];
    assert_eq!(seen.query, format!("client_id={CLIENT}"));
    assert!(!seen.form.contains_key("client_id"));
}

#[tokio::test]
async fn a_custom_server_has_its_own_endpoints() {
    let okta = Okta::start(|seen, _| {
        let org = Url::parse(&format!("http://{}/", seen.headers["host"])).unwrap();
        seen.path.ends_with("openid-configuration").then(|| {
            let text = crate::scripted::discovery(&org).to_string();
            let text = text.replace("/oauth2/v1", "/oauth2/default/v1");
            let issuer = format!("{org}oauth2/default");
            let mut document: Value = serde_json::from_str(&text).unwrap();
            document["issuer"] = json!(issuer);
            Reply::Json(200, document)
        })
    });
    let server = AuthorizationServer::Custom("default".to_owned());
    let (client, _) = Okta::client_with(Config {
        authorization_server: server,
        ..okta.config()
    });
    let metadata = client.metadata().await.unwrap();
    assert_eq!(metadata.challenge_endpoint.path(), "/oauth2/default/v1/challenge");
    assert_eq!(
        metadata.primary_authenticate_endpoint.path(),
        "/oauth2/default/v1/primary-authenticate"
    );
    assert_eq!(
        okta.seen("openid-configuration")[0].path,
        "/oauth2/default/.well-known/openid-configuration"
    );
}

#[tokio::test]
async fn passkey_grants_are_named_only_to_an_org_that_knows_them() {
    for (org_knows_webauthn, named) in [(false, false), (true, true)] {
        let okta = Okta::start(|_, _| None);
        let second_factors = vec![Grant::MfaOob, Grant::MfaWebauthn];
        let config = Config {
            second_factors,
            org_knows_webauthn,
            ..okta.config()
        };
        let (client, _) = Okta::client_with(config);
        client
            .password("robin", &Password::new("x"), &Context::default())
            .await
            .unwrap();
        let sent = &okta.seen("/token")[0].form["grant_types_supported"];
        assert_eq!(sent.contains("webauthn"), named);
    }
}

#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Observer for Notes {
    fn call_finished(&self, report: &CallReport<'_>) {
        let CallReport {
            endpoint,
            status,
            outcome,
            request_id,
            clock_skew,
            ..
        } = report;
        let note = format!("{endpoint} {status:?} {outcome} {request_id:?} {clock_skew:?}");
        self.0.lock().unwrap().push(note);
    }
}

#[tokio::test]
async fn every_call_is_reported() {
    let okta = Okta::start(|seen, _| match seen.path.as_str() {
        "/oauth2/v1/token" => {
            let headers = vec![
                ("content-type", "application/json".to_owned()),
                ("date", "Thu, 01 Jan 2026 00:01:40 GMT".to_owned()),
            ];
            Some(Reply::With(400, headers, r#"{"error":"invalid_grant"}"#.to_owned()))
        }
        _ => None,
    });
    let notes = Arc::new(Notes::default());
    let (client, _) = okta.client();
    let client = client.with_observer(Arc::clone(&notes) as _);
    let error = client
        .password("robin", &Password::new("x"), &Context::default())
        .await
        .unwrap_err();
    assert_eq!(error.request_id(), Some("req-1"));
    let notes = notes.0.lock().unwrap();
    assert_eq!(
        *notes,
        [
            r#"discovery Some(200) ok Some("req-1") None"#,
            r#"keys Some(200) ok Some("req-1") None"#,
            r#"token Some(400) wrong_credentials Some("req-1") Some(-100)"#,
        ]
    );
}

/// Numbers the calls, and notes how each ended.
struct Numbers(Arc<Mutex<Vec<String>>>);

struct NumberedCall {
    number: usize,
    notes: Arc<Mutex<Vec<String>>>,
}

impl CallTracer for Numbers {
    fn call_started(&self, endpoint: Endpoint, grant: Option<&str>) -> Box<dyn CallTrace> {
        let mut notes = self.0.lock().unwrap();
        let number = notes.len();
        notes.push(format!("{endpoint} {grant:?}"));
        Box::new(NumberedCall {
            number,
            notes: Arc::clone(&self.0),
        })
    }
}

impl CallTrace for NumberedCall {
    fn headers(&self) -> Vec<(&'static str, String)> {
        vec![
            ("x-number", self.number.to_string()),
            ("no name", "a".to_owned()),
            ("x-no-value", "a\nb".to_owned()),
        ]
    }

    fn finished(self: Box<Self>, report: &CallReport<'_>) {
        let CallReport {
            grant, outcome, cause, ..
        } = report;
        let note = format!(" {grant:?} {outcome} {cause:?}");
        self.notes.lock().unwrap()[self.number].push_str(&note);
    }
}

#[tokio::test]
async fn every_call_is_followed_with_headers_of_its_own() {
    let okta = Okta::start(|seen, _| {
        let reply = || Reply::Json(400, json!({ "error": "invalid_grant" }));
        (seen.path == "/oauth2/v1/token").then(reply)
    });
    let notes = Arc::default();
    let (client, _) = okta.client();
    let client = client.with_tracer(Arc::new(Numbers(Arc::clone(&notes))));
    client
        .password("robin", &Password::new("x"), &Context::default())
        .await
        .unwrap_err();
    let expected = [
        "discovery None None ok None",
        "keys None None ok None",
        r#"token Some("password") Some("password") wrong_credentials Some("invalid_password_credentials")"#,
    ];
    assert_eq!(*notes.lock().unwrap(), expected);
    let seen = &okta.seen("/token")[0].headers;
    assert_eq!(seen["x-number"], "2");
    assert!(!seen.contains_key("x-no-value"), "{seen:?}");
}

#[test]
fn a_config_that_cannot_work_is_refused_at_once() {
    let good = || Config::new(Url::parse("https://idp.example.test").unwrap(), CLIENT);
    let url = |url: &str| Config {
        org_url: Url::parse(url).unwrap(),
        ..good()
    };
    let loopback = |url: &str| Config {
        org_url: Url::parse(url).unwrap(),
        allow_http_loopback: true,
        ..good()
    };
    for (cause, config) in [
        ("org_url_not_https", url("http://127.0.0.1:1")),
        ("org_url_not_https", loopback("http://idp.example.test")),
        ("org_url_not_https", loopback("ftp://127.0.0.1")),
        ("org_url_not_bare", url("https://idp.example.test/oauth2/default")),
        ("org_url_not_bare", url("https://u:p@idp.example.test")),
        ("org_url_not_bare", url("https://idp.example.test?x")),
        (
            "client_id_empty",
            Config {
                client_id: String::new(),
                ..good()
            },
        ),
        (
            "openid_scope_missing",
            Config {
                scopes: vec!["email".to_owned()],
                ..good()
            },
        ),
        (
            "second_factor_not_a_second_factor",
            Config {
                second_factors: vec![Grant::Otp],
                ..good()
            },
        ),
        (
            "authorization_server_id",
            Config {
                authorization_server: AuthorizationServer::Custom("../x".to_owned()),
                ..good()
            },
        ),
        (
            "root_certificate_unreadable",
            Config {
                extra_root_certificates: vec![b"x".to_vec()],
                ..good()
            },
        ),
        (
            "client_secret_too_short",
            Config {
                client_auth: ClientAuth::SecretJwt("x".into()),
                ..good()
            },
        ),
    ] {
        let error = Client::new(config).unwrap_err();
        assert_eq!((error.kind(), error.cause()), (ErrorKind::Misconfigured, cause));
    }
    for url in ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"] {
        assert!(Client::new(loopback(url)).is_ok());
    }
    let root = include_bytes!("../data/root.pem").to_vec();
    assert!(
        Client::new(Config {
            extra_root_certificates: vec![root],
            ..good()
        })
        .is_ok()
    );
    assert_eq!(good().timeout, Duration::from_secs(10));
}
