//! Checks in traces.
//!
//! There are very many of them, so only those are recorded whose trace a trusted proxy records, and without a collector
//! nothing is even read.

use actix_web::{HttpRequest, HttpResponse};

use super::question;
use super::service::Verify;
use crate::flow::Flow;
use crate::portal::proxies::Proxy;
use crate::telemetry::traces::{Span, SpanKind, known_method};
use crate::trace::{TraceContext, within};
use crate::web::middleware::client_address::{peer_address, peer_is_trusted};
use crate::web::trace_headers::remote_parent;

/// Answers a proxy.
pub(super) async fn check(proxy: Proxy, req: &HttpRequest, verify: &Verify, flow: &Flow) -> HttpResponse {
    match recorded(req, verify) {
        None => question::check(proxy, req, verify, flow).await,
        // Boxed, because hardly any check is.
        Some(context) => Box::pin(record(context, proxy, req, verify, flow)).await,
    }
}

/// The span of this check, if it is to be recorded.
fn recorded(req: &HttpRequest, verify: &Verify) -> Option<TraceContext> {
    if !verify.traces.is_on() || !peer_is_trusted(peer_address(req.peer_addr()), &verify.trusted) {
        return None;
    }
    let context = verify.traces.begins(Some(remote_parent(req.headers())?));
    verify.traces.records(&context).then_some(context)
}

async fn record(context: TraceContext, proxy: Proxy, req: &HttpRequest, verify: &Verify, flow: &Flow) -> HttpResponse {
    let began = flow.now();
    let answer = within(context.clone(), question::check(proxy, req, verify, flow)).await;
    verify.traces.record(&context, |context| {
        let (route, status) = (format!("/verify/{}", proxy.name()), answer.status());
        let name = format!("check {}", proxy.name());
        Span::new(context, SpanKind::Server, name, (began, flow.now()))
            .text("http.request.method", known_method(req.method().as_str()))
            .text("http.route", route)
            .status(status.as_u16())
            .failed(status.is_server_error())
    });
    answer
}
