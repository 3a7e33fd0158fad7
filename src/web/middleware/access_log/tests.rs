use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::HeaderMap;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpMessage, HttpRequest, HttpResponse, error, web};
use jiff::Timestamp;
use serde_json::Value;
use tracing::subscriber::set_default;

use super::{AccessLog, RequestId, record};
use crate::clock::{Clock, ManualClock};
use crate::telemetry::logs::tests::Captured;
use crate::telemetry::logs::{LogFormat, subscriber};
use crate::telemetry::support_code::SupportCode;
use crate::telemetry::{Build, Format, Metrics, Traces};
use crate::web::middleware::client_address::{ClientAddress, TrustedProxies};
use crate::web::outcome::note_outcome;

struct Seen {
    headers: HeaderMap,
    log: String,
    metrics: String,
}

impl Seen {
    fn id(&self) -> &str {
        self.headers.get("x-request-id").unwrap().to_str().unwrap()
    }

    /// The log line about the request itself.
    fn line(&self) -> Value {
        let line = self.log.lines().last().unwrap();
        serde_json::from_str(line).unwrap()
    }
}

async fn page(req: HttpRequest, clock: web::Data<ManualClock>) -> HttpResponse {
    clock.advance(Duration::from_millis(250));
    tracing::info!("inside");
    let client = req.extensions().get::<ClientAddress>().copied();
    let mut answer = HttpResponse::Ok().body(format!("{:?} {client:?}", RequestId::of(&req)));
    note_outcome(&mut answer, "wrong_credentials");
    answer
}

async fn send(request: TestRequest) -> Seen {
    let captured = Captured::default();
    let writer = captured.clone();
    let logs = subscriber(LogFormat::Json, "info", move || writer.clone()).unwrap();
    let _guard = set_default(logs);
    let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
    let metrics = Arc::new(Metrics::new(Build {
        version: "1",
        commit: "a",
    }));
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let state = AccessLog {
        traces: Arc::new(Traces::new(None, &shared, &metrics).unwrap()),
        clock: shared,
        trusted: TrustedProxies {
            nets: vec!["10.0.0.0/8".parse().unwrap()],
            ..TrustedProxies::default()
        },
        metrics: Arc::clone(&metrics),
    };
    let refuse = from_fn(|_, _: actix_web::middleware::Next<_>| async {
        Err::<ServiceResponse, Error>(error::ErrorForbidden("no"))
    });
    let app = init_service(
        App::new()
            .app_data(web::Data::new(state))
            .app_data(web::Data::new(clock))
            .wrap(from_fn(record))
            .service(web::resource("/users/{name}").route(web::get().to(page)))
            .service(web::scope("/closed").wrap(refuse)),
    )
    .await;
    let result = app.call(request.to_request()).await;
    let headers = result.map_or_else(
        |error| error.error_response().headers().clone(),
        |response| response.headers().clone(),
    );
    let log = captured.text();
    Seen {
        headers,
        log,
        metrics: metrics.page(Format::Classic).unwrap(),
    }
}

fn from_peer(peer: &str) -> TestRequest {
    let peer: SocketAddr = peer.parse().unwrap();
    TestRequest::get()
        .uri("/users/CANARY-ada?code=CANARY-123456")
        .peer_addr(peer)
        .insert_header(("user-agent", "CANARY"))
}

#[actix_web::test]
async fn sec_503_a_line_tells_the_template_and_nothing_a_visitor_typed() {
    let seen = send(from_peer("203.0.113.77:4711")).await;
    let line = seen.line();
    assert_eq!(line["message"], "request answered");
    assert_eq!(line["method"], "GET");
    assert_eq!(line["route"], "/users/{name}");
    assert_eq!(line["status"], 200);
    assert_eq!(line["duration_ms"], 250);
    assert_eq!(line["client"], "203.0.113.0/24");
    assert_eq!(line["outcome"], "wrong_credentials");
    assert!(!seen.log.contains("CANARY"), "{}", seen.log);
    assert!(!seen.log.contains("203.0.113.77"), "{}", seen.log);
}

