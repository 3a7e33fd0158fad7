//! The two servers: pages on the public port, health and metrics on the private one.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::{HttpServiceFactory, Server};
use actix_web::guard;
use actix_web::middleware::from_fn;
use actix_web::web::{self as routes, Data, ServiceConfig, scope};
use actix_web::{App, Scope};
use tokio::sync::watch;

use super::connections::{Connections, listens};
use super::worker_state::{Port, Shared};
use crate::web;
use crate::web::api::{embedding, json_errors};
use crate::web::forward_auth::cross_host;
use crate::web::middleware::{access_log, headers, host_check};
use crate::web::pages::error_pages;
use crate::web::private::ops;
use crate::web::upstream;
use crate::web::upstream::{Upstream, UpstreamParts};

/// How long, in seconds, requests in progress may take once no new ones are accepted.
pub(super) const DRAIN_S: u64 = 25;

/// How long a client may read nothing of an answer (SEC-308).
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn public_server(
    listener: TcpListener,
    state: watch::Receiver<Shared>,
    workers: Option<usize>,
) -> std::io::Result<Server> {
    let first = state.borrow().clone();
    let connections = Connections {
        port: Port::Public,
        state,
        clock: first.clock,
        // A browser may be as slow with the portal's downloads as with its uploads.
        patience: first
            .upstream
            .as_ref()
            .map_or(PATIENCE, |portal| portal.timeout.max(PATIENCE)),
    };
    let app = |shared: &Shared| {
        let base = shared.site.base();
        App::new()
            .app_data(shared.site.clone())
            .app_data(shared.files.clone())
            .app_data(shared.flow.clone())
            .app_data(shared.headers.clone())
            .app_data(shared.readiness.clone())
            .app_data(shared.access_log.clone())
            .app_data(shared.metrics.clone())
            .app_data(shared.verify.clone())
            .configure(|cfg| {
                // Where the service itself forwards requests, no proxy needs to ask, and a proxy in front would forward
                // anybody's question.
                if shared.is_asked {
                    cfg.configure(web::forward_auth::verify::configure(base));
                }
            })
            .service(
                scope(cross_host::PREFIX)
                    .configure(cross_host::configure)
                    .wrap(from_fn(web::clear_doubled))
                    .wrap(from_fn(error_pages::draw))
                    .wrap(from_fn(headers::secure))
                    .wrap(from_fn(access_log::record)),
            )
            .configure(|cfg| match &shared.upstream {
                Some(portal) => beside_the_portal(cfg, base, portal, shared),
                None => {
                    cfg.service(pages(base, scope("")));
                }
            })
    };
    let server = actix_server::Server::build()
        .shutdown_timeout(DRAIN_S)
        .disable_signals();
    let server = match workers {
        Some(workers) => server.workers(workers),
        None => server,
    };
    Ok(listens(server, listener, connections, app)?.run())
}

pub(super) fn private_server(listener: TcpListener, state: watch::Receiver<Shared>) -> std::io::Result<Server> {
    let clock = state.borrow().clock.clone();
    let connections = Connections {
        port: Port::Private,
        clock,
        state,
        patience: PATIENCE,
    };
    let app = |shared: &Shared| {
        App::new()
            .app_data(shared.flow.clone())
            .app_data(shared.metrics.clone())
            .app_data(shared.admin.clone())
            .app_data(shared.readiness.clone())
            .app_data(shared.verify.clone())
            .configure(ops::configure)
    };
    let server = actix_server::Server::build().workers(1).disable_signals();
    Ok(listens(server, listener, connections, app)?.run())
}

/// The pages, with the middleware for all their answers. The last `wrap` runs first: the log records the final answer,
/// and every answer gets its headers.
fn pages(base: &str, scope: Scope) -> impl HttpServiceFactory + use<> {
    scope
        .configure(web::configure(base))
        .wrap(from_fn(web::clear_doubled))
        .wrap(from_fn(host_check::check))
        .wrap(from_fn(json_errors::write))
        // Outside the JSON errors: a framed URL is shown to a customer.
        .wrap(from_fn(embedding::refuse))
        .wrap(from_fn(error_pages::draw))
        .wrap(from_fn(headers::secure))
        .wrap(from_fn(access_log::record))
}

/// The pages at their own URLs, the portal at all others.
fn beside_the_portal(cfg: &mut ServiceConfig, base: &str, portal: &UpstreamParts, shared: &Shared) {
    let verify = shared.verify.clone();
    let ours = guard::fn_guard(move |context| verify.is_ours(context.head()));
    cfg.app_data(Data::new(Upstream::new(portal.clone())))
        .service(pages(base, scope("").guard(ours)))
        .service(
            scope("")
                .default_service(routes::to(upstream::forward))
                .wrap(from_fn(access_log::record)),
        );
}
