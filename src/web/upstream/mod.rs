//! The way to the portal, for operators without a proxy (`portal.upstream`): a request that is not for a page of ours
//! is decided on as in forward-auth, and forwarded.
//!
//! It stands outside the middleware of the pages: the portal's answers are its own. The request is made in [`outgoing`]
//! and framed in [`message`], the answer in [`incoming`]; a connection that becomes a WebSocket goes on in [`socket`].

mod body;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod incoming;
mod message;
mod names;
mod outgoing;
mod portal_span;
mod pulse;
mod socket;
mod trouble;

use std::error::Error as StdError;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::http::Method;
use actix_web::http::header::HOST;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use hyper::body::Incoming;
use hyper::http::Response;
use hyper::http::uri::Authority;
use hyper_util::client::legacy::connect::{HttpConnector, capture_connection};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::forward_auth::verify::{PassedRequest, Verify, admit, is_page};
use super::middleware::access_log::note_route;
use super::middleware::client_address::ClientAddress;
use super::middleware::expect;
use super::middleware::network_quota::NetworkQuota;
use super::private::ops::Readiness;
use super::request_id::RequestId;
use crate::flow::Flow;
use crate::panics::caught;
use crate::telemetry::{Metrics, Traces};
use body::UploadQuotas;
use message::{AnnouncedBody, Body, Head};
use outgoing::ForwardedFacts;
use portal_span::PortalSpan;
use pulse::Pulse;
use socket::Wish;
use trouble::NoAnswer;

/// How long connecting to the portal may take.
const CONNECT: Duration = Duration::from_secs(5);

/// How long an unused connection is kept: shorter than the portals' own patience, of which Node's is the shortest (5
/// s). One that closes while it is reused costs that request.
const KEPT: Duration = Duration::from_secs(4);

/// Most bytes buffered of one body in transit; a portal's head may be no longer.
const BUFFER: usize = 64 * 1024;

/// The route in the log, where pages have their template.
const ROUTE: &str = "portal";

/// Begins the counts of requests that the portal does not answer at 0.
pub fn begin_counts(metrics: &Metrics) {
    metrics.begin_portal_failed(NoAnswer::ALL.map(NoAnswer::name));
}

/// Where the portal is, and how long it is waited for.
#[derive(Debug, Clone)]
pub struct UpstreamParts {
    /// `host:port`.
    pub portal: Authority,
    /// How long an answer may take to begin, and the next piece of a request to come.
    pub timeout: Duration,
    /// How long an idle WebSocket is kept.
    pub idle: Duration,
    /// `host:port` of our own, for `Via`.
    pub name: String,
    pub metrics: Arc<Metrics>,
    pub traces: Arc<Traces>,
    /// The quota for slow uploads.
    pub slow_quota: NetworkQuota,
    /// The quota for all uploads.
    pub upload_quota: NetworkQuota,
}

/// The way to the portal. One for each worker, so that no connection changes its thread.
#[derive(Debug)]
pub struct Upstream {
    client: Client<HttpConnector, Body>,
    parts: UpstreamParts,
    /// Our own entry in `Via`.
    via: String,
}

impl Upstream {
    /// A way without a connection yet.
    pub fn new(parts: UpstreamParts) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT));
        connector.set_nodelay(true);
        connector.set_keepalive(Some(Duration::from_mins(1)));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(KEPT)
            .set_host(false)
            // For what a slow reader or portal has not taken. The library's default is six times as much.
            .http1_max_buf_size(BUFFER)
            .build(connector);
        Self {
            client,
            via: format!("1.1 {} (Portico)", parts.name),
            parts,
        }
    }
}

