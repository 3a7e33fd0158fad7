//! Which requests pass, by rules and sessions.

use reqwest::Method;
use serde_json::Value;

use super::{PAGE, assert_guarded, signed_in};
use crate::support::{SESSION, TestApp, Verify, builder_behind_proxy, eventually, metric};

#[tokio::test]
async fn sec_311_what_a_stranger_or_a_client_says_of_the_address_counts_for_nothing() {
    let app = builder_behind_proxy().spawn().await;
    let (_browser, cookie) = signed_in(&app, "password").await;
    let with = |more: &'static [(&'static str, &'static str)]| {
        let lines: Vec<_> = more.iter().copied().chain([("cookie", &*cookie)]).collect();
        let app = &app;
        async move { Verify::by(app, "traefik").get("/a", &lines).await }
    };
    for (more, reason) in [
        (
            &[("x-original-url", "http://localhost/other")][..],
            "contradictory_headers",
        ),
        (&[("x-forwarded-uri", "/b")][..], "doubled_header"),
        (&[("x-forwarded-host", "evil.test")][..], "doubled_header"),
    ] {
        let answer = with(more).await;
        assert_eq!(answer.status, 400, "{more:?}");
        assert_guarded(&answer);
        assert_eq!(answer.header("portico-reason"), reason);
        assert_eq!(answer.all("portico-user"), 0);
    }
    for uri in [
        "/a/../b",
        "/a/%2e%2e/b",
        "//b",
        "/a%2fb",
        "/a%00",
        "/%2561",
        "/a;/../b",
        "a",
    ] {
        let answer = Verify::by(&app, "caddy").get(uri, &[("cookie", &cookie)]).await;
        assert_eq!(answer.status, 400, "{uri}");
        let answer = Verify::by(&app, "nginx").get(uri, &[("cookie", &cookie)]).await;
        assert_eq!((answer.status.as_u16(), answer.all("location")), (401, 0), "{uri}");
    }
    let elsewhere = Verify::by(&app, "haproxy").at("evil.test");
    assert_eq!(elsewhere.get("/", PAGE).await.header("portico-reason"), "unknown_host");
    let own = Verify::by(&app, "traefik").get("/sign-in", PAGE).await;
    assert_eq!((own.status.as_u16(), own.header("portico-reason")), (400, "own_page"));

    let stranger = TestApp::spawn().await;
    let (_browser, cookie) = signed_in(&stranger, "password").await;
    for proxy in Verify::PROXIES {
        let answer = Verify::by(&stranger, proxy).get("/", &[("cookie", &cookie)]).await;
        let expected = if proxy == "nginx" { 401 } else { 400 };
        assert_eq!(answer.status, expected, "{proxy}");
        assert_eq!(answer.header("portico-reason"), "untrusted_peer");
        assert_eq!(answer.all("portico-user"), 0);
    }
}

#[tokio::test]
async fn rules_decide_who_sees_what_and_what_has_to_be_proved_for_it() {
    const TWO: &str = "urn:okta:loa:2fa:any";
    let app = builder_behind_proxy()
        .client("portico-optional")
        .set("okta.scopes", "openid, profile, email, groups")
        .set(
            "portal.rules",
            r#"[
                { path = "/open", require = "public" },
                { path = "/shut", require = "nobody" },
                { path = "/admin", groups = ["Nobody has this"] },
                { path = "/everyone", groups = ["Everyone"] },
                { path = "/pay", methods = ["POST"], acr_values = ["urn:okta:loa:2fa:any"], max_age = "5m" },
            ]"#,
        )
        .spawn()
        .await;
    let (_browser, cookie) = signed_in(&app, "otp").await;
    let verify = Verify::by(&app, "caddy");
    let status =
        async |method: Method, uri: &str, more: &[(&str, &str)]| verify.ask(method, uri, more).await.status.as_u16();
    let who = [("cookie", &*cookie)];
    assert_eq!(status(Method::GET, "/open/x", &[]).await, 200);
    assert_eq!(status(Method::GET, "/opened", &[]).await, 401);
    assert_eq!(status(Method::GET, "/shut", &who).await, 403);
    assert_eq!(status(Method::GET, "/admin/x", &who).await, 403);
    assert_eq!(status(Method::GET, "/admin", &[]).await, 401);
    assert_eq!(status(Method::GET, "/everyone", &who).await, 200);
    assert_eq!(status(Method::GET, "/pay", &who).await, 200);

    let api = verify.ask(Method::POST, "/pay", &who).await;
    assert_eq!(api.status, 401);
    assert_eq!(
        api.header("www-authenticate"),
        format!(
            "Bearer error=\"insufficient_user_authentication\", error_description=\"More has to be proved for this\", \
             acr_values=\"{TWO}\", max_age=\"300\""
        )
    );
    let mut lines = PAGE.to_vec();
    lines.push(("cookie", &cookie));
    let page = verify.ask(Method::POST, "/pay", &lines).await;
    assert_eq!(page.status, 303);
    assert!(
        page.header("location")
            .ends_with("&acr_values=urn%3Aokta%3Aloa%3A2fa%3Aany&max_age=300")
    );

    let refused = verify.get("/shut", &lines).await;
    assert_guarded(&refused);
    assert_eq!(refused.header("content-type"), "text/html; charset=utf-8");
    assert!(refused.body.contains("/account") && refused.body.len() < 1024);
    let refused = verify.get("/shut", &who).await;
    assert_eq!(refused.body, r#"{"error":"forbidden"}"#);
    assert_eq!(
        metric(
            &app.metrics().await,
            r#"portico_verify_total{proxy="caddy",answer="forbidden",shadow="false"}"#
        ),
        4
    );
}

