//! What stands in the record, and what must not.

use std::path::Path;

use reqwest::Method;

use super::{Audited, of, records, verify};
use crate::support::{PASSWORD, client, portico, run};

/// What `portico audit who` prints first.
fn pseudonym(audited: &Audited, name: &str) -> String {
    let mut who = portico(&["audit", "who", name]);
    who.envs(audited.served.variables.iter().cloned());
    let (_, names, _) = run(who);
    names.lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn sec_503_a_customer_s_day_is_recorded_without_a_name_or_a_secret() {
    let audited = Audited::start(&[]).await;
    let served = &audited.served;
    let browser = served.browser();
    let form = browser.opens_sign_in(None).await;
    let refused = browser.submits_password(&form, "password", "hunter2-is-wrong").await;
    let code_of_refusal = refused.header("x-request-id").to_owned();
    let signed_in = browser.submits_password(&refused, "password", PASSWORD).await;
    signed_in.expect(303);
    let code_of_sign_in = signed_in.header("x-request-id").to_owned();
    let secret = browser.cookie(crate::support::SESSION).unwrap();
    let form = browser.gets("/sign-in?max_age=0&return_to=/account").await;
    browser.submits_password(&form, "password", PASSWORD).await.expect(303);
    browser.signs_out().await;
    let (key, user) = (audited.key(), pseudonym(&audited, "PASSWORD@example.com"));

    let (log, folder) = audited.stops().await;
    let file = folder.path().join("audit.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    for hidden in ["password@example", "hunter2", PASSWORD, &secret, "127.0.0.1"] {
        assert!(
            !text.to_lowercase().contains(&hidden.to_lowercase()),
            "{hidden} in {text}"
        );
    }
    let records = records(&file);
    let events: Vec<&str> = records
        .iter()
        .map(|record| record["event"].as_str().unwrap())
        .filter(|event| *event != "checkpoint")
        .collect();
    assert_eq!(
        events,
        [
            "opened",
            "sign_in_begun",
            "factor_refused",
            "factor_accepted",
            "session_started",
            "sign_in_begun",
            "factor_accepted",
            "session_ended",
            "session_started",
            "session_ended",
            "signed_out",
            "closed"
        ]
    );
    for record in records.iter().filter(|record| record.get("factor").is_some()) {
        assert_eq!(record["user"], user, "{record}");
        assert_eq!(record["factor"], "password", "{record}");
        assert_eq!(record["address"], "127.0.0.0/24", "{record}");
        assert!(
            record["okta_request_id"].as_str().is_some_and(|id| !id.is_empty()),
            "{record}"
        );
    }
    let refusal = of(&records, "factor_refused")[0];
    assert_eq!(
        (&refusal["outcome"], &refusal["support_code"]),
        (&"wrong".into(), &code_of_refusal.into())
    );
    let started = of(&records, "session_started");
    assert_eq!(started[0]["support_code"], code_of_sign_in);
    assert_eq!(
        (started[0].get("step_up"), &started[1]["step_up"]),
        (None, &true.into())
    );
    let ended = of(&records, "session_ended");
    assert_eq!(
        (&ended[0]["session"], &ended[0]["reason"]),
        (&started[0]["session"], &"replaced".into())
    );
    assert_eq!(
        (&ended[1]["session"], &ended[1]["reason"]),
        (&started[1]["session"], &"sign_out".into())
    );
    assert_eq!(of(&records, "signed_out")[0]["session"], started[1]["session"]);

    // Okta's id of a call that went well is in the log, too.
    let lines: Vec<serde_json::Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    for told in ["Okta accepted a factor", "a session started"] {
        let line = lines.iter().find(|line| line["message"] == told).unwrap();
        assert_eq!(line["okta_request_id"], started[0]["okta_request_id"], "{line}");
    }
    let (code, says) = verify(&[&file], &[&key]);
    assert_eq!(code, 0, "{says}");
    assert!(
        says.contains("closed in order") && says.contains("nothing was changed"),
        "{says}"
    );
    assert!(!says.contains("warning"), "{says}");
}

#[tokio::test]
async fn what_administrators_and_okta_do_is_recorded() {
    let audited = Audited::start(&[]).await;
    let served = &audited.served;
    served.browser().begins("password").await.expect(303);
    let asks_by = async |method: Method, path: &str| {
        let address = format!("{}{path}", served.ops);
        let answer = client().request(method, address).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    };
    let asks = async |path: &str| asks_by(Method::DELETE, path).await;
    asks("/admin/sessions?user=password@example.com").await;
    asks("/admin/limits?user=password@example.com").await;
    asks("/admin/user?user=password@example.com").await;
    asks_by(Method::PUT, "/admin/closed").await;
    asks("/admin/closed").await;
    let order = client()
        .post(format!("{}/global-token-revocation", served.base))
        .header("content-type", "application/json")
        .bearer_auth("a.b.c")
        .body(r#"{"sub_id":{"format":"email","email":"password@example.com"}}"#);
    assert_eq!(order.send().await.unwrap().status(), 401);
    let user = pseudonym(&audited, "password@example.com");

    let (_, folder) = audited.stops().await;
    let records = records(&folder.path().join("audit.jsonl"));
    let ended = of(&records, "operator_ended_sessions")[0];
    assert_eq!((&ended["sessions"], &ended["reason"]), (&1.into(), &"user".into()));
    let reset = of(&records, "operator_reset_limits")[0];
    let erased = of(&records, "operator_erased_user")[0];
    for event in ["operator_closed_sign_ins", "operator_opened_sign_ins"] {
        assert_eq!(of(&records, event)[0]["address"], "127.0.0.0/24", "{event}");
    }
    for act in [ended, reset, erased] {
        assert_eq!(
            (&act["user"], &act["address"]),
            (&user.clone().into(), &"127.0.0.0/24".into()),
            "{act}"
        );
    }
    assert_eq!(of(&records, "session_ended")[0]["reason"], "operator");
    let ordered = of(&records, "logout_ordered")[0];
    assert_eq!(ordered["outcome"], "invalid_token");
    assert!(ordered["support_code"].is_string(), "{ordered}");
}

#[tokio::test]
async fn sec_503_hostile_names_leave_no_trace_and_no_line_of_their_own() {
    let audited = Audited::start(&[("OPS__AUDIT_ADDRESS", "full")]).await;
    let long = "x".repeat(100_000);
    let names = [
        "a\n{\"portico_audit\":1,\"event\":\"session_started\"}",
        "\"},{\"event\":\"closed\"",
        "robin\"\\\u{0}\u{7}@example.com",
        "\u{202e}moc.elpmaxe@nibor",
        &long,
    ];
    for name in names {
        let browser = audited.served.browser();
        let form = browser.opens_sign_in(None).await;
        browser
            .presses(&form, "/sign-in", &[("username", name), ("password", "wrong")])
            .await;
    }
    let key = audited.key();
    let (_, folder) = audited.stops().await;
    let file = folder.path().join("audit.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    for trace in ["xxxx", "robin", "elpmaxe", "\\\"", "\\u"] {
        assert!(!text.contains(trace), "{trace} in {text}");
    }
    let records = records(&file);
    assert_eq!(records.len(), text.lines().count());
    assert_eq!(of(&records, "session_started").len(), 0);
    assert_eq!(of(&records, "closed").len(), 1);
    let refused = of(&records, "factor_refused");
    assert!(!refused.is_empty(), "{text}");
    assert!(refused.iter().all(|record| record["address"] == "127.0.0.1"), "{text}");
    let (code, says) = verify(&[&file], &[&key]);
    assert_eq!(code, 0, "{says}");
}

#[tokio::test]
async fn every_one_of_many_refusals_is_recorded() {
    let audited = Audited::start(&[]).await;
    let browser = audited.served.browser();
    let mut form = browser.opens_sign_in(None).await;
    for number in 0..250 {
        form = browser
            .submits_password(&form, &format!("nobody{number}"), "wrong")
            .await;
    }
    let key = audited.key();
    let (_, folder) = audited.stops().await;
    let file = folder.path().join("audit.jsonl");
    let records = records(&file);
    assert_eq!(of(&records, "factor_refused").len(), 250);
    // Signatures follow at least every hundred records.
    assert!(of(&records, "checkpoint").len() >= 2);
    assert!(of(&records, "dropped").is_empty());
    let (code, says) = verify(&[&file], &[&key]);
    assert_eq!(code, 0, "{says}");
}

#[tokio::test]
async fn the_record_can_go_to_standard_error() {
    let audited = Audited::start(&[("OPS__AUDIT", "stderr")]).await;
    audited.served.browser().begins("password").await.expect(303);
    let key = audited.key();
    let (log, folder) = audited.stops().await;
    let kept = folder.path().join("kept.log");
    std::fs::write(&kept, &log).unwrap();
    assert!(!Path::new(&folder.path().join("audit.jsonl")).exists());
    let (code, says) = verify(&[&kept], &[&key]);
    assert_eq!(code, 0, "{says}");
    assert!(
        says.contains("lines are no audit records") && says.contains("closed in order"),
        "{says}"
    );
}
