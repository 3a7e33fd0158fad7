//! Broken replies and broken connections.

use std::time::Duration;

use okta_direct_auth::{
    AccessToken, Action, Code, Config, Context, Device, Error, ErrorKind, Password, RefreshToken, Step,
};
use serde_json::json;

use crate::scripted::{Okta, REFRESH, Reply, SUB, discovery, id_token, mfa_required, refusal, tokens};

async fn password(okta: &Okta) -> Result<Step, Error> {
    password_within(okta, Duration::from_secs(10)).await
}

async fn password_within(okta: &Okta, timeout: Duration) -> Result<Step, Error> {
    let config = Config {
        timeout,
        ..okta.config()
    };
    let (client, _) = Okta::client_with(config);
    client
        .password("robin", &Password::new("SECRET-password"), &Context::default())
        .await
}

fn json_header() -> Vec<(&'static str, String)> {
    vec![("content-type", "application/json;charset=UTF-8".to_owned())]
}

type Case = (&'static str, fn() -> Reply, ErrorKind, &'static str);

const BROKEN: [Case; 11] = [
    (
        "cut body",
        || {
            Reply::Raw(
                "HTTP/1.1 200 X\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"tok".to_owned(),
            )
        },
        ErrorKind::Nonsense,
        "body_cut",
    ),
    (
        "cut json",
        || Reply::With(200, json_header(), "{\"token_type\":".to_owned()),
        ErrorKind::Nonsense,
        "bad_json",
    ),
    (
        "huge",
        || Reply::With(200, json_header(), "x".repeat(300 * 1024)),
        ErrorKind::Nonsense,
        "body_too_large",
    ),
    (
        "html",
        || Reply::With(200, vec![("content-type", "text/html".to_owned())], "<html>".to_owned()),
        ErrorKind::Nonsense,
        "not_json",
    ),
    (
        "no type",
        || Reply::With(200, vec![], "{}".to_owned()),
        ErrorKind::Nonsense,
        "not_json",
    ),
    (
        "empty",
        || Reply::With(200, json_header(), String::new()),
        ErrorKind::Nonsense,
        "bad_json",
    ),
    (
        "redirect",
        || {
            Reply::With(
                302,
                vec![("location", "/oauth2/v1/elsewhere".to_owned())],
                String::new(),
            )
        },
        ErrorKind::Nonsense,
        "redirect",
    ),
    (
        "no id token",
        || {
            Reply::Json(
                200,
                json!({"token_type": "Bearer", "expires_in": 1, "access_token": "a", "scope": "openid"}),
            )
        },
        ErrorKind::Nonsense,
        "id_token_missing",
    ),
    (
        "bad gateway",
        || Reply::With(502, vec![], "<html>".to_owned()),
        ErrorKind::Unavailable,
        "server_error_unreadable",
    ),
    (
        "no reply",
        || Reply::Raw(String::new()),
        ErrorKind::Unavailable,
        "connection_lost",
    ),
    (
        "not http",
        || Reply::Raw("hello\r\n\r\n".to_owned()),
        ErrorKind::Unavailable,
        "connection_lost",
    ),
];

#[tokio::test]
async fn broken_replies_are_nonsense_and_are_not_asked_for_again() {
    for (name, reply, kind, cause) in BROKEN {
        let okta = Okta::start(move |seen, _| seen.path.ends_with("/token").then(reply));
        let error = password(&okta).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.cause(), error.is_uncertain()),
            (kind, cause, true),
            "{name}"
        );
        assert_eq!(okta.seen("/token").len(), 1, "{name}: a password is sent once");
        assert!(okta.seen("/elsewhere").is_empty());
        assert!(!format!("{error:?}").contains("SECRET"), "{error:?}");
    }
}

