//! One line per request, with the request id that a customer's report quotes (SEC-503, SEC-505).
//!
//! The fields are a contract with operators: `method`, `route` (the template), `status`, `duration_ms`, `request_id`,
//! `trace_id`, `span_id`, `client` (the network, not the address) and, where a post or a sign-in had one, `outcome`. Paths, queries, names and
//! anything else that a customer typed are never among them.

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::HashSet;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};
use jiff::Timestamp;
use tracing::Instrument;

use super::client_address::{ClientAddress, TrustedProxies, client_address, peer_address, peer_is_trusted};
use super::headers::{cause, with_headers};
use super::panic_answer::{ErrorPageParts, Failure};
use crate::clock::{Clock, OneDraw};
use crate::domain::network::network_name;
use crate::flow::RequestOrigin;
use crate::panics::caught;
use crate::telemetry::traces::{Span, SpanKind, known_method};
use crate::telemetry::{Metrics, Traces};
use crate::trace::{TraceContext, within};
use crate::web::outcome;
use crate::web::outcome::noted_outcome;
use crate::web::request_id::{RequestId, X_REQUEST_ID, proxy_request_id};
use crate::web::trace_headers::remote_parent;

/// The route of a request that matched none: its path is text from the client.
const UNMATCHED: &str = "unmatched";

/// What the middleware needs; shared by the workers as `web::Data`.
#[derive(Debug)]
pub struct AccessLog {
    pub clock: Arc<dyn Clock>,
    pub trusted: TrustedProxies,
    pub metrics: Arc<Metrics>,
    pub traces: Arc<Traces>,
}

#[derive(Debug, Clone, Copy)]
struct RouteName(&'static str);

/// Names the route of an answer that has no template.
pub(in crate::web) fn note_route(answer: &mut HttpResponse, route: &'static str) {
    answer.extensions_mut().insert(RouteName(route));
}

/// Middleware for `from_fn`; needs `web::Data<AccessLog>`. Belongs outermost, so that it sees the final answer.
pub async fn record<B: MessageBody + 'static>(
    log: web::Data<AccessLog>,
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let started = Started::new(&log, &req);
    // A handler that panics returns nothing, not even the request.
    let (template, kept) = (template(&req), ErrorPageParts::of(&req));
    let span = tracing::info_span!(
        "request",
        request_id = started.id.as_str(),
        trace_id = %started.trace.trace_id(),
        span_id = %started.trace.span_id(),
        user = tracing::field::Empty
    );
    let origin = RequestOrigin::new(started.address, started.id.as_str());
    let answering = origin.scope(OneDraw::new(caught(async { next.call(req).await })));
    // The log line is written outside the span: it contains the request id itself.
    let result = within(started.trace.clone(), answering).instrument(span).await;
    match result.unwrap_or_else(|_| Err(kept.page(&started.id))) {
        Ok(mut response) => {
            let named = response.response().extensions().get::<RouteName>().copied();
            let route = named.map(|named| named.0).or(template.as_deref());
            let outcome = noted_outcome(response.response());
            started.finish(&log, route, response.status().as_u16(), outcome);
            started.mark(response.headers_mut());
            Ok(response)
        }
        Err(error) => {
            let status = error.as_response_error().status_code();
            let outcome = cause(&error).as_error::<Failure>();
            let outcome = outcome.map(|_| outcome::PANIC);
            started.finish(&log, template.as_deref(), status.as_u16(), outcome);
            Err(with_headers(error, move |headers| started.mark(headers)))
        }
    }
}

/// The template of the route for this request. Matching a path against all of them costs as much as a small page, so
/// the few paths that equal their template are cached.
fn template(req: &ServiceRequest) -> Option<Rc<str>> {
    thread_local! {
        static FIXED: RefCell<HashSet<Rc<str>>> = RefCell::default();
    }
    let path = req.path();
    FIXED.with_borrow_mut(|fixed| {
        if let Some(template) = fixed.get(path) {
            return Some(Rc::clone(template));
        }
        let template: Rc<str> = req.match_pattern()?.into();
        if *template == *path {
            fixed.insert(Rc::clone(&template));
        }
        Some(template)
    })
}

/// The facts of a request on arrival.
struct Started {
    at: Timestamp,
    id: RequestId,
    /// The id that a trusted proxy gave.
    proxy_id: Option<String>,
    trace: TraceContext,
    method: String,
    address: IpAddr,
    client: String,
}

impl Started {
    fn new(log: &AccessLog, req: &ServiceRequest) -> Self {
        let peer = peer_address(req.peer_addr());
        let client = client_address(peer, req.headers(), &log.trusted);
        let is_proxy = peer_is_trusted(peer, &log.trusted);
        let id = RequestId::new();
        req.extensions_mut().insert(id.clone());
        req.extensions_mut().insert(ClientAddress(client));
        Self {
            at: log.clock.now(),
            id,
            trace: log
                .traces
                .begins(is_proxy.then(|| remote_parent(req.headers())).flatten()),
            proxy_id: is_proxy.then(|| proxy_request_id(req.headers())).flatten(),
            method: req.method().as_str().to_owned(),
            address: client,
            client: network_name(client),
        }
    }

    fn finish(&self, log: &AccessLog, route: Option<&str>, status: u16, outcome: Option<&'static str>) {
        let ended = log.clock.now();
        let took = ended.duration_since(self.at);
        let took = Duration::try_from(took).unwrap_or_default();
        let route = route.unwrap_or(UNMATCHED);
        log.metrics.http_request(route, &self.method, status, took);
        tracing::info!(
            method = self.method,
            route,
            status,
            duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            request_id = self.id.as_str(),
            trace_id = %self.trace.trace_id(),
            span_id = %self.trace.span_id(),
            proxy_request_id = self.proxy_id.as_deref(),
            client = self.client,
            outcome,
            "request answered"
        );
        log.traces.record(&self.trace, |context| {
            let method = known_method(&self.method);
            Span::new(context, SpanKind::Server, format!("{method} {route}"), (self.at, ended))
                .text("http.request.method", method)
                .text("http.route", route.to_owned())
                .text("portico.request_id", self.id.as_str().to_owned())
                .text_if_known("portico.outcome", outcome)
                .status(status)
                .failed(status >= 500)
        });
    }

    fn mark(&self, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::from_str(self.id.as_str()) {
            headers.insert(X_REQUEST_ID, value);
        }
    }
}
