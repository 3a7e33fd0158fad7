//! Forward-auth, as each proxy asks and obeys.

use std::collections::HashSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{
    Browser, SESSION, TestApp, Verdict, Verify, builder_behind_proxy, eventually, metric,
};

const PAGE: &[(&str, &str)] = &[
    ("accept", "text/html,*/*;q=0.8"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"),
];

const API: &[(&str, &str)] = &[("accept", "application/json")];

/// Signed in as this account, with a session cookie to ask with.
async fn signed_in(app: &TestApp, account: &str) -> (Browser, String) {
    let browser = app.browser();
    browser.begins(account).await;
    let cookie = browser.cookie(SESSION).expect("a session");
    (browser, format!("{SESSION}={cookie}"))
}

/// What a proxy hands on to a browser is as safe there as a page of ours (SEC-302).
fn is_guarded(refused: &Verdict) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "same-origin"),
        (
            "content-security-policy",
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ] {
        assert_eq!(refused.header(name), value, "{name}");
    }
    assert!(refused.header("permissions-policy").contains("camera=()"));
    assert_eq!(refused.all("strict-transport-security"), 0, "plain http");
}

#[tokio::test]
async fn sec_302_over_https_a_refusal_promises_what_is_set() {
    for (settings, promise) in [
        (&[][..], Some("max-age=31536000")),
        (
            &[
                ("headers.hsts", "400d"),
                ("headers.hsts_subdomains", "true"),
                ("headers.hsts_preload", "true"),
            ],
            Some("max-age=34560000; includeSubDomains; preload"),
        ),
        (&[("headers.hsts", "off")], None),
    ] {
        let app = builder_behind_proxy()
            .set("public_url", "https://app.example.com")
            .set_all(settings)
            .spawn()
            .await;
        for (path, status) in [("/verify/traefik", 401), ("/sign-in", 200)] {
            let request = crate::support::client()
                .get(format!("http://127.0.0.1:{}{path}", app.port()))
                .header("host", "app.example.com")
                .header("x-forwarded-proto", "https")
                .header("x-forwarded-host", "app.example.com")
                .header("x-forwarded-uri", "/a")
                .header("x-forwarded-method", "GET");
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), status, "{path}");
            let promised: Vec<_> = answer
                .headers()
                .get_all("strict-transport-security")
                .iter()
                .collect();
            assert_eq!(promised, promise.into_iter().collect::<Vec<_>>(), "{path}");
        }
    }
}

#[tokio::test]
async fn sec_314_each_proxy_gets_the_statuses_that_it_obeys() {
    let app = builder_behind_proxy().spawn().await;
    let (_browser, cookie) = signed_in(&app, "password").await;
    for proxy in Verify::PROXIES {
        let verify = Verify::by(&app, proxy);
        let passed = verify.get("/a?b=c", &[("cookie", &cookie)]).await;
        assert_eq!(passed.status, StatusCode::OK, "{proxy}");
        assert_eq!(passed.body, "", "{proxy}");
        assert_eq!(passed.header("cache-control"), "no-store");
        assert!(passed.header("vary").contains("Cookie"));
        assert_eq!(passed.all("set-cookie"), 0, "{proxy}");

        let page = verify.get("/a?b=c", PAGE).await;
        let expected = if proxy == "nginx" { 401 } else { 302 };
        assert_eq!(page.status, expected, "{proxy}");
        let location = page.header("location");
        assert!(
            location.starts_with(&format!("{}/sign-in?to=", app.base())),
            "{location}"
        );
        assert!(
            !location.contains("b%3Dc") && !location.contains("b=c"),
            "{location}"
        );

        let post = verify.ask(Method::POST, "/a", PAGE).await;
        let expected = match proxy {
            "nginx" => 401,
            "haproxy" => 302,
            _ => 303,
        };
        assert_eq!(
            post.status, expected,
            "{proxy}: what was posted must not be posted to us"
        );

        for refused in [&page, &post] {
            is_guarded(refused);
        }
        for program in [
            API,
            &[],
            &[("accept", "text/event-stream")],
            &[
                ("accept", "text/html"),
                ("x-requested-with", "XMLHttpRequest"),
            ],
            &[("accept", "text/html"), ("sec-websocket-key", "x")],
            &[
                ("accept", "text/html"),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "iframe"),
            ],
        ] {
            let answer = verify.get("/a", program).await;
            is_guarded(&answer);
            assert_eq!(answer.status, 401, "{proxy} {program:?}");
            assert_eq!(answer.all("location"), 0, "{proxy} {program:?}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            assert_eq!(
                answer.header("portico-sign-in"),
                format!("{}/sign-in", app.base())
            );
            let body: Value = serde_json::from_str(&answer.body).unwrap();
            assert_eq!(
                body,
                json!({"error": "sign_in_required", "reason": "no_session", "login_url": format!("{}/sign-in", app.base())})
            );
        }
    }
}

