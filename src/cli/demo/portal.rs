//! The sample portal: one page for customers who are signed in. It asks `GET /session` who that is, with the browser's
//! own cookie, as a portal's server would. Its pages have the companion, under a strict policy.

mod relay;
mod state;

use std::error::Error as StdError;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::header::{CONTENT_TYPE, COOKIE, ContentType, LOCATION};
use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;
use url::Url;

use state::PortalState;

/// The policy that docs/portal.md says is enough for the companion, plus the empty icon.
const POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// The portal, listening but not yet serving.
#[derive(Debug)]
pub(super) struct Portal {
    listener: TcpListener,
    port: u16,
}

/// The part of the session that the page shows.
#[derive(Debug, Default, Deserialize)]
struct Session {
    active: bool,
    #[serde(default)]
    name: String,
    email: Option<String>,
    #[serde(default)]
    amr: Vec<String>,
}

impl Portal {
    pub(super) fn bind(address: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn url(&self) -> String {
        format!("http://localhost:{}/", self.port)
    }

    pub(super) fn run(self, service: Url) -> anyhow::Result<Server> {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(5))
            .no_proxy()
            .build()?;
        let state = Data::new(PortalState {
            service,
            own: self.url(),
            client,
        });
        let server = HttpServer::new(move || {
            App::new()
                .app_data(state.clone())
                .route("/", web::get().to(home))
                .route("/help", web::get().to(help))
                .route("/orders", web::get().to(orders))
                .route("/portal.css", web::get().to(stylesheet))
                .route("/portal.js", web::get().to(script))
                .configure(relay::configure)
        });
        Ok(server.workers(1).disable_signals().listen(self.listener)?.run())
    }
}

async fn home(req: HttpRequest, state: Data<PortalState>) -> HttpResponse {
    match who(&state, &req).await {
        Ok(session) if session.active => page("Acme Portal", &signed_in(&state, &session)),
        Ok(_) => to_sign_in(&state),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn StdError,
                "the sample portal could not ask who is signed in"
            );
            page(
                "Acme Portal",
                &html! { p { "The sign-in service does not answer. Reload this page in a moment." } },
            )
        }
    }
}

async fn who(state: &PortalState, req: &HttpRequest) -> Result<Session, reqwest::Error> {
    let cookie = req.headers().get(COOKIE);
    let cookie = cookie.map_or(&[][..], |cookie| cookie.as_bytes());
    let address = state.service.join("session").unwrap_or_else(|_| state.service.clone());
    state
        .client
        .get(address)
        .header("cookie", cookie)
        .send()
        .await?
        .error_for_status()?
        .json()
        .await
}

fn to_sign_in(state: &PortalState) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, sign_in(state).as_str()))
        .finish()
}

fn sign_in(state: &PortalState) -> Url {
    let mut address = state.service.join("sign-in").unwrap_or_else(|_| state.service.clone());
    address.query_pairs_mut().append_pair("return_to", &state.own);
    address
}

/// Answers the portal's own script, and refuses it as the gate in front of a portal would.
async fn orders(req: HttpRequest, state: Data<PortalState>) -> HttpResponse {
    match who(&state, &req).await {
        Ok(session) if session.active => HttpResponse::Ok().body(format!("{} has no orders yet.", session.name)),
        Ok(_) => HttpResponse::Unauthorized()
            .insert_header(("Portico-Sign-In", sign_in(&state).as_str()))
            .finish(),
        Err(_) => HttpResponse::ServiceUnavailable().finish(),
    }
}

fn signed_in(state: &PortalState, session: &Session) -> Markup {
    let link = |path: &str| state.service.join(path).map(String::from).unwrap_or_default();
    html! {
        h1 { "Welcome, " (session.name) }
        p {
            "This is the portal behind Portico. You are "
            strong { (session.email.as_deref().unwrap_or(&session.name)) }
            @if !session.amr.is_empty() { ", signed in with " (session.amr.join(" + ")) }
            "."
        }
        p {
            "Sign out in another window, then "
            button type="button" { "ask for your orders" }
            ": nothing on this page is lost. " output {}
        }
        p { a href=(link("account")) { "Your session" } " · " a href=(link("sign-out")) { "Sign out" } }
    }
}

async fn help() -> HttpResponse {
    page(
        "Help",
        &html! {
            h1 { "Help" }
            h2 id="password" { "Passwords" }
            p { "In the demo every password is " code { "portico-demo" } "." }
            h2 id="factors" { "Phones, apps and passkeys" }
            p { "Each account of the demo has a phone of its own on the simulator's page." }
            h2 id="privacy" { "Privacy" }
            p { "The demo keeps everything in memory and talks to nobody but itself." }
        },
    )
}

fn page(title: &str, body: &Markup) -> HttpResponse {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/portal.css";
                script src=(relay::COMPANION) {}
                script type="module" src="/portal.js" {}
            }
            body { header { "Acme Portal" } main { (body) } }
        }
    };
    HttpResponse::Ok()
        .insert_header(ContentType::html())
        .insert_header(("Cache-Control", "no-store"))
        .insert_header(("Content-Security-Policy", POLICY))
        .body(markup.into_string())
}

async fn stylesheet() -> HttpResponse {
    file("text/css; charset=utf-8", include_str!("portal/portal.css"))
}

async fn script() -> HttpResponse {
    file("text/javascript; charset=utf-8", include_str!("portal/portal.js"))
}

fn file(media_type: &str, text: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media_type))
        .insert_header(("Cache-Control", "no-cache"))
        .body(text)
}
