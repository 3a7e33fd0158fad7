//! Claims of the wrong type or form: they lock no customer out and grant nothing.

use std::time::Duration;

use okta_sim::{AccountPatch, Settings, Switches};
use serde_json::{Value, json};

use crate::support::{
    Browser, Page, SESSION, Served, TestApp, Verify, builder_behind_proxy, client, eventually, metric, secs,
};

/// The default of `session.revalidate`.
const EVERY: u64 = 600;

const SCOPES: &str = "openid, profile, email, groups, offline_access";

const ADMINS: &str = r#"[{ path = "/admin", groups = ["admins"] }, { path = "/proved", acr_values = ["phr"] }]"#;

async fn started(scopes: &str) -> TestApp {
    builder_behind_proxy()
        .standing_still()
        .set("okta.scopes", scopes)
        .set("portal.rules", ADMINS)
        .spawn()
        .await
}

fn set_claim(on: &mut Switches, name: &str, value: &Value) {
    on.odd_claims.insert(name.to_owned(), value.clone());
}

async fn signed_in(app: &TestApp) -> Browser {
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    browser
}

/// How the service answers the portal's proxy about this path, and the groups that it hands on.
async fn asks_about(app: &TestApp, browser: &Browser, path: &str) -> (u16, String) {
    let cookie = format!("{SESSION}={}", browser.cookie(SESSION).unwrap());
    let verdict = Verify::by(app, "haproxy").get(path, &[("cookie", &cookie)]).await;
    let groups = match verdict.all("portico-groups") {
        0 => String::new(),
        _ => verdict.header("portico-groups").to_owned(),
    };
    (verdict.status.as_u16(), groups)
}

#[tokio::test]
async fn sec_222_claims_in_odd_forms_keep_nobody_out_and_open_nothing() {
    let odd = [
        json!("admins"),
        Value::Null,
        json!(7),
        json!({"admins": true}),
        json!([["admins"], {"name": "admins"}, 7, null]),
    ];
    let app = started(SCOPES).await;
    for value in &odd {
        app.okta().set_switch(|on| {
            for name in ["groups", "amr", "email_verified", "name", "email", "acr"] {
                set_claim(on, name, value);
            }
            // A number would mean another version of the format.
            if !value.is_number() {
                set_claim(on, "ver", value);
            }
        });
        let browser = signed_in(&app).await;
        assert_eq!(asks_about(&app, &browser, "/").await, (200, String::new()));
        assert_eq!(asks_about(&app, &browser, "/admin").await.0, 403, "{value}");
        assert_ne!(asks_about(&app, &browser, "/proved").await.0, 200, "{value}");
        app.advance(secs(EVERY));
        assert_eq!(asks_about(&app, &browser, "/").await.0, 200, "refreshed: {value}");
        assert_eq!(asks_about(&app, &browser, "/admin").await.0, 403, "{value}");
    }
    // The strings in a list count, whatever stands beside them.
    app.okta()
        .set_switch(|on| set_claim(on, "groups", &json!([7, "admins", null, "a"])));
    let browser = signed_in(&app).await;
    let both = (200, "admins,a".to_owned());
    assert_eq!(asks_about(&app, &browser, "/admin").await, both);
    app.advance(secs(EVERY));
    assert_eq!(asks_about(&app, &browser, "/admin").await, both);
    // Groups that become odd while a session runs are taken away from it.
    app.okta().set_switch(|on| set_claim(on, "groups", &json!("admins")));
    app.advance(secs(EVERY));
    assert_eq!(asks_about(&app, &browser, "/admin").await.0, 403);
    assert_eq!(asks_about(&app, &browser, "/").await, (200, String::new()));
}

#[tokio::test]
async fn odd_claims_at_user_info_end_no_session() {
    let app = started("openid, profile, email, groups").await;
    let browser = signed_in(&app).await;
    for value in [json!("admins"), Value::Null, json!([1, "admins", {}])] {
        app.okta().set_switch(|on| {
            for name in ["groups", "email_verified", "name", "locale"] {
                set_claim(on, name, &value);
            }
        });
        app.advance(secs(EVERY));
        let expected = if value.is_array() { 200 } else { 403 };
        assert_eq!(asks_about(&app, &browser, "/admin").await.0, expected, "{value}");
        assert_eq!(asks_about(&app, &browser, "/").await.0, 200, "{value}");
    }
    app.advance(secs(EVERY));
    let metrics = app.metrics().await;
    let refreshes = ["ok", "unanswered"].map(|result| {
        let series = format!("portico_token_refresh_total{{result=\"{result}\"}}");
        metric(&metrics, &series)
    });
    assert!(refreshes[0] > 0 && refreshes[1] == 0, "{metrics}");
}

/// The lines of the log with these words.
fn lines<'l>(log: &'l str, words: &str) -> Vec<&'l str> {
    log.lines().filter(|line| line.contains(words)).collect()
}

