//! The statuses and headers that each proxy obeys and hands on.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{API, PAGE, assert_guarded, signed_in};
use crate::support::{SESSION, Verify, builder_behind_proxy, metric};

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
            let promised: Vec<_> = answer.headers().get_all("strict-transport-security").iter().collect();
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
        assert!(!location.contains("b%3Dc") && !location.contains("b=c"), "{location}");

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
            assert_guarded(refused);
        }
        for program in [
            API,
            &[],
            &[("accept", "text/event-stream")],
            &[("accept", "text/html"), ("x-requested-with", "XMLHttpRequest")],
            &[("accept", "text/html"), ("sec-websocket-key", "x")],
            &[
                ("accept", "text/html"),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "iframe"),
            ],
        ] {
            let answer = verify.get("/a", program).await;
            assert_guarded(&answer);
            assert_eq!(answer.status, 401, "{proxy} {program:?}");
            assert_eq!(answer.all("location"), 0, "{proxy} {program:?}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            assert_eq!(answer.header("portico-sign-in"), format!("{}/sign-in", app.base()));
            let body: Value = serde_json::from_str(&answer.body).unwrap();
            assert_eq!(
                body,
                json!({"error": "sign_in_required", "reason": "no_session", "login_url": format!("{}/sign-in", app.base())})
            );
        }
    }
}

#[tokio::test]
async fn in_shadow_mode_everybody_passes_and_what_would_have_been_refused_is_counted() {
    let app = builder_behind_proxy()
        .set("portal.shadow", "true")
        .set("portal.rules", r#"[{ path = "/shut", require = "nobody" }]"#)
        .spawn()
        .await;
    let (_browser, cookie) = signed_in(&app, "password").await;
    for proxy in Verify::PROXIES {
        let verify = Verify::by(&app, proxy);
        assert_eq!(verify.get("/", PAGE).await.status, 200, "{proxy}");
        assert_eq!(verify.get("/a//b", API).await.status, 200, "{proxy}");
        let shut = verify.get("/shut", &[("cookie", &cookie)]).await;
        assert_eq!(shut.status, 200, "{proxy}");
        assert_ne!(shut.header("portico-user"), "", "who came is told all the same");
        for answer in ["no_session", "ambiguous_path", "forbidden"] {
            let name = format!(r#"portico_verify_total{{proxy="{proxy}",answer="{answer}",shadow="true"}}"#);
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
        assert_guarded(&post);
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
        let (uri, back) = (format!("/{}", cause.len()), format!("http://{}/", verify.host()));
        for _ in 0..2 {
            sent(&verify, &uri, lines).await.leads_to(&back);
        }
        let page = sent(&verify, &uri, lines).await;
        page.expect(503).says("You keep being sent back here").says(cause);
        assert!(page.link("Try again").unwrap().ends_with(&uri));
        // Another address is counted by itself.
        sent(&verify, "/other", lines).await.leads_to(&back);
        app.advance(std::time::Duration::from_secs(31));
        sent(&verify, &uri, lines).await.leads_to(&back);
    }
}
