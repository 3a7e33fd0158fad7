//! Faults on demand.

use std::time::Duration;

use okta_sim::{Endpoint, Fault, FaultKind};
use serde_json::json;

use crate::org::Org;

fn on_token(kind: FaultKind) -> Fault {
    Fault::new(Endpoint::Token, kind)
}

#[tokio::test]
async fn answers_instead_of_the_real_one() {
    let org = Org::start().await;
    let oauth = FaultKind::Oauth {
        status: 400,
        error: "odd".to_owned(),
        description: None,
    };
    let core = FaultKind::Core {
        status: 429,
        code: "E0000109".to_owned(),
        summary: String::new(),
    };
    let cases = [
        (FaultKind::RateLimited { reset_s: 7 }, 429, "E0000047"),
        (FaultKind::UserRateLimited, 429, "invalid_grant"),
        (FaultKind::Concurrency, 429, "E0000047"),
        (FaultKind::ServerError, 500, "E0000009"),
        (FaultKind::Maintenance, 503, "E0000010"),
        (FaultKind::OobFailure, 500, "server_error"),
        (FaultKind::SlowDown, 400, "slow_down"),
        (FaultKind::BadGateway, 502, ""),
        (FaultKind::Redirect, 302, ""),
        (oauth, 400, "odd"),
        (core, 429, "E0000109"),
    ];
    for (kind, status, error) in cases {
        org.faults().push(on_token(kind.clone()));
        let answer = org.password("password@example.com").await.is(status, error);
        match kind {
            FaultKind::RateLimited { .. } => {
                let reset = (org.now().as_second() + 7).to_string();
                assert_eq!(
                    (
                        answer.header("x-rate-limit-remaining"),
                        answer.header("x-rate-limit-reset")
                    ),
                    ("0".into(), reset)
                );
            }
            FaultKind::Concurrency => assert_eq!(answer.header("x-rate-limit-limit"), "0"),
            FaultKind::BadGateway => {
                assert!(answer.header("content-type").starts_with("text/html"));
            }
            FaultKind::Redirect => assert_eq!(answer.header("location"), "/somewhere-else"),
            _ => {}
        }
        org.password("password@example.com").await.ok();
        org.seconds(1);
    }
}

#[tokio::test]
async fn spoiled_answers() {
    let org = Org::start().await;
    let ask = async |kind: FaultKind| {
        org.faults().push(on_token(kind));
        org.seconds(1);
        org.password("password@example.com").await
    };
    assert_eq!(ask(FaultKind::EmptyBody).await.body, "");
    let cut = ask(FaultKind::CutJson).await;
    assert!(cut.status == 200 && cut.body.starts_with('{') && cut.json().is_null());
    assert!(ask(FaultKind::GarbageJson).await.json().is_null());
    let html = ask(FaultKind::WrongContentType).await;
    assert!(html.header("content-type").starts_with("text/html") && html.json()["id_token"].is_string());
    assert!(ask(FaultKind::UnknownMembers).await.json()["x_unheard_of"].is_object());
    let huge = ask(FaultKind::HugeBody { bytes: 3_000_000 }).await;
    assert!(huge.body.len() >= 3_000_000 && huge.json()["id_token"].is_string());
    let slow = ask(FaultKind::SlowBody { ms_per_piece: 5 }).await;
    assert!(slow.json()["id_token"].is_string());
    assert_eq!(
        ask(FaultKind::ClockSkew { seconds: -600 }).await.header("date"),
        "Wed, 31 Dec 2025 23:50:08 GMT"
    );
}

#[tokio::test]
async fn connections_break_before_or_after_the_work_is_done() {
    let org = Org::start().await;
    for (kind, tokens) in [(FaultKind::ResetBefore, 0), (FaultKind::ResetAfter, 1)] {
        org.faults().push(on_token(kind));
        let before = org
            .secrets_issued()
            .iter()
            .filter(|secret| secret.starts_with("sim-at."))
            .count();
        let form = [
            ("client_id", "portico-demo"),
            ("grant_type", "password"),
            ("username", "password@example.com"),
            ("password", "portico-demo"),
            ("scope", "openid"),
        ];
        assert!(
            org.http
                .post(org.at("/oauth2/v1/token"))
                .form(&form)
                .send()
                .await
                .is_err()
        );
        let after = org
            .secrets_issued()
            .iter()
            .filter(|secret| secret.starts_with("sim-at."))
            .count();
        assert_eq!(after - before, tokens);
        org.password("password@example.com").await.ok();
    }
}

#[tokio::test]
async fn a_lost_poll_may_be_repeated() {
    let org = Org::start().await;
    let (mfa_token, code) = org.push("push@example.com").await;
    let phone = org.phone("push");
    phone.approve(&phone.pending().unwrap().id).unwrap();
    org.faults().push(on_token(FaultKind::EmptyBody));
    assert_eq!(org.mfa_oob(&mfa_token, &code, None).await.body, "");
    // The code was used up, but the client cannot know that: polling again is no misuse.
    org.mfa_oob(&mfa_token, &code, None).await.is(403, "access_denied");
}

#[tokio::test]
async fn a_delay_is_real_and_expiry_is_at_once() {
    let org = Org::start().await;
    let (mfa_token, code) = org.push("push@example.com").await;
    org.faults().push(on_token(FaultKind::ExpireNow));
    let expired = org.mfa_oob(&mfa_token, &code, None).await.is(403, "access_denied");
    assert!(expired.text("error_description").contains(&code));
    org.faults()
        .push(Fault::new(Endpoint::Keys, FaultKind::Delay { ms: 400 }));
    let quick = tokio::time::timeout(Duration::from_millis(100), org.get("/oauth2/v1/keys")).await;
    assert!(quick.is_err());
    org.faults().push(on_token(FaultKind::RotateKeys { withdraw: true }));
    org.password("password@example.com").await.ok();
    assert!(org.faults().waiting().is_empty());
}

#[tokio::test]
async fn faults_come_as_json_too() {
    let org = Org::start().await;
    let url = org.at("/sim/faults");
    let fault = json!({ "endpoint": "discovery", "kind": "rate_limited", "reset_s": 3, "times": 2 });
    org.send(org.http.post(&url).json(&fault)).await.is(204, "");
    org.send(org.http.post(&url).json(&json!([{ "kind": "bad_gateway" }])))
        .await
        .is(204, "");
    assert_eq!(org.faults().waiting().len(), 2);
    org.get("/.well-known/openid-configuration").await.is(429, "E0000047");
    org.get("/oauth2/v1/keys").await.is(502, "");
    assert_eq!(org.requests()[1].fault.as_deref(), Some("bad_gateway"));
    org.send(org.http.delete(&url)).await.is(204, "");
    org.get("/.well-known/openid-configuration").await.ok();
}