#[tokio::test]
async fn sec_312_every_identity_header_stands_once_on_every_pass() {
    let app = builder_behind_proxy()
        .set(
            "portal.rules",
            r#"[{ path = "/open", require = "public" }]"#,
        )
        .spawn()
        .await;
    let (browser, cookie) = signed_in(&app, "password").await;
    let verify = Verify::by(&app, "traefik");
    let names = [
        "portico-user",
        "portico-name",
        "portico-name-encoded",
        "portico-email",
        "portico-groups",
        "portico-groups-encoded",
        "portico-acr",
        "portico-auth-time",
        "portico-session",
        "portico-expires",
        "portico-assertion",
    ];
    let known = verify.get("/open", &[("cookie", &cookie)]).await;
    let nobody = verify.get("/open", &[]).await;
    let unknown = verify
        .get(
            "/open",
            &[("cookie", &format!("{SESSION}={}", "A".repeat(43)))],
        )
        .await;
    for answer in [&known, &nobody, &unknown] {
        assert_eq!(answer.status, 200);
        for name in names {
            assert_eq!(answer.all(name), 1, "{name}");
        }
    }
    for name in names {
        assert_eq!(nobody.header(name), "", "{name}");
        assert_eq!(unknown.header(name), "", "{name}");
    }
    let session = browser.session().await;
    assert_eq!(
        known.header("portico-user"),
        session["sub"].as_str().unwrap()
    );
    assert_eq!(known.header("portico-email"), "password@example.com");
    assert_eq!(
        known.header("portico-auth-time"),
        session["auth_time"].to_string()
    );
    assert_eq!(
        known.header("portico-expires"),
        session["expires_at"].to_string()
    );
    assert!(known.size() < 2048, "{}", known.size());
}

