//! CORS preflights, as each proxy asks about them.

use reqwest::Method;

use crate::support::{SESSION, Verify, builder_behind_proxy};

const PREFLIGHT: [(&str, &str); 2] = [
    ("origin", "https://x.example"),
    ("access-control-request-method", "PUT"),
];

const VOUCHED: (&str, &str) = ("portico-head-only", "yes");

const RULES: &str = r#"[
    { path = "/open", require = "public" },
    { path = "/shut", require = "nobody" },
    { path = "/admin", groups = ["Nobody has this"] },
]"#;

fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&PREFLIGHT[..], more].concat()
}

#[tokio::test]
async fn sec_311_a_preflight_is_decided_like_any_request() {
    let app = builder_behind_proxy().set("portal.rules", RULES).spawn().await;
    for proxy in Verify::PROXIES {
        let verify = Verify::by(&app, proxy);
        let bad = if proxy == "nginx" { 401 } else { 400 };
        for (uri, status, reason) in [
            ("/orders", 401, "no_session"),
            ("/admin", 401, "no_session"),
            ("/shut", 403, "forbidden"),
            ("/x/..%2fshut", bad, "ambiguous_path"),
            ("/sign-in", bad, "own_page"),
        ] {
            for lines in [with(&[]), with(&[VOUCHED])] {
                let answer = verify.ask(Method::OPTIONS, uri, &lines).await;
                assert_eq!(answer.status, status, "{proxy} {uri}");
                assert_eq!(answer.header("portico-reason"), reason, "{proxy} {uri}");
                assert_eq!(answer.all("location"), 0, "{proxy} {uri}");
            }
        }
        let unknown = verify.at("evil.test");
        let answer = unknown.ask(Method::OPTIONS, "/orders", &with(&[])).await;
        assert_eq!(answer.header("portico-reason"), "unknown_host", "{proxy}");
        let open = verify.ask(Method::OPTIONS, "/open", &with(&[])).await;
        assert_eq!(open.status, 200, "{proxy}");
    }
}

#[tokio::test]
async fn sec_311_a_preflight_that_may_pass_must_be_vouched_for() {
    let app = builder_behind_proxy()
        .set("portal.rules", RULES)
        .set("portal.preflight", "pass")
        .spawn()
        .await;
    let browser = app.browser();
    browser.begins("password").await;
    let cookie = format!("{SESSION}={}", browser.cookie(SESSION).unwrap());
    for proxy in Verify::PROXIES {
        let verify = Verify::by(&app, proxy);
        let asks = async |uri: &str, lines: &[(&str, &str)]| verify.ask(Method::OPTIONS, uri, lines).await;
        // The other proxies cannot see a body without a length, so the header may be the client's own.
        let is_believed = matches!(proxy, "nginx" | "haproxy" | "envoy");
        for uri in ["/orders", "/admin"] {
            let answer = asks(uri, &with(&[VOUCHED])).await;
            let status = if is_believed { 200 } else { 401 };
            assert_eq!(answer.status, status, "{proxy} {uri}");
            assert_eq!(asks(uri, &with(&[])).await.status, 401, "{proxy} {uri}");
        }
        let known = asks("/admin", &with(&[VOUCHED, ("cookie", &cookie)])).await;
        if is_believed {
            assert_eq!(known.status, 200, "{proxy}");
            assert_eq!(known.header("portico-user"), "", "{proxy}: nobody");
        } else {
            assert_eq!(known.status, 403, "{proxy}");
        }
        for more in [
            ("portico-head-only", "no"),
            ("x-http-method-override", "DELETE"),
            ("x-method-override", "DELETE"),
            ("sec-websocket-key", "x"),
        ] {
            let answer = asks("/orders", &with(&[VOUCHED, more])).await;
            assert_eq!(answer.status, 401, "{proxy} {more:?}");
        }
        assert_eq!(asks("/shut", &with(&[VOUCHED])).await.status, 403);
        let bad = asks("/x/..%2fadmin", &with(&[VOUCHED])).await;
        assert_eq!(bad.header("portico-reason"), "ambiguous_path", "{proxy}");
        let unknown = verify.at("evil.test");
        let answer = unknown.ask(Method::OPTIONS, "/orders", &with(&[VOUCHED])).await;
        assert_eq!(answer.header("portico-reason"), "unknown_host", "{proxy}");
        let post = verify.ask(Method::POST, "/orders", &with(&[VOUCHED])).await;
        assert_eq!(post.status, 401, "{proxy}");
    }
}