#[tokio::test]
async fn a_reply_that_never_starts_or_stalls_is_given_up() {
    let replies: [fn() -> Reply; 2] = [
        || Reply::Silence(Duration::from_secs(30)),
        || Reply::Stall(Duration::from_secs(30)),
    ];
    for reply in replies {
        let okta = Okta::start(move |seen, _| seen.path.ends_with("/token").then(reply));
        let error = password_within(&okta, Duration::from_secs(3)).await.unwrap_err();
        assert_eq!((error.kind(), error.cause()), (ErrorKind::Unavailable, "timeout"));
        assert!(error.is_uncertain());
        assert_eq!(okta.seen("/token").len(), 1, "a password is sent once");
    }
}

#[tokio::test]
async fn an_org_that_cannot_be_reached_has_certainly_not_acted() {
    let okta = Okta::start(|_, _| None);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let (client, _) = Okta::client_with(Config {
        org_url: url,
        ..okta.config()
    });
    let error = client
        .password("robin", &Password::new("x"), &Context::default())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.action()),
        (ErrorKind::Unavailable, Action::Backoff)
    );
    assert!(!error.is_uncertain());
}

#[tokio::test]
async fn a_rate_limit_is_no_wrong_password() {
    let okta = Okta::start(|seen, _| {
        let mut headers = json_header();
        headers.push(("x-rate-limit-reset", "1767225630".to_owned()));
        headers.push(("date", "Thu, 01 Jan 2026 00:00:10 GMT".to_owned()));
        seen.path
            .ends_with("/token")
            .then(|| Reply::With(429, headers, r#"{"error":"invalid_grant"}"#.to_owned()))
    });
    let error = password(&okta).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.action()),
        (ErrorKind::RateLimited, Action::Backoff)
    );
    assert_eq!(error.retry_after(), Some(Duration::from_secs(20)));
    assert!(!error.is_uncertain());
}

#[tokio::test]
async fn the_state_comes_back_when_it_may_be_used_again() {
    let rows: [(u16, &str, &str, bool); 6] = [
        (400, "invalid_grant", "", true),
        (429, "invalid_grant", "", true),
        (502, "", "", true),
        (
            403,
            "access_denied",
            "'x' has expired. Use a new 'mfa_token' and try again.",
            false,
        ),
        (400, "invalid_scope", "", false),
        (
            403,
            "access_denied",
            "The required authenticator cannot be used. Check.",
            true,
        ),
    ];
    for (status, code, text, comes_back) in rows {
        let okta = Okta::start(move |seen, before| match (seen.path.as_str(), before) {
            ("/oauth2/v1/token", 0) => Some(mfa_required()),
            ("/oauth2/v1/token", 1) => Some(refusal(status, code, text)),
            _ => None,
        });
        let (client, _) = okta.client();
        let step = client
            .password("robin", &Password::new("x"), &Context::default())
            .await
            .unwrap();
        let Step::MfaRequired(mfa) = step else { panic!() };
        let failed = mfa
            .answer_otp(&client, &Code::new("000000"), &Device::default())
            .await
            .unwrap_err();
        assert_eq!(failed.retry.is_some(), comes_back, "{status} {code} {text}");
        assert!(!format!("{failed:?} {failed}").contains("SECRET"));
        if let Some(mfa) = failed.retry {
            let step = mfa
                .answer_otp(&client, &Code::new("123456"), &Device::default())
                .await
                .unwrap();
            assert!(matches!(step, Step::SignedIn(_)));
        }
    }
}

#[tokio::test]
async fn a_fourth_factor_is_one_too_many() {
    let okta = Okta::start(|seen, _| {
        if seen.path.ends_with("/token") {
            Some(mfa_required())
        } else {
            None
        }
    });
    let (client, _) = okta.client();
    let mut step = client
        .password("robin", &Password::new("x"), &Context::default())
        .await
        .unwrap();
    for _ in 0..2 {
        let Step::MfaRequired(mfa) = step else { panic!() };
        step = mfa
            .answer_otp(&client, &Code::new("1"), &Device::default())
            .await
            .unwrap();
    }
    let Step::MfaRequired(mfa) = step else { panic!() };
    let failed = mfa
        .answer_otp(&client, &Code::new("1"), &Device::default())
        .await
        .unwrap_err();
    assert_eq!(failed.error.kind(), ErrorKind::TooManyFactors);
    assert!(failed.retry.is_none());
}