#[actix_web::test]
async fn sec_505_the_id_is_the_same_on_the_answer_and_in_every_line() {
    let seen = send(from_peer("203.0.113.77:4711")).await;
    assert!(SupportCode::parse(seen.id()).is_some(), "{}", seen.id());
    assert_ne!(seen.id(), send(from_peer("203.0.113.77:4711")).await.id());
    assert_eq!(seen.line()["request_id"], seen.id());
    let inside: Value = serde_json::from_str(seen.log.lines().next().unwrap()).unwrap();
    assert_eq!(inside["message"], "inside");
    assert_eq!(inside["span"]["request_id"], seen.id());
}

#[actix_web::test]
async fn sec_505_the_id_of_a_proxy_is_told_beside_ours_if_the_proxy_is_trusted_and_it_is_plain() {
    let long = "a".repeat(65);
    for (peer, given, is_kept) in [
        ("10.0.0.1:1", "Abc-123", true),
        ("203.0.113.77:1", "Abc-123", false),
        ("10.0.0.1:1", "a b", false),
        ("10.0.0.1:1", "a_b", false),
        ("10.0.0.1:1", "", false),
        ("10.0.0.1:1", long.as_str(), false),
    ] {
        let seen = send(from_peer(peer).insert_header(("x-request-id", given))).await;
        let told = seen.line().get("proxy_request_id").cloned();
        assert_eq!(told.is_some_and(|id| id == given), is_kept, "{peer} {given}");
        assert!(
            SupportCode::parse(seen.id()).is_some(),
            "the support code is always ours"
        );
    }
}

#[actix_web::test]
async fn the_trace_of_a_trusted_proxy_is_gone_on_with_and_anybody_elses_is_not() {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    let given = format!("00-{TRACE}-00f067aa0ba902b7-01");
    for (peer, given, is_believed) in [
        ("10.0.0.1:1", given.as_str(), true),
        ("10.0.0.1:1", &given.to_uppercase(), false),
        ("203.0.113.77:1", &given, false),
    ] {
        let seen = send(from_peer(peer).insert_header(("traceparent", given))).await;
        let line = seen.line();
        let inside: Value = serde_json::from_str(seen.log.lines().next().unwrap()).unwrap();
        let (trace, span) = (line["trace_id"].as_str().unwrap(), line["span_id"].as_str().unwrap());
        assert_eq!(trace == TRACE, is_believed, "{peer} {given}");
        assert_eq!((trace.len(), span.len()), (32, 16));
        assert_ne!(span, "00f067aa0ba902b7");
        assert_eq!(
            (&inside["span"]["trace_id"], &inside["span"]["span_id"]),
            (&trace.into(), &span.into())
        );
    }
}

#[actix_web::test]
async fn a_path_that_fits_no_route_is_not_told() {
    let seen = send(TestRequest::get().uri("/CANARY?x=CANARY")).await;
    assert_eq!(seen.line()["route"], "unmatched");
    assert_eq!(seen.line()["status"], 404);
    assert!(seen.line().get("outcome").is_none());
    assert!(!seen.log.contains("CANARY") && !seen.metrics.contains("CANARY"));
}

#[actix_web::test]
async fn a_refusal_by_middleware_is_told_and_marked_too() {
    let seen = send(TestRequest::post().uri("/closed/x")).await;
    assert_eq!(seen.line()["status"], 403);
    assert_eq!(seen.line()["request_id"], seen.id());
}

#[actix_web::test]
async fn sec_506_requests_are_counted_by_template() {
    let seen = send(from_peer("203.0.113.77:4711")).await;
    let line = r#"portico_http_requests_total{route="/users/{name}",method="GET",code="200"} 1"#;
    assert!(seen.metrics.contains(line), "{}", seen.metrics);
}
