//! The private port: liveness, readiness, metrics, and the public keys. Never mounted on the public one.

use std::error::Error as StdError;
use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::middleware::DefaultHeaders;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use tokio::sync::watch;

use super::exposition;
use crate::domain::session::after;
use crate::flow::Flow;
use crate::telemetry::Metrics;
use crate::web::api::key_set;
use crate::web::error::WebError;

/// How long a scrape waits for the store; scrapers give up after 10 s as a rule.
const PATIENCE: Duration = Duration::from_secs(3);

/// Whether new requests are welcome; false from the moment of SIGTERM.
#[derive(Debug, Clone)]
pub struct Readiness {
    draining: watch::Sender<bool>,
}

impl Default for Readiness {
    fn default() -> Self {
        Self {
            draining: watch::Sender::new(false),
        }
    }
}

impl Readiness {
    /// Asks load balancers to send nothing more, and waiting connections to end.
    pub fn drain(&self) {
        self.draining.send_replace(true);
    }

    /// Completes when we are to end: readers of streams then connect again, to another replica or to our successor.
    pub(in crate::web) async fn ends(&self) {
        // OK to ignore: the sender lives as long as this does.
        let _ = self.draining.subscribe().wait_for(|draining| *draining).await;
    }

    pub(in crate::web) fn is_draining(&self) -> bool {
        *self.draining.borrow()
    }
}

/// Mounts the private pages. Probes and scrapers may use any host name; see [`crate::web::AdminAccess`] for the rest.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(
        web::scope("")
            .wrap(DefaultHeaders::new().add((CACHE_CONTROL, "no-store")))
            .route("/healthz", web::get().to(healthz))
            .route("/readyz", web::get().to(readyz))
            .route("/metrics", web::get().to(metrics))
            // For portals that reach the service on the inner network alone.
            .route(key_set::PATH, web::get().to(key_set::show))
            .configure(super::admin::configure),
    );
}

/// What a running service answers at `/healthz`.
pub const ALIVE: &str = "alive\n";

async fn healthz() -> HttpResponse {
    HttpResponse::Ok().body(ALIVE)
}

/// An outage of Okta does not make us unready: live sessions go on without it.
async fn readyz(readiness: Data<Readiness>, flow: Data<Flow>) -> HttpResponse {
    if readiness.is_draining() {
        return HttpResponse::ServiceUnavailable().body("draining\n");
    }
    match flow.is_store_there().await {
        Ok(()) => HttpResponse::Ok().body("ready\n"),
        Err(error) => {
            tracing::warn!(error = &error as &dyn StdError, "not ready");
            HttpResponse::ServiceUnavailable().body("store\n")
        }
    }
}

/// While the store does not answer, gauges of what it holds keep their last values, if they had one; the others are
/// current.
async fn metrics(req: HttpRequest, metrics: Data<Metrics>, flow: Data<Flow>) -> Result<HttpResponse, WebError> {
    let counts = tokio::select! {
        // A failure is itself counted, as a failure of the store.
        counts = async { (flow.counts().await.ok(), flow.sends_left().await) } => Some(counts),
        () = flow.clock().sleep_until(after(flow.now(), PATIENCE)) => None,
    };
    let (counts, sends_left) = counts.unwrap_or_default();
    if let Some(left) = sends_left {
        metrics.set_sends_left(left.in_all, left.for_strangers);
    }
    if let Some(counts) = counts {
        let gauge = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        metrics.set_transactions_active(gauge(counts.attempts));
        metrics.set_sessions_active(gauge(counts.sessions));
        metrics.set_pending_revocations(gauge(counts.revocations));
        metrics.set_portal_logouts_owed(gauge(counts.notices));
        metrics.set_sign_ins_closed(counts.are_closed);
    }
    let format = exposition::wanted_by(&req);
    let text = metrics.page(format);
    let text = text.map_err(|_| WebError::Wiring("the metrics text"))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, format.content_type()))
        .body(text))
}