#[tokio::test]
async fn a_refresh_is_for_the_same_user_and_sent_once() {
    let okta = Okta::start(|_, _| None);
    let (client, _) = okta.client();
    let token = RefreshToken::new(REFRESH);
    let tokens_again = client.refresh(&token, SUB, &Device::default()).await.unwrap();
    assert_eq!(tokens_again.refresh_token.unwrap().expose_secret(), REFRESH);
    let error = client
        .refresh(&token, "someone else", &Device::default())
        .await
        .unwrap_err();
    assert!(error.retry.is_none());
    let error = error.error;
    assert_eq!(
        (error.kind(), error.cause()),
        (ErrorKind::InvalidToken, "sub_of_someone_else")
    );
    assert_eq!(error.request_id(), Some("req-1"));
    assert_eq!(okta.seen("/revoke")[0].form["token"], REFRESH);

    let okta = Okta::start(|seen, _| seen.path.ends_with("/token").then(|| Reply::Raw(String::new())));
    let (client, _) = okta.client();
    client.refresh(&token, SUB, &Device::default()).await.unwrap_err();
    assert_eq!(okta.seen("/token").len(), 1);

    let okta = Okta::start(|seen, _| {
        if seen.path.ends_with("/token") {
            Some(refusal(400, "invalid_grant", ""))
        } else {
            None
        }
    });
    let (client, _) = okta.client();
    let error = client.refresh(&token, SUB, &Device::default()).await.unwrap_err();
    assert_eq!(error.error.kind(), ErrorKind::SessionOver);
}

#[tokio::test]
async fn calls_that_may_be_doubled_are_tried_twice() {
    let okta = Okta::start(|seen, before| match (seen.path.as_str(), before) {
        ("/oauth2/v1/revoke" | "/.well-known/openid-configuration", 0) => Some(Reply::With(503, vec![], String::new())),
        ("/oauth2/v1/userinfo", 0) => Some(Reply::Raw(String::new())),
        ("/oauth2/v1/userinfo", _) => Some(Reply::Json(200, json!({"sub": SUB, "new": 1}))),
        _ => None,
    });
    let (client, _) = okta.client();
    let token = AccessToken::new("t");
    client.revoke_access_token(&token, &Device::default()).await.unwrap();
    assert_eq!(client.userinfo(&token, SUB).await.unwrap().sub, SUB);
    let error = client.userinfo(&token, "someone else").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidToken);
    assert_eq!(okta.seen("/revoke").len(), 2);
    assert_eq!(okta.seen("openid-configuration").len(), 2);
}

#[tokio::test]
async fn discovery_that_points_elsewhere_is_refused() {
    let changes = [
        ("issuer", json!("https://idp.example.test")),
        ("issuer", json!("http://127.0.0.1:1/")),
        ("token_endpoint", json!("http://127.0.0.1:1/oauth2/v1/token")),
        ("token_endpoint", json!("https://evil.example.test/oauth2/v1/token")),
        ("jwks_uri", json!("http://169.254.169.254/keys")),
        (
            "authorization_endpoint",
            json!("https://evil.example.test/oauth2/v1/authorize"),
        ),
        (
            "end_session_endpoint",
            json!("https://evil.example.test/oauth2/v1/logout"),
        ),
        ("id_token_signing_alg_values_supported", json!(["ES256"])),
        ("token_endpoint_auth_methods_supported", json!(["private_key_jwt"])),
    ];
    for (name, value) in changes {
        let shown = format!("{name} = {value}");
        let okta = Okta::start(move |seen, _| {
            let url = format!("http://{}", seen.headers["host"]).parse().unwrap();
            let mut document = discovery(&url);
            document[name] = value.clone();
            seen.path
                .ends_with("openid-configuration")
                .then_some(Reply::Json(200, document))
        });
        let error = password(&okta).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.action()),
            (ErrorKind::Misconfigured, Action::Operator),
            "{shown}"
        );
        assert!(okta.seen("/token").is_empty());
    }
}