/// Forwards a request to the portal.
pub async fn forward(
    req: HttpRequest,
    payload: Payload,
    upstream: Data<Upstream>,
    verify: Data<Verify>,
    flow: Data<Flow>,
    readiness: Data<Readiness>,
) -> HttpResponse {
    let mut answer = match admit(&req, &verify, &flow).await {
        Err(refused) => trouble::refusal(&req, refused),
        Ok(admitted) => {
            let request = ProxiedRequest {
                req: &req,
                upstream: &upstream,
                verify: &verify,
                flow: &flow,
                readiness: &readiness,
                admitted,
                span: PortalSpan::begins(flow.now()),
            };
            let run = caught(request.runs(payload)).await;
            let run = run.unwrap_or(Err(NoAnswer::Ours));
            let parts = &upstream.parts;
            let to = (parts.traces.as_ref(), parts.portal.host());
            request.span.ends(to, &req, &run, flow.now());
            match run {
                Ok(answer) => answer,
                Err(why) => {
                    upstream.parts.metrics.portal_failed(why.name());
                    trouble::no_answer(&req, why, is_page(&req))
                }
            }
        }
    };
    note_route(&mut answer, ROUTE);
    answer
}

/// One request on its way to the portal and back.
struct ProxiedRequest<'a> {
    req: &'a HttpRequest,
    upstream: &'a Upstream,
    verify: &'a Verify,
    flow: &'a Data<Flow>,
    readiness: &'a Data<Readiness>,
    admitted: PassedRequest,
    span: PortalSpan,
}