const DROPPED: &str = "claims of the wrong type";
const LOST: &str = "left out claims that it had named before";

#[tokio::test]
async fn sec_503_a_dropped_claim_is_told_by_its_name_once_and_so_is_one_that_is_lost() {
    for (scopes, source) in [(SCOPES, "id_token"), ("openid, profile, email, groups", "userinfo")] {
        let settings = [("OKTA__SCOPES", scopes), ("SESSION__REVALIDATE", "1ms")];
        let served = Served::start_with(Settings::default(), &settings).await;
        let log = || served.process.complaints();
        let browser = served.browser();
        browser.begins("password").await.leads_to(&served.base);
        assert_eq!(lines(&log(), DROPPED).len(), 0);
        served.okta.set_switch(|on| {
            set_claim(on, "groups", &json!("canary-group"));
            set_claim(on, "email_verified", &json!("canary-truth"));
        });
        browser.gets("/account").await.expect(200);
        eventually("a warning", async || lines(&log(), LOST).len() == 1).await;
        let before = log();
        let told = lines(&before, DROPPED);
        assert_eq!(told.len(), 1, "{before}");
        assert!(told[0].contains("groups") && told[0].contains("email_verified"));
        assert!(told[0].contains(source) && told[0].contains("WARN"), "{told:?}");
        let lost = lines(&before, LOST);
        assert!(lost[0].contains("groups") && lost[0].contains("WARN"), "{lost:?}");

        let another = served.browser();
        another.begins("password").await.leads_to(&served.base);
        let after = log();
        let told = lines(&after, DROPPED);
        assert!(told.len() > 1 && told.iter().all(|line| line.contains("groups")));
        assert!(told.iter().any(|line| line.contains("id_token")), "{told:?}");
        assert!(!after.contains("canary"), "{after}");
    }
}

#[tokio::test]
async fn a_refresh_that_brings_no_groups_says_so() {
    let settings = [("OKTA__SCOPES", SCOPES), ("SESSION__REVALIDATE", "1ms")];
    let served = Served::start_with(Settings::default(), &settings).await;
    let browser = served.browser();
    browser.begins("password").await.leads_to(&served.base);
    served.okta.set_switch(|on| {
        on.missing_claims.insert("groups".to_owned());
    });
    browser.gets("/account").await.expect(200);
    eventually("a warning", async || {
        !lines(&served.process.complaints(), LOST).is_empty()
    })
    .await;
    for _ in 0..3 {
        browser.gets("/account").await.expect(200);
    }
    let log = served.process.complaints();
    assert_eq!(lines(&log, LOST).len(), 1, "once: {log}");
    assert_eq!(lines(&log, DROPPED).len(), 0, "nothing was odd: {log}");
}

#[tokio::test]
async fn sec_222_somebody_with_95_groups_of_long_names_signs_in() {
    let app = started(SCOPES).await;
    let mut groups: Vec<String> = (0..94).map(|n| format!("{n:02}-{}", "x".repeat(250))).collect();
    groups.push("admins".to_owned());
    let patch = AccountPatch {
        groups: Some(groups),
        ..AccountPatch::default()
    };
    app.okta().set_account("password", patch);
    let browser = signed_in(&app).await;
    let cookie = format!("{SESSION}={}", browser.cookie(SESSION).unwrap());
    for round in 0..2 {
        let verdict = Verify::by(&app, "haproxy").get("/admin", &[("cookie", &cookie)]).await;
        assert_eq!(verdict.status, 200, "a rule knows the last of them");
        let told = verdict.header("portico-groups");
        assert_eq!(told.split(',').count(), 2, "{told}");
        assert!(told.len() <= 512 && verdict.size() < 4096, "{}", verdict.size());
        if round == 0 {
            app.advance(secs(EVERY));
        }
    }
    assert_eq!(app.grants("refresh_token"), 1);
    browser.gets("/account").await.expect(200);
}

#[tokio::test]
async fn many_long_groups_in_any_script_leave_room_in_a_proxy_s_buffer() {
    // nginx keeps at most 4 KiB of an answer's headers, by default.
    const BUFFER: usize = 4096;
    for (name, group) in [
        ("Robin Example", "A department with a rather long name"),
        ("Jürgen Müßiggänger", "Abteilung für Größenverhältnisse"),
        ("Александра Константинопольская", "Отдел внутренних расследований"),
    ] {
        let app = started(SCOPES).await;
        let patch = AccountPatch {
            name: Some(name.to_owned()),
            groups: Some((0..95).map(|number| format!("{group} {number:02}")).collect()),
            ..AccountPatch::default()
        };
        app.okta().set_account("password", patch);
        let browser = signed_in(&app).await;
        let cookie = format!("{SESSION}={}", browser.cookie(SESSION).unwrap());
        for proxy in Verify::PROXIES {
            let verdict = Verify::by(&app, proxy).get("/", &[("cookie", &cookie)]).await;
            assert_eq!(verdict.status, 200);
            let size = verdict.size();
            assert!(size + "HTTP/1.1 200 OK\r\n\r\n".len() < BUFFER, "{proxy}: {size}");
            let groups = verdict.header("portico-groups").len();
            let encoded = verdict.header("portico-groups-encoded").len();
            assert!(groups + encoded > 300, "{groups} {encoded}");
        }
    }
}