#[tokio::test]
async fn a_clock_that_is_minutes_off_is_corrected_and_one_further_off_is_not_trusted() {
    for (date, skew, passes) in [
        ("Thu, 01 Jan 2026 00:02:00 GMT", 120, true),
        ("Thu, 01 Jan 2026 00:10:00 GMT", 600, false),
    ] {
        let okta = Okta::start(move |seen, _| {
            let url = format!("http://{}", seen.headers["host"]).parse().unwrap();
            let theirs = crate::scripted::NOW + skew;
            let token = id_token(
                &url,
                "one",
                &json!({"iat": theirs, "auth_time": theirs, "exp": theirs + 3600}),
            );
            let mut headers = json_header();
            headers.push(("date", date.to_owned()));
            seen.path
                .ends_with("/token")
                .then(|| Reply::With(200, headers, tokens(&token).to_string()))
        });
        let outcome = password(&okta).await;
        assert_eq!(outcome.is_ok(), passes);
        assert!(outcome.err().is_none_or(|error| error.cause() == "clock_off"));
    }
}

/// A rotated token is the only good one left, whatever is wrong with our clock or our copy of Okta's keys (SEC-221).
#[tokio::test]
async fn a_refresh_that_cannot_be_judged_hands_back_what_is_to_be_kept() {
    let clock_off = [("date", "Thu, 01 Jan 2026 00:10:00 GMT".to_owned())];
    for (cause, key, headers) in [
        ("clock_off", "one", clock_off.to_vec()),
        ("kid_unknown", "two", Vec::new()),
    ] {
        let okta = Okta::start(move |seen, _| {
            let url = format!("http://{}", seen.headers["host"]).parse().unwrap();
            let mut answer = tokens(&id_token(&url, key, &json!({})));
            answer["refresh_token"] = json!("rotated");
            let headers = json_header().into_iter().chain(headers.clone()).collect();
            seen.path
                .ends_with("/token")
                .then(|| Reply::With(200, headers, answer.to_string()))
        });
        let (client, _) = okta.client();
        let token = RefreshToken::new(REFRESH);
        let failed = client.refresh(&token, SUB, &Device::default()).await;
        let failed = failed.unwrap_err();
        assert_eq!(failed.error.cause(), cause);
        assert_eq!(failed.error.request_id(), Some("req-1"));
        let kept = failed.retry.unwrap().refresh_token.unwrap();
        assert_eq!(kept.expose_secret(), "rotated", "{cause}");
        assert!(okta.seen("/revoke").is_empty(), "{cause}");
    }
}

#[tokio::test]
async fn a_document_with_another_issuer_is_refused_with_both_named() {
    let okta = Okta::start(|seen, _| {
        let url = format!("http://{}", seen.headers["host"]).parse().unwrap();
        let mut document = discovery(&url);
        document["issuer"] = json!("https://example.okta.com");
        seen.path
            .ends_with("openid-configuration")
            .then_some(Reply::Json(200, document))
    });
    let error = password(&okta).await.unwrap_err();
    let issuers = error.issuers().unwrap();
    assert_eq!(issuers.received, "https://example.okta.com");
    assert!(issuers.expected.starts_with("http://"), "{issuers:?}");
    let shown = error.to_string();
    let expected = format!(
        "(issuer_differs: expected {}, received {})",
        issuers.expected, issuers.received
    );
    assert!(shown.ends_with(&expected), "{shown}");
}

#[tokio::test]
async fn a_document_that_does_not_list_a_grant_will_do() {
    let okta = Okta::start(|seen, _| {
        let url = format!("http://{}", seen.headers["host"]).parse().unwrap();
        let mut document = discovery(&url);
        document["grant_types_supported"] = json!(["password"]);
        seen.path
            .ends_with("openid-configuration")
            .then_some(Reply::Json(200, document))
    });
    let _answer = password(&okta).await;
    assert_eq!(okta.seen("/token").len(), 1);
}
