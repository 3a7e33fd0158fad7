//! The phone as JSON, as a page and as a stream of events; and the routes below `/sim`.

use std::time::Duration;

use okta_sim::{Settings, Simulator};
use serde_json::json;

use crate::org::Org;

#[tokio::test]
async fn the_phone_as_json() {
    let org = Org::start().await;
    let mfa_token = org.mfa_token("phone@example.com").await;
    org.challenge(&mfa_token, "sms").await.ok();
    let phone = org.get("/phone/phone@example.com.json").await.ok().json();
    let text = &phone["texts"][0];
    assert_eq!(
        (&phone["login"], &phone["otp"]),
        (&json!("phone@example.com"), &json!(null))
    );
    assert!(text["body"].as_str().unwrap().contains(text["code"].as_str().unwrap()));
    assert_eq!(text["at"], "2026-01-01T00:00:00Z");
    for empty in ["calls", "emails", "prompts"] {
        assert_eq!(phone[empty], json!([]), "{empty}");
    }
    assert_eq!(org.get("/phone/otp.json").await.ok().text("otp").len(), 6);
    assert_eq!(org.get("/phone/nobody.json").await.status, 404);
}

#[tokio::test]
async fn prompts_are_answered_as_json_and_as_a_form() {
    let org = Org::start().await;
    let prompt = async |login: &str| {
        org.push(&format!("{login}@example.com")).await;
        let prompts = org.get(&format!("/phone/{login}@example.com.json")).await.json()["prompts"].clone();
        assert_eq!(prompts[0]["state"], "pending");
        (
            org.at(&format!(
                "/phone/{login}@example.com/prompts/{}",
                prompts[0]["id"].as_str().unwrap()
            )),
            prompts[0].clone(),
        )
    };
    let (url, _) = prompt("push").await;
    assert_eq!(
        org.send(org.http.post(&url).json(&json!({ "answer": "approve" })))
            .await
            .status,
        204
    );
    assert_eq!(
        org.send(org.http.post(&url).json(&json!({ "answer": "deny" })))
            .await
            .status,
        409
    );
    assert_eq!(
        org.send(org.http.post(&url).json(&json!({ "answer": "owl" })))
            .await
            .status,
        400
    );
    assert_eq!(
        org.send(org.http.post(format!("{url}x")).json(&json!({ "answer": "deny" })))
            .await
            .status,
        404
    );
    let (url, asked) = prompt("number").await;
    let number = asked["numbers"][1].as_str().unwrap();
    let answer = json!({ "answer": "number", "number": number });
    assert_eq!(org.send(org.http.post(&url).json(&answer)).await.status, 204);
    let (url, _) = prompt("push").await;
    let posted = org.send(org.http.post(&url).form(&[("answer", "deny")])).await;
    assert_eq!(
        (posted.status, posted.header("location").as_str()),
        (303, "/phone/push@example.com")
    );
    assert_eq!(org.phone("push").prompts()[0].state, okta_sim::PromptState::Denied);
}

#[tokio::test]
async fn pages_show_the_phone_and_hold_a_strict_policy() {
    let org = Org::start().await;
    let home = org.get("/").await;
    assert_eq!((home.status, home.header("location").as_str()), (303, "/phone"));
    let list = org.get("/phone").await;
    assert!(list.header("content-security-policy").contains("script-src 'self'"));
    for login in org.logins() {
        assert!(list.body.contains(&format!("/phone/{login}")), "{login}");
        assert_eq!(org.get(&format!("/phone/{login}")).await.status, 200, "{login}");
    }
    org.push("number@example.com").await;
    let page = org.get("/phone/number@example.com").await.body;
    assert_eq!(page.matches("class=\"number\"").count(), 3);
    assert!(!page.contains("style=") && !page.contains("onclick"));
    assert_eq!(org.get("/phone/assets/phone.css").await.status, 200);
    assert!(
        org.get("/phone/assets/phone.js")
            .await
            .header("content-type")
            .starts_with("text/javascript")
    );
    assert_eq!(org.get("/favicon.ico").await.status, 204);
}

#[tokio::test]
async fn a_change_on_a_phone_is_an_event() {
    let org = Org::start().await;
    let mut stream = org
        .http
        .get(org.at("/phone/push@example.com/events"))
        .send()
        .await
        .unwrap();
    org.push("number@example.com").await;
    org.push("push@example.com").await;
    let first = tokio::time::timeout(Duration::from_secs(5), stream.chunk())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(&first[..], b"event: change\ndata: .\n\n");
}

#[tokio::test]
async fn the_clock_ticks_by_itself_or_only_when_told() {
    let org = Org::start().await;
    let code = org.phone("otp").otp();
    let moved = org
        .send(org.http.post(org.at("/sim/clock")).json(&json!({ "advance_s": 30 })))
        .await
        .ok();
    assert_eq!(moved.text("now"), "2026-01-01T00:00:30Z");
    assert_ne!(org.phone("otp").otp(), code);
    let real = Simulator::start(Settings::default()).await.unwrap();
    let before = real.now();
    tokio::time::timeout(Duration::from_secs(5), async {
        while real.now() == before {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    real.advance(Duration::from_hours(1));
    assert!(real.now().as_second() >= before.as_second() + 3600);
}

#[tokio::test]
async fn accounts_requests_and_faults_can_be_controlled_over_http() {
    let org = Org::start().await;
    let patch = json!({ "factors": ["otp"], "name": "Nora New", "state": "active" });
    org.send(org.http.post(org.at("/sim/accounts/nora")).json(&patch))
        .await
        .is(204, "");
    org.password("nora@example.com").await.is(403, "mfa_required");
    assert_eq!(org.get("/sim/requests").await.json()[0]["error"], "mfa_required");
    assert_eq!(org.get("/sim/unexpected").await.json(), json!([]));
    assert!(!org.get("/sim/secrets").await.json().as_array().unwrap().is_empty());
    org.send(org.http.post(org.at("/sim/reset"))).await.is(204, "");
    assert_eq!(org.get("/phone/nora").await.status, 404);
    assert_eq!(org.get("/sim/requests").await.json(), json!([]));
}