#[tokio::test]
async fn sec_313_the_assertion_is_checked_with_the_published_keys_and_is_for_one_host() {
    use jsonwebtoken::jwk::JwkSet;
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};

    let app = builder_behind_proxy()
        .set("portal.allowed_hosts", "localhost:4001")
        .spawn()
        .await;
    let (_browser, cookie) = signed_in(&app, "password").await;
    let published = format!("{}/.well-known/jwks.json", app.base());
    let published = crate::support::client()
        .get(published)
        .send()
        .await
        .unwrap();
    assert_eq!(published.headers()["cache-control"], "public, max-age=300");
    let keys: JwkSet = serde_json::from_str(&published.text().await.unwrap()).unwrap();
    assert_eq!(keys.keys.len(), 2, "the current key and the next");
    let verify = Verify::by(&app, "caddy");
    let token = async |verify: &Verify| {
        let answer = verify.get("/", &[("cookie", &cookie)]).await;
        answer.header("portico-assertion").to_owned()
    };
    let mine = token(&verify).await;
    let mut signed = HashSet::from([mine.clone()]);
    for _ in 0..11 {
        signed.insert(token(&verify).await);
    }
    assert!(
        signed.len() <= 3,
        "once by each replica, not for each request"
    );
    let other = token(&verify.at("localhost:4001")).await;
    let read = |token: &str, audience: &str| {
        let kid = decode_header(token).unwrap().kid.unwrap();
        let key = DecodingKey::from_jwk(keys.find(&kid).unwrap()).unwrap();
        let mut rules = Validation::new(Algorithm::ES256);
        rules.set_audience(&[audience]);
        rules.set_issuer(&[app.base()]);
        decode::<Value>(token, &key, &rules).map(|data| data.claims)
    };
    let claims = read(&mine, verify.host()).unwrap();
    assert_eq!(claims["email"], "password@example.com");
    assert!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap() <= 300);
    assert!(read(&other, "localhost:4001").is_ok());
    assert!(read(&other, verify.host()).is_err(), "for another host");
    app.advance(std::time::Duration::from_secs(151));
    let fresh = token(&verify).await;
    assert!(!signed.contains(&fresh), "half of its life is over");
}

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
        is_guarded(&answer);
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
        let answer = Verify::by(&app, "caddy")
            .get(uri, &[("cookie", &cookie)])
            .await;
        assert_eq!(answer.status, 400, "{uri}");
        let answer = Verify::by(&app, "nginx")
            .get(uri, &[("cookie", &cookie)])
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.all("location")),
            (401, 0),
            "{uri}"
        );
    }
    let elsewhere = Verify::by(&app, "haproxy").at("evil.test");
    assert_eq!(
        elsewhere.get("/", PAGE).await.header("portico-reason"),
        "unknown_host"
    );
    let own = Verify::by(&app, "traefik").get("/sign-in", PAGE).await;
    assert_eq!(
        (own.status.as_u16(), own.header("portico-reason")),
        (400, "own_page")
    );

    let stranger = TestApp::spawn().await;
    let (_browser, cookie) = signed_in(&stranger, "password").await;
    for proxy in Verify::PROXIES {
        let answer = Verify::by(&stranger, proxy)
            .get("/", &[("cookie", &cookie)])
            .await;
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
    let status = async |method: Method, uri: &str, more: &[(&str, &str)]| {
        verify.ask(method, uri, more).await.status.as_u16()
    };
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
    is_guarded(&refused);
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
    let to = sent
        .header("location")
        .strip_prefix(app.base())
        .unwrap()
        .to_owned();
    let browser = app.browser();
    let form = browser.gets(&to).await;
    let target = format!("http://{}/inbox?box=1", verify.host());
    let answer = browser
        .submits_password(&form, "password", crate::support::PASSWORD)
        .await;
    answer.leads_to(&target);
    // Signed in meanwhile, in another tab.
    browser.gets(&to).await.leads_to(&target);
    // A note that is none of ours leads nowhere but home.
    let home = browser.gets(&format!("{to}x")).await;
    home.leads_to(app.base());

    app.advance(std::time::Duration::from_secs(301));
    let cookie = format!("{SESSION}={}", browser.cookie(SESSION).unwrap());
    let mut lines = PAGE.to_vec();
    lines.push(("cookie", &cookie));
    let step_up = verify.get("/pay", &lines).await;
    let to = step_up
        .header("location")
        .strip_prefix(app.base())
        .unwrap()
        .to_owned();
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
        (
            answer.status.as_u16(),
            body["reason"].as_str().unwrap().to_owned(),
        )
    };
    // The sweep that ends it may be under way just now.
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
    assert_eq!(
        metric(&app.metrics().await, "portico_transactions_active"),
        0
    );
    assert_eq!(metric(&app.metrics().await, "portico_sessions_active"), 0);
}

#[tokio::test]
async fn presets_speak_the_names_of_other_gateways_and_no_others() {
    for (preset, user, absent) in [
        (
            "oauth2-proxy",
            "x-auth-request-preferred-username",
            "portico-user",
        ),
        ("authelia", "remote-user", "portico-user"),
        ("authentik", "x-authentik-username", "remote-user"),
    ] {
        let app = builder_behind_proxy()
            .set("portal.headers", preset)
            .spawn()
            .await;
        let (_browser, cookie) = signed_in(&app, "password").await;
        let answer = Verify::by(&app, "nginx")
            .get("/", &[("cookie", &cookie)])
            .await;
        assert_eq!(answer.header(user), "password@example.com", "{preset}");
        assert_eq!(answer.all(absent), 0, "{preset}");
    }
}

