//! One trace from the proxy through Portico to Okta and the portal, and whose ids count.

use super::collector::{Collector, ExportedSpan};
use super::portal::Portal;
use crate::support::{Browser, PASSWORD, TestApp, Verify, builder_behind_proxy};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";
const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const DROPPED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

/// Trace id, span id and flags of a `traceparent`.
fn parts(traceparent: &str) -> [&str; 3] {
    let parts: Vec<&str> = traceparent.split('-').collect();
    let ["00", trace, span, flags] = parts[..] else {
        panic!("no traceparent: {traceparent}");
    };
    assert_eq!((trace.len(), span.len(), flags.len()), (32, 16, 2), "{traceparent}");
    [trace, span, flags]
}

/// What Okta got with the calls of a sign-in, and at which endpoints.
fn told_okta(app: &TestApp) -> Vec<(String, String)> {
    let requests = app.okta().requests().into_iter();
    let told = requests.map(|request| {
        assert!(!request.headers.contains_key("tracestate"), "{request:?}");
        let told = request.headers.get("traceparent").cloned();
        (request.path, told.expect("every call to Okta has a traceparent"))
    });
    told.collect()
}

async fn signs_in(browser: &Browser) -> String {
    let form = browser.opens_sign_in(None).await;
    let signed_in = browser.submits_password(&form, "password", PASSWORD).await;
    signed_in.expect(303);
    signed_in.headers["x-request-id"].to_str().unwrap().to_owned()
}

fn child_of<'a>(spans: &'a [ExportedSpan], parent: &ExportedSpan, name: &str) -> &'a ExportedSpan {
    let found = spans.iter().find(|span| span.parent == parent.id && span.name == name);
    found.unwrap_or_else(|| panic!("no {name} within {parent:#?}:\n{spans:#?}"))
}

#[tokio::test]
async fn a_trace_joins_the_proxy_the_service_okta_and_the_portal() {
    let Some(collector) = Collector::start() else {
        return;
    };
    let portal = Portal::start().await;
    let app = builder_behind_proxy()
        .set("portal.upstream", &portal.address)
        .set("ops.otlp_endpoint", &collector.endpoint())
        // Only what the proxy decides counts.
        .set("ops.otlp_sample_percent", "0")
        .spawn()
        .await;
    let browser = app
        .browser()
        .with_header("traceparent", SAMPLED)
        .with_header("tracestate", "congo=t61rcWkgMzE");
    let support_code = signs_in(&browser).await;
    browser.gets("/orders?order=4711").await.expect(200);

    let (request, spans) = collector.waits_for("POST /sign-in").await;
    assert_eq!((&*request.trace, &*request.parent), (TRACE, SPAN));
    assert_eq!((&*request.kind, &*request.status), ("SPAN_KIND_SERVER", ""));
    assert_eq!((request.flags, &*request.state), (0x301, "congo=t61rcWkgMzE"));
    let attributes = &request.attributes;
    assert_eq!(attributes["http.request.method"], "POST");
    assert_eq!(attributes["http.route"], "/sign-in");
    assert_eq!(attributes["http.response.status_code"], "303");
    assert_eq!(attributes["portico.outcome"], "signed_in");
    assert_eq!(attributes["portico.request_id"], *support_code);
    assert_eq!(request.resource["service.name"], "portico");
    assert_eq!(request.resource["service.version"], env!("CARGO_PKG_VERSION"));

    let call = child_of(&spans, &request, "okta token");
    assert_eq!((&*call.kind, call.flags), ("SPAN_KIND_CLIENT", 0x101));
    assert!(call.took > 0 && call.took <= request.took);
    let attributes = &call.attributes;
    assert_eq!(attributes["http.request.method"], "POST");
    assert_eq!(attributes["server.address"], "localhost");
    assert_eq!(attributes["okta.grant"], "password");
    assert_eq!(attributes["okta.outcome"], "ok");
    let told = told_okta(&app);
    let (_, told) = told.iter().find(|(path, _)| path.ends_with("/token")).unwrap();
    assert_eq!(parts(told), [TRACE, &call.id, "01"]);
    let at_okta = app.okta().requests();
    let at_okta = at_okta.iter().find(|request| request.path.ends_with("/token")).unwrap();
    assert_eq!(attributes["okta.request_id"], *at_okta.request_id);
    let stored = child_of(&spans, &request, "store start");
    let is_redis = stored.attributes["db.system.name"] == "redis";
    assert_eq!(stored.kind == "SPAN_KIND_CLIENT", is_redis);

    let (request, _) = collector.waits_for("GET portal").await;
    let (_, spans) = collector.waits_for("portal").await;
    assert_eq!((&*request.trace, &*request.parent), (TRACE, SPAN));
    let call = child_of(&spans, &request, "portal");
    let seen = portal.last();
    let [told] = &seen["traceparent"][..] else {
        panic!("{seen:?}");
    };
    assert_eq!(parts(told), [TRACE, &call.id, "01"]);
    assert_eq!(seen["tracestate"], ["congo=t61rcWkgMzE"]);
    assert!(!spans.iter().any(|span| format!("{span:?}").contains("4711")));
}

