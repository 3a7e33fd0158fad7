//! Sends an answer, with its headers and the faults that spoil it.

use std::time::Duration;

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
    web::Bytes,
};
use futures_util::stream;
use serde_json::json;

use crate::{
    clock::{millis, seconds, timestamp},
    errors,
    fault::FaultKind,
    json_object::extend,
    limits::Allowance,
    okta::{incoming::Incoming, pause::pause},
    reply::{Body, Reply},
    switches::{ContentTypes, Switches},
    world::World,
};

const PLAIN: &str = "application/json";
const WITH_CHARSET: &str = "application/json;charset=UTF-8";
const HTML: &str = "text/html; charset=utf-8";

/// The answer of a fault that keeps the call from being processed.
pub(super) fn instead(fault: &FaultKind) -> Option<Reply> {
    let html =
        "<!doctype html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>";
    Some(match fault {
        FaultKind::RateLimited { .. } | FaultKind::Concurrency => errors::org_rate_limited(),
        FaultKind::UserRateLimited => errors::user_rate_limited(),
        FaultKind::ServerError => Reply::core(500, "E0000009", "Internal Server Error"),
        FaultKind::Maintenance => Reply::core(503, "E0000010", "Service is in read only mode"),
        FaultKind::OobFailure => errors::oob_failure(),
        FaultKind::BadGateway => Reply::text(502, HTML, html.to_owned()),
        FaultKind::ResetBefore => Reply::empty(503),
        FaultKind::Redirect => Reply::empty(302).header("Location", "/somewhere-else"),
        FaultKind::SlowDown => errors::slow_down(),
        FaultKind::Oauth {
            status,
            error,
            description,
        } => match description {
            Some(description) => Reply::oauth(*status, error, description),
            None => Reply::json(*status, json!({ "error": error })),
        },
        FaultKind::Core { status, code, summary } => Reply::core(*status, code, summary),
        _ => return None,
    })
}

/// The name of the fault in JSON.
pub(super) fn name(fault: &FaultKind) -> String {
    let value = serde_json::to_value(fault).unwrap_or_default();
    value
        .get("kind")
        .and_then(|kind| kind.as_str())
        .unwrap_or_default()
        .to_owned()
}

pub(super) fn response(
    world: &World,
    incoming: &Incoming,
    mut reply: Reply,
    fault: Option<&FaultKind>,
    allowance: Option<Allowance>,
) -> HttpResponse {
    let switches = world.lock().switches.clone();
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut builder = HttpResponse::build(status);
    for (name, value) in reply.headers.drain(..) {
        builder.insert_header((name, value));
    }
    builder.insert_header(("X-Okta-Request-Id", incoming.request_id.clone()));
    builder.insert_header((header::DATE, date(world, &switches, fault)));
    if status == StatusCode::UNAUTHORIZED && switches.www_authenticate_on_401 && !matches!(reply.body, Body::Empty) {
        builder.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"okta-sim\""));
    }
    rate_limit_headers(&mut builder, world, fault, allowance);
    let wants_members = switches.extra_members || matches!(fault, Some(FaultKind::UnknownMembers));
    if let Body::Json(body) = &mut reply.body
        && wants_members
    {
        extend(body, "x_unheard_of", json!({ "nested": [1, 2, 3], "null": null }));
        extend(body, "another_one", json!("value"));
    }
    with_body(builder, reply.body, media_type(&switches, incoming), fault)
}

/// HTTP's date format, from the simulator's clock.
fn date(world: &World, switches: &Switches, fault: Option<&FaultKind>) -> String {
    let skew = switches.date_skew_s
        + if let Some(FaultKind::ClockSkew { seconds }) = fault {
            *seconds
        } else {
            0
        };
    let at = timestamp(world.now().saturating_add(skew.saturating_mul(1000)));
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn rate_limit_headers(
    builder: &mut HttpResponseBuilder,
    world: &World,
    fault: Option<&FaultKind>,
    allowance: Option<Allowance>,
) {
    let Some(allowance) = allowance else { return };
    let (limit, remaining, reset) = match fault {
        Some(FaultKind::RateLimited { reset_s }) => (allowance.limit, 0, world.now() + millis(*reset_s)),
        Some(FaultKind::Concurrency) => (0, 0, world.now() + 1000),
        _ => (allowance.limit, allowance.remaining, allowance.reset),
    };
    builder.insert_header(("X-Rate-Limit-Limit", limit.to_string()));
    builder.insert_header(("X-Rate-Limit-Remaining", remaining.to_string()));
    builder.insert_header(("X-Rate-Limit-Reset", seconds(reset + 999).to_string()));
}

/// With [`ContentTypes::Mixed`], some answers name the charset.
fn media_type(switches: &Switches, incoming: &Incoming) -> &'static str {
    let is_odd = incoming.request_id.bytes().next().is_some_and(|byte| byte % 2 == 1);
    match switches.content_type {
        ContentTypes::Charset => WITH_CHARSET,
        ContentTypes::Mixed if is_odd => WITH_CHARSET,
        ContentTypes::Mixed | ContentTypes::Plain => PLAIN,
    }
}

fn with_body(
    mut builder: HttpResponseBuilder,
    body: Body,
    json_type: &'static str,
    fault: Option<&FaultKind>,
) -> HttpResponse {
    let (media_type, text) = match body {
        Body::Empty => return builder.finish(),
        Body::Json(value) => (json_type, value.to_string()),
        Body::Text(media_type, text) => (media_type, text),
    };
    builder.insert_header((header::CONTENT_TYPE, media_type));
    match fault {
        Some(FaultKind::EmptyBody) => builder.finish(),
        Some(FaultKind::CutJson) => builder.body(text.chars().take(text.chars().count() / 2).collect::<String>()),
        Some(FaultKind::GarbageJson) => builder.body("{]garbage\u{0}"),
        Some(FaultKind::WrongContentType) => builder.insert_header((header::CONTENT_TYPE, HTML)).body(text),
        Some(FaultKind::HugeBody { bytes }) => builder.body(padded(&text, *bytes)),
        Some(FaultKind::SlowBody { ms_per_piece }) => builder.streaming(drip(&text, *ms_per_piece)),
        _ => builder.body(text),
    }
}

/// The same JSON with enough white space in front to have at least this size.
fn padded(text: &str, bytes: usize) -> String {
    " ".repeat(bytes.saturating_sub(text.len())) + text
}

fn drip(text: &str, ms: u64) -> impl stream::Stream<Item = Result<Bytes, actix_web::Error>> + use<> {
    const PIECES: usize = 16;
    let size = (text.len() / PIECES).max(1);
    let pieces: Vec<Bytes> = text.as_bytes().chunks(size).map(Bytes::copy_from_slice).collect();
    stream::unfold(pieces.into_iter(), move |mut pieces| async move {
        let piece = pieces.next()?;
        pause(Duration::from_millis(ms)).await;
        Some((Ok(piece), pieces))
    })
}