#[tokio::test]
async fn in_shadow_mode_everybody_passes_and_what_would_have_been_refused_is_counted() {
    let app = builder_behind_proxy()
        .set("portal.shadow", "true")
        .set(
            "portal.rules",
            r#"[{ path = "/shut", require = "nobody" }]"#,
        )
        .spawn()
        .await;
    let (_browser, cookie) = signed_in(&app, "password").await;
    for proxy in Verify::PROXIES {
        let verify = Verify::by(&app, proxy);
        assert_eq!(verify.get("/", PAGE).await.status, 200, "{proxy}");
        assert_eq!(verify.get("/a//b", API).await.status, 200, "{proxy}");
        let shut = verify.get("/shut", &[("cookie", &cookie)]).await;
        assert_eq!(shut.status, 200, "{proxy}");
        assert_ne!(
            shut.header("portico-user"),
            "",
            "who came is told all the same"
        );
        for answer in ["no_session", "ambiguous_path", "forbidden"] {
            let name = format!(
                r#"portico_verify_total{{proxy="{proxy}",answer="{answer}",shadow="true"}}"#
            );
            assert_eq!(metric(&app.metrics().await, &name), 1, "{name}");
        }
    }
}

#[tokio::test]
async fn head_is_answered_like_get_and_other_methods_are_not() {
    let app = builder_behind_proxy().spawn().await;
    let (_browser, cookie) = signed_in(&app, "password").await;
    for proxy in ["nginx", "traefik", "caddy", "haproxy"] {
        let verify = Verify::by(&app, proxy);
        let head = verify
            .send(Method::HEAD, Method::GET, "/", &[("cookie", &cookie)])
            .await;
        assert_eq!(head.status, 200, "{proxy}");
        assert_ne!(head.header("portico-user"), "");
        let post = verify
            .send(Method::POST, Method::GET, "/", &[("cookie", &cookie)])
            .await;
        assert_eq!(
            (post.status.as_u16(), post.header("allow")),
            (405, "GET, HEAD"),
            "{proxy}"
        );
        is_guarded(&post);
    }
}

#[tokio::test]
async fn the_third_redirect_for_one_target_stops_on_a_page_that_names_the_cause() {
    const ELSEWHERE: &str = "app.localhost:4001";
    let app = builder_behind_proxy()
        .set("portal.allowed_hosts", ELSEWHERE)
        .spawn()
        .await;
    let browser = app.browser();
    browser.begins("password").await;
    let here = Verify::by(&app, "traefik");
    let sent = async |verify: &Verify, uri: &str, lines: &[(&str, &str)]| {
        let answer = verify.get(uri, &[PAGE, lines].concat()).await;
        let mut to = answer.header("location").to_owned();
        if let Some(start) = to.strip_prefix(&format!("http://{ELSEWHERE}")) {
            // A browser that keeps no cookie there.
            let there = app.browser().with_header("host", ELSEWHERE);
            to = there.gets(start).await.expect(303).location().to_owned();
        }
        browser.gets(to.strip_prefix(app.base()).unwrap()).await
    };
    let stale = format!("{SESSION}={}", "A".repeat(43));
    for (verify, lines, cause) in [
        (here.clone(), &[][..], "doesn’t pass our cookie on"),
        (here.at(ELSEWHERE), &[][..], "doesn’t take our cookie there"),
        (
            here.clone(),
            &[("cookie", &*stale)][..],
            "the cookie of another session",
        ),
    ] {
        let (uri, back) = (
            format!("/{}", cause.len()),
            format!("http://{}/", verify.host()),
        );
        for _ in 0..2 {
            sent(&verify, &uri, lines).await.leads_to(&back);
        }
        let page = sent(&verify, &uri, lines).await;
        page.expect(503)
            .says("You keep being sent back here")
            .says(cause);
        assert!(page.link("Try again").unwrap().ends_with(&uri));
        // Another address is another way.
        sent(&verify, "/other", lines).await.leads_to(&back);
        app.advance(std::time::Duration::from_secs(31));
        sent(&verify, &uri, lines).await.leads_to(&back);
    }
}
