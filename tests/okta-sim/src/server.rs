//! The HTTP server: its threads, its sockets and its routes.

use std::{any::Any, io, net::TcpListener, sync::Arc, time::Duration};

use actix_web::{
    App, HttpResponse, HttpServer,
    dev::{Extensions, ServerHandle},
    http::header,
    rt::net::TcpStream,
    web,
};
use tokio::sync::oneshot;

use crate::{connection::Wire, okta, phone, sim_api, universal_logout, world::World};

const KEEP_ALIVE: Duration = Duration::from_secs(75);
const WORKERS: usize = 2;
const LARGEST_BODY: usize = 1 << 20;

/// Serves until the handle that it sends to `ready` is told to stop.
pub(crate) fn run(listener: TcpListener, world: Arc<World>, ready: oneshot::Sender<io::Result<ServerHandle>>) {
    actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            App::new()
                .app_data(web::Data::from(Arc::clone(&world)))
                .app_data(web::PayloadConfig::new(LARGEST_BODY))
                .route("/", web::get().to(to_phones))
                // Browsers request it on their own; it must not count as an unknown path.
                .route("/favicon.ico", web::get().to(HttpResponse::NoContent))
                .configure(sim_api::configure)
                .configure(universal_logout::configure)
                .configure(phone::configure)
                .configure(okta::configure)
                .default_service(web::to(okta::answer))
        })
        .workers(WORKERS)
        .keep_alive(KEEP_ALIVE)
        .tcp_nodelay(true)
        .on_connect(remember_socket)
        .disable_signals()
        .shutdown_timeout(0)
        .listen(listener);
        match server {
            Ok(server) => {
                let server = server.run();
                // OK because the receiver goes away only with the caller, and then the server is not needed.
                let _ = ready.send(Ok(server.handle()));
                // OK because clients notice a failed server by their refused connections.
                let _ = server.await;
            }
            Err(error) => drop(ready.send(Err(error))),
        }
    });
}

fn remember_socket(connection: &dyn Any, extensions: &mut Extensions) {
    if let Some(stream) = connection.downcast_ref::<TcpStream>() {
        extensions.insert(Wire::of(stream));
    }
}

async fn to_phones() -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, "/phone"))
        .finish()
}