async fn assert_refused(app: &TestApp, browser: &Browser, page: &Page) {
    page.expect(403).is_headed("You can’t sign in to Acme Portal from here");
    assert!(!browser.is_signed_in());
    app.revoked(1).await;
}

#[tokio::test]
async fn sec_312_a_sub_that_fits_no_header_starts_no_session() {
    for sub in ["jörg", "00u1,00u2", "00u1\r\nPortico-User: 00u2", " 00u1", "00u\u{7f}"] {
        let app = started(SCOPES).await;
        app.okta().set_switch(|on| set_claim(on, "sub", &json!(sub)));
        let browser = app.browser();
        let page = browser.begins("password").await;
        assert_refused(&app, &browser, &page).await;
        // The same with a second factor.
        let app = started(SCOPES).await;
        app.okta().set_switch(|on| set_claim(on, "sub", &json!(sub)));
        let browser = app.browser();
        let code = browser.reaches("otp", "otp").await;
        let digits = app.phone("otp").otp().unwrap();
        let answer = browser.enters_code(&code, &digits).await;
        let page = if answer.status == 303 {
            browser.follows(&answer).await
        } else {
            answer
        };
        assert_refused(&app, &browser, &page).await;
    }
}

#[tokio::test]
async fn sec_312_who_is_told_by_a_login_has_one_that_fits_a_header() {
    let set = |headers: &str| builder_behind_proxy().standing_still().set("portal.headers", headers);
    let odd = |on: &mut Switches| set_claim(on, "preferred_username", &json!("jörg@example.com"));
    for headers in ["authelia", "authentik"] {
        let app = set(headers).spawn().await;
        app.okta().set_switch(odd);
        let browser = app.browser();
        let page = browser.begins("password").await;
        assert_refused(&app, &browser, &page).await;
    }
    // The name may become odd while a session runs.
    let app = set("authelia").spawn().await;
    let browser = signed_in(&app).await;
    app.okta().set_switch(odd);
    app.advance(secs(EVERY));
    assert_ne!(asks_about(&app, &browser, "/").await.0, 200);
    assert_eq!(browser.session().await["active"], false);
    // The former tokens, and those of the last refresh.
    app.revoked(2).await;
    // Where the portal knows people by their `sub` the login does not matter.
    let app = set("portico").spawn().await;
    app.okta().set_switch(odd);
    assert_eq!(asks_about(&app, &signed_in(&app).await, "/").await.0, 200);
}

#[tokio::test]
async fn a_sub_that_fits_no_header_is_logged_for_the_operator() {
    let served = Served::start().await;
    served.okta.set_switch(|on| set_claim(on, "sub", &json!("canary-jörg")));
    let browser = served.browser();
    browser.begins("password").await.expect(403);
    let log = served.process.complaints();
    let told = lines(&log, "no header can carry its value");
    assert_eq!(told.len(), 1, "{log}");
    assert!(told[0].contains("ERROR") && told[0].contains("sub"), "{told:?}");
    assert!(!log.contains("canary"), "{log}");
}

#[tokio::test]
async fn sec_225_a_stranger_s_order_holds_up_no_sign_in_after_a_rotation() {
    let app = started(SCOPES).await;
    let browser = signed_in(&app).await;
    let order = async || {
        // {"typ":"global-token-revocation+jwt","alg":"RS256","kid":"x"}
        let header = "eyJ0eXAiOiJnbG9iYWwtdG9rZW4tcmV2b2NhdGlvbitqd3QiLCJhbGciOiJSUzI1NiIsImtpZCI6IngifQ";
        let answer = client()
            .post(format!("{}/global-token-revocation", app.base()))
            .bearer_auth(format!("{header}.e30.AAAA"))
            .json(&json!({"sub_id": {"format": "opaque", "id": "00u1"}}))
            .timeout(Duration::from_secs(30))
            .send();
        answer.await.unwrap()
    };
    assert_eq!(order().await.status(), 401);
    for _ in 0..3 {
        app.okta().rotate_keys(true).unwrap();
        // Such an order has no keys fetched again so soon, so the service cannot say that Okta did not sign it.
        let unsure = order().await;
        assert_eq!(unsure.status(), 503);
        assert_eq!(unsure.headers()["retry-after"], "30");
        signed_in(&app).await;
    }
    assert_eq!(browser.session().await["active"], true);
    app.okta().rotate_keys(true).unwrap();
    app.advance(secs(EVERY));
    assert_eq!(asks_about(&app, &browser, "/").await.0, 200);
    assert_eq!(app.grants("refresh_token"), 1);
}