impl ProxiedRequest<'_> {
    async fn runs(&self, payload: Payload) -> Result<HttpResponse, NoAnswer> {
        let (req, upstream) = (self.req, self.upstream);
        if matches!(*req.method(), Method::CONNECT | Method::TRACE) {
            return Err(NoAnswer::Method);
        }
        if outgoing::is_loop(req.headers(), &upstream.via) {
            tracing::error!("portal.upstream leads back to this service");
            return Err(NoAnswer::Loop);
        }
        let announced = AnnouncedBody::by(req).ok_or(NoAnswer::Ambiguous)?;
        let wish = Wish::of(req, announced).ok_or(NoAnswer::Ambiguous)?;
        let mut head = self.head()?;
        let pulse = Pulse::new(self.flow.clock());
        if wish == Wish::Socket {
            head.upgrades();
            return self.opens_socket(head, payload, pulse).await;
        }
        let quotas = UploadQuotas {
            clock: Arc::clone(self.flow.clock()),
            slow: upstream.parts.slow_quota.clone(),
            any: upstream.parts.upload_quota.clone(),
            client: self.client()?,
        };
        let (body, upload) = body::upload(
            announced,
            payload,
            expect::is_awaited(req),
            pulse,
            upstream.parts.timeout,
            quotas,
        )
        .await?;
        let again = (announced.is_nothing() && req.method().is_safe()).then(|| head.clone());
        let answer = tokio::select! {
            answer = self.asks(head, body, again) => {
                answer.map_err(|error| upload.explains().unwrap_or_else(|| self.blames(&error)))?
            }
            () = upload.pulse.stops(upstream.parts.timeout) => return Err(upload.is_late()),
        };
        if answer.status().is_informational() {
            tracing::error!(status = %answer.status(), "the portal changes to a protocol that nobody asked for");
            return Err(NoAnswer::Broken);
        }
        self.tells(answer)
    }

    /// The portal's answer as the browser gets it.
    fn tells(&self, answer: Response<Incoming>) -> Result<HttpResponse, NoAnswer> {
        let (head, body) = answer.into_parts();
        if incoming::is_coded(&head.headers) {
            tracing::error!("the portal sends a body in a transfer coding that nobody asked for");
            return Err(NoAnswer::Broken);
        }
        let ends = incoming::is_event_stream(&head.headers).then(|| self.ends());
        let is_to_head = *self.req.method() == Method::HEAD;
        Ok(incoming::answer(&head, body, is_to_head, ends))
    }

    fn client(&self) -> Result<IpAddr, NoAnswer> {
        ClientAddress::of(self.req).ok_or_else(|| {
            tracing::error!("a request for the portal has no peer address");
            NoAnswer::Broken
        })
    }

    fn head(&self) -> Result<Head, NoAnswer> {
        let (req, client) = (self.req, self.client()?);
        let host = req.headers().get(HOST).and_then(|host| host.to_str().ok());
        let request_id = RequestId::of(req);
        let announced = ForwardedFacts {
            scheme: self.verify.scheme(),
            host: host.unwrap_or_default(),
            client,
            request_id: request_id.as_str(),
            via: &self.upstream.via,
            span: self.span.context(),
        };
        let identity = self.admitted.identity(self.verify);
        outgoing::head(req, &self.upstream.parts.portal, &announced, identity).map_err(|error| {
            tracing::error!(error = &error as &dyn StdError, "a request cannot be forwarded");
            NoAnswer::Broken
        })
    }

    /// Asks the portal. If a reused connection had just closed, it asks once more where that changes nothing.
    async fn asks(&self, head: Head, body: Body, again: Option<Head>) -> Result<Response<Incoming>, Error> {
        let first = self.sends(head, body).await;
        match (first, again) {
            (Err(error), Some(head)) if has_just_ended(&error) => self.sends(head, Body::nothing()).await,
            (first, _) => first,
        }
    }

    /// Logs that the portal failed, and says how.
    fn blames(&self, error: &Error) -> NoAnswer {
        let portal = self.upstream.parts.portal.as_str();
        tracing::error!(portal, error = error as &dyn StdError, "the portal does not answer");
        if error.is_connect() {
            NoAnswer::Unreachable
        } else {
            NoAnswer::Broken
        }
    }

    /// Sends a request once. A connection is reused only after a whole answer to a whole request: the library sees to
    /// most of that itself, and this to the rest.
    async fn sends(&self, head: Head, body: Body) -> Result<Response<Incoming>, Error> {
        let is_whole = body.is_whole();
        let mut request = head.with(body);
        let is_to_head = request.method() == hyper::Method::HEAD;
        let connection = capture_connection(&mut request);
        let (head, body) = self.upstream.client.request(request).await?.into_parts();
        if !is_whole.load(Ordering::Relaxed) || !incoming::is_clear(&head, is_to_head) {
            // Before anything else is awaited: no other request has taken it from the pool.
            if let Some(connection) = connection.connection_metadata().as_ref() {
                connection.poison();
            }
        }
        Ok(Response::from_parts(head, body))
    }

    async fn opens_socket(&self, head: Head, payload: Payload, pulse: Pulse) -> Result<HttpResponse, NoAnswer> {
        let parts = &self.upstream.parts;
        let mut answer = tokio::select! {
            answer = self.asks(head, Body::nothing(), None) => {
                answer.map_err(|error| self.blames(&error))?
            }
            () = pulse.stops(parts.timeout) => return Err(NoAnswer::Late),
        };
        if answer.status() != hyper::StatusCode::SWITCHING_PROTOCOLS {
            return self.tells(answer);
        }
        if !incoming::is_websocket(answer.headers()) {
            tracing::error!("the portal changes to another protocol than the one that was asked for");
            return Err(NoAnswer::Broken);
        }
        let upgraded = hyper::upgrade::on(&mut answer).await.map_err(|error| {
            tracing::error!(
                error = &error as &dyn StdError,
                "the portal accepted a WebSocket but did not open it"
            );
            NoAnswer::Broken
        })?;
        let (head, _) = answer.into_parts();
        pulse.beat();
        Ok(socket::open(&head, payload, upgraded, pulse, parts.idle, self.ends()))
    }

    /// Completes when the portal's answer must stop: the session has ended, or we shut down.
    fn ends(&self) -> impl Future<Output = ()> + use<> {
        let (flow, readiness) = (self.flow.clone(), self.readiness.clone());
        let session = self.admitted.session();
        async move {
            let ended = async {
                match session {
                    Some(session) => flow.session_is_over(session).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = ended => {}
                () = readiness.ends() => {}
            }
        }
    }
}

fn has_just_ended(error: &Error) -> bool {
    let source = error.source();
    let error = source.and_then(|source| source.downcast_ref::<hyper::Error>());
    error.is_some_and(|error| {
        let io = error
            .source()
            .and_then(|source| source.downcast_ref::<std::io::Error>());
        error.is_incomplete_message()
            || error.is_closed()
            || io.is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionReset)
    })
}