#[tokio::test]
async fn a_person_comes_back_to_where_the_portal_sent_them_from() {
    let app = builder_behind_proxy()
        .set("portal.rules", r#"[{ path = "/pay", max_age = "5m" }]"#)
        .spawn()
        .await;
    let verify = Verify::by(&app, "traefik");
    let sent = verify.get("/inbox?box=1", PAGE).await;
    let to = sent.header("location").strip_prefix(app.base()).unwrap().to_owned();
    let browser = app.browser();
    let form = browser.gets(&to).await;
    let target = format!("http://{}/inbox?box=1", verify.host());
    let answer = browser
        .submits_password(&form, "password", crate::support::PASSWORD)
        .await;
    answer.leads_to(&target);
    // Signed in meanwhile, in another tab.
    browser.gets(&to).await.leads_to(&target);
    // A sealed return address that the service did not make leads home.
    let home = browser.gets(&format!("{to}x")).await;
    home.leads_to(app.base());

    app.advance(std::time::Duration::from_secs(301));
    let cookie = format!("{SESSION}={}", browser.cookie(SESSION).unwrap());
    let mut lines = PAGE.to_vec();
    lines.push(("cookie", &cookie));
    let step_up = verify.get("/pay", &lines).await;
    let to = step_up.header("location").strip_prefix(app.base()).unwrap().to_owned();
    let form = browser.gets(&to).await;
    form.expect(200).says("One more check");
    let answer = browser
        .submits_password(&form, "password", crate::support::PASSWORD)
        .await;
    answer.leads_to(&format!("http://{}/pay", verify.host()));
}

#[tokio::test]
async fn sec_205_asking_is_use_and_an_ended_session_is_told_from_an_expired_one() {
    let app = builder_behind_proxy().standing_still().spawn().await;
    let (browser, cookie) = signed_in(&app, "password").await;
    let verify = Verify::by(&app, "haproxy");
    let who = [("cookie", &*cookie)];
    for _ in 0..5 {
        app.advance(std::time::Duration::from_mins(29));
        assert_eq!(verify.get("/", &who).await.status, 200);
    }
    app.advance(std::time::Duration::from_mins(31));
    let reason = async |cookie: &str| {
        let answer = verify.get("/", &[("cookie", cookie)]).await;
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        (answer.status.as_u16(), body["reason"].as_str().unwrap().to_owned())
    };
    // The sweep that ends it may be running just now.
    eventually("the end of the session", async || {
        reason(&cookie).await == (401, "expired".to_owned())
    })
    .await;
    let fresh = app.browser();
    fresh.begins("password").await;
    let cookie = format!("{SESSION}={}", fresh.cookie(SESSION).unwrap());
    assert_eq!(verify.get("/", &[("cookie", &cookie)]).await.status, 200);
    fresh.signs_out().await;
    assert_eq!(reason(&cookie).await, (401, "revoked".to_owned()));
    assert_eq!(
        reason(&format!("{SESSION}={}", "B".repeat(43))).await,
        (401, "no_session".to_owned())
    );
    drop(browser);
}

#[tokio::test]
async fn sec_315_anonymous_questions_leave_nothing_behind() {
    let app = builder_behind_proxy().spawn().await;
    let verify = Verify::by(&app, "caddy");
    for _ in 0..200 {
        let answer = verify.get("/a", PAGE).await;
        assert_eq!((answer.status.as_u16(), answer.all("set-cookie")), (302, 0));
    }
    assert_eq!(metric(&app.metrics().await, "portico_transactions_active"), 0);
    assert_eq!(metric(&app.metrics().await, "portico_sessions_active"), 0);
}