#[tokio::test]
async fn sec_507_a_strangers_trace_is_neither_gone_on_with_nor_passed_on() {
    let Some(collector) = Collector::start() else {
        return;
    };
    let portal = Portal::start().await;
    let app = TestApp::builder()
        .set("portal.upstream", &portal.address)
        .set("ops.otlp_endpoint", &collector.endpoint())
        .spawn()
        .await;
    let browser = app
        .browser()
        .with_header("traceparent", DROPPED)
        .with_header("tracestate", "congo=t61rcWkgMzE");
    signs_in(&browser).await;
    browser.gets("/orders").await.expect(200);

    // The stranger's "not sampled" does not count either.
    let (_, spans) = collector.waits_for("GET portal").await;
    let roots: Vec<&ExportedSpan> = spans.iter().filter(|span| span.kind == "SPAN_KIND_SERVER").collect();
    assert!(roots.len() >= 3, "{spans:#?}");
    for (at, root) in roots.iter().enumerate() {
        assert_eq!((&*root.parent, &*root.state, root.flags), ("", "", 0x101));
        assert!(roots[..at].iter().all(|other| other.trace != root.trace));
    }
    assert!(spans.iter().all(|span| span.trace != TRACE));
    assert!(told_okta(&app).iter().all(|(_, told)| parts(told)[0] != TRACE));
    let seen = portal.last();
    let request = roots.iter().find(|span| span.name == "GET portal").unwrap();
    assert_eq!(seen["traceparent"].len(), 1);
    let [trace, _, flags] = parts(&seen["traceparent"][0]);
    assert_eq!((trace, flags), (&*request.trace, "01"));
    assert!(!seen.contains_key("tracestate"));
}

#[tokio::test]
async fn without_a_collector_a_portal_is_told_what_a_trusted_proxy_decided_and_nothing_else() {
    for (builder, given, told) in [
        (builder_behind_proxy(), Some(SAMPLED), Some("01")),
        (builder_behind_proxy(), Some(DROPPED), Some("00")),
        (
            builder_behind_proxy(),
            Some("00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01"),
            None,
        ),
        (builder_behind_proxy(), None, None),
        (TestApp::builder(), Some(SAMPLED), None),
    ] {
        let portal = Portal::start().await;
        let app = builder.set("portal.upstream", &portal.address).spawn().await;
        let mut browser = app.browser();
        if let Some(given) = given {
            browser = browser.with_header("traceparent", given);
        }
        signs_in(&browser).await;
        browser.gets("/orders").await.expect(200);
        let seen = portal.last();
        match (told, seen.get("traceparent").map(Vec::as_slice)) {
            (Some(flags), Some([header])) => {
                let [trace, span, seen] = parts(header);
                assert_eq!((trace, seen), (TRACE, flags));
                assert_ne!(span, SPAN);
            }
            (None, None) => {}
            other => panic!("{given:?}: {other:?}"),
        }
        // Okta gets ids in any case, another one with each call.
        let of_okta = told_okta(&app);
        for (at, (path, header)) in of_okta.iter().enumerate() {
            let [trace, span, _] = parts(header);
            assert!(of_okta[..at].iter().all(|(_, other)| parts(other)[1] != span));
            if path.ends_with("/token") {
                assert_eq!(trace == TRACE, told.is_some(), "{given:?}");
            }
        }
    }
}

#[tokio::test]
async fn sec_507_a_check_is_recorded_if_a_trusted_proxy_records_it_and_answers_the_same() {
    let Some(collector) = Collector::start() else {
        return;
    };
    let app = builder_behind_proxy()
        .set("ops.otlp_endpoint", &collector.endpoint())
        .spawn()
        .await;
    let cookie = {
        let browser = app.browser();
        browser.begins("password").await.leads_to(app.base());
        format!("portico-session={}", browser.cookie(crate::support::SESSION).unwrap())
    };
    let nginx = Verify::by(&app, "nginx");
    let checked = async |traceparent: &str| {
        let lines = [("cookie", cookie.as_str()), ("traceparent", traceparent)];
        let passed = nginx.get("/orders?order=4711", &lines).await;
        assert_eq!(passed.status, 200);
        assert_eq!((passed.all("traceparent"), passed.all("tracestate")), (0, 0));
    };
    checked("").await;
    checked(DROPPED).await;
    checked(SAMPLED).await;
    let refused = nginx.get("/orders", &[("traceparent", SAMPLED)]).await;
    assert_eq!(refused.status, 401);

    let (_, spans) = collector.waits_for("check nginx").await;
    let mut checks: Vec<&ExportedSpan> = spans.iter().filter(|span| span.name == "check nginx").collect();
    checks.sort_by_key(|span| span.attributes["http.response.status_code"].to_string());
    let seen: Vec<_> = checks
        .iter()
        .map(|span| {
            (
                &*span.trace,
                &*span.parent,
                &span.attributes["http.response.status_code"],
            )
        })
        .collect();
    assert_eq!(seen, [(TRACE, SPAN, &"200".into()), (TRACE, SPAN, &"401".into())]);
    assert_eq!(checks[0].attributes["http.route"], "/verify/nginx");
}
