//! The service and a portal on one origin, as most operators have them: `HAProxy` sends `/auth` to the service and the
//! rest to the portal. The portal's pages have the companion and a strict policy; its `/api` is for signed-in users.

use std::process::{Child, Command, Stdio};
use std::thread;

use actix_web::http::header::{COOKIE, ContentType};
use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt};
use okta_sim::Simulator;
use portico::clock::MovableClock;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::ports::free_port;
use crate::waiting::wait_for;
use crate::world::{loopback, serves, settings};

/// The policy that docs/portal.md calls enough.
const POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; \
    require-trusted-types-for 'script'";

/// Everything that goes when the test ends.
#[derive(Debug)]
pub(crate) struct Front {
    proxy: Child,
    _folder: TempDir,
}

impl Front {
    /// Starts portal, service and proxy. Gives the origin that they share.
    pub(crate) async fn start(okta: &Simulator, clock: &MovableClock, changes: &[(&str, &str)]) -> (Self, String) {
        let public_port = free_port();
        let origin = format!("http://localhost:{public_port}");
        let public = format!("{origin}/auth");
        let portal_port = portal(public.clone());
        let service_port = loop {
            let port = free_port();
            let config = settings((&public, port), okta.url().as_str(), &origin, changes);
            if serves(config, clock) {
                break port;
            }
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("haproxy.cfg");
        let text = format!(
            "defaults\n  mode http\n  timeout connect 2s\n  timeout client 90s\n  timeout server 90s\n\
             frontend origin\n  bind 127.0.0.1:{public_port}\n  use_backend service if {{ path_beg /auth/ }}\n  \
             default_backend portal\n\
             backend service\n  server service 127.0.0.1:{service_port}\n\
             backend portal\n  server portal 127.0.0.1:{portal_port}\n"
        );
        std::fs::write(&file, text).unwrap();
        let proxy = Command::new("haproxy")
            .args(["-db", "-f"])
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let front = Self { proxy, _folder: folder };
        let serving = wait_for("the proxy", async || {
            let answer = reqwest::get(format!("{public}/session")).await.ok()?;
            answer.status().is_success().then_some(())
        });
        serving.await.unwrap();
        (front, origin)
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        let _ = self.proxy.kill();
        let _ = self.proxy.wait();
    }
}

/// What the portal knows.
#[derive(Debug)]
struct Portal {
    service: String,
    client: reqwest::Client,
}

/// Starts the portal. Gives its port.
fn portal(service: String) -> u16 {
    let listener = loopback();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let portal = Data::new(Portal { service, client });
        let server = HttpServer::new(move || {
            App::new()
                .app_data(portal.clone())
                .route("/api/orders", web::to(orders))
                .route("/api/fresh", web::to(fresh))
                .route("/api/own", web::to(HttpResponse::Unauthorized))
                .default_service(web::to(page))
        });
        let server = server.workers(1).disable_signals().listen(listener).unwrap();
        rt::System::new().block_on(server.run()).unwrap();
    });
    port
}

/// The same page everywhere; below `/de/` it is in German.
async fn page(request: HttpRequest) -> HttpResponse {
    let lang = if request.path().starts_with("/de/") { "de" } else { "en" };
    HttpResponse::Ok()
        .insert_header(ContentType::html())
        .insert_header(("Content-Security-Policy", POLICY))
        .body(format!(
            "<!DOCTYPE html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><title>Orders</title>\
             <meta name=\"viewport\" content=\"width=device-width\">\
             <script src=\"/auth/companion.js\"></script></head>\
             <body><main><h1>Orders</h1><label>Note <input name=\"note\"></label></main></body></html>"
        ))
}

/// Says what was sent, and by whom.
async fn orders(request: HttpRequest, body: String, portal: Data<Portal>) -> HttpResponse {
    let session = portal.who(&request).await;
    if session["active"] == false {
        return portal.refuses("");
    }
    HttpResponse::Ok().json(json!({
        "method": request.method().as_str(), "body": body, "name": session["name"],
    }))
}

/// Requires a sign-in of the last minute.
async fn fresh(request: HttpRequest, portal: Data<Portal>) -> HttpResponse {
    let session = portal.who(&request).await;
    let (now, since) = (session["now"].as_i64(), session["auth_time"].as_i64());
    if now.unwrap() - since.unwrap() > 60 {
        return portal.refuses("?max_age=60");
    }
    HttpResponse::Ok().json(json!("fresh"))
}

impl Portal {
    async fn who(&self, request: &HttpRequest) -> Value {
        let cookie = request.headers().get(COOKIE);
        let cookie = cookie.map_or("", |cookie| cookie.to_str().unwrap());
        let question = self.client.get(format!("{}/session", self.service));
        let answer = question.header("cookie", cookie).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// Refuses as a gate refuses programs.
    fn refuses(&self, query: &str) -> HttpResponse {
        HttpResponse::Unauthorized()
            .insert_header(("Portico-Sign-In", format!("{}/sign-in{query}", self.service)))
            .finish()
    }
}
