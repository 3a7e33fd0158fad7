//! The sample portal: one page for those who are signed in. It asks `GET /session` who that is, with the visitor's own
//! cookie, as a portal's server would.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::header::{COOKIE, ContentType, LOCATION};
use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;
use url::Url;

/// The portal, listening but not yet serving.
#[derive(Debug)]
pub(super) struct Portal {
    listener: TcpListener,
    port: u16,
}

/// What the pages need.
#[derive(Debug)]
struct Shared {
    service: Url,
    own: String,
    client: reqwest::Client,
}

/// As much of the session as the page shows.
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
        let shared = Data::new(Shared {
            service,
            own: self.url(),
            client,
        });
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .route("/", web::get().to(home))
                .route("/help", web::get().to(help))
        });
        Ok(server
            .workers(1)
            .disable_signals()
            .listen(self.listener)?
            .run())
    }
}

async fn home(req: HttpRequest, shared: Data<Shared>) -> HttpResponse {
    let cookie = req
        .headers()
        .get(COOKIE)
        .and_then(|cookie| cookie.to_str().ok())
        .unwrap_or_default();
    match who(&shared, cookie).await {
        Ok(session) if session.active => page("Acme Portal", &signed_in(&shared, &session)),
        Ok(_) => to_sign_in(&shared),
        Err(error) => {
            tracing::warn!(%error, "the sample portal could not ask who is signed in");
            page(
                "Acme Portal",
                &html! { p { "The sign-in service does not answer. Reload this page in a moment." } },
            )
        }
    }
}

async fn who(shared: &Shared, cookie: &str) -> Result<Session, reqwest::Error> {
    let address = shared
        .service
        .join("session")
        .unwrap_or_else(|_| shared.service.clone());
    shared
        .client
        .get(address)
        .header("cookie", cookie)
        .send()
        .await?
        .error_for_status()?
        .json()
        .await
}

fn to_sign_in(shared: &Shared) -> HttpResponse {
    let mut address = shared
        .service
        .join("sign-in")
        .unwrap_or_else(|_| shared.service.clone());
    address
        .query_pairs_mut()
        .append_pair("return_to", &shared.own);
    HttpResponse::SeeOther()
        .insert_header((LOCATION, address.as_str()))
        .finish()
}

fn signed_in(shared: &Shared, session: &Session) -> Markup {
    let link = |path: &str| {
        shared
            .service
            .join(path)
            .map(String::from)
            .unwrap_or_default()
    };
    html! {
        h1 { "Welcome, " (session.name) }
        p {
            "This is the portal behind Portico. You are "
            strong { (session.email.as_deref().unwrap_or(&session.name)) }
            @if !session.amr.is_empty() { ", signed in with " (session.amr.join(" + ")) }
            "."
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
                style {
                    ":root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}"
                    "body{margin:0;min-height:100vh;background:light-dark(#f3f6fc,#0b0f17)}"
                    "header{background:#2159c9;color:#fff;padding:1rem 1.5rem;font-weight:650}"
                    "main{max-width:40rem;margin:8vh auto;padding:0 1.5rem}"
                    "h1{line-height:1.2}a{color:light-dark(#2159c9,#7aa5ff)}"
                }
            }
            body { header { "Acme Portal" } main { (body) } }
        }
    };
    HttpResponse::Ok()
        .insert_header(ContentType::html())
        .insert_header(("Cache-Control", "no-store"))
        .body(markup.into_string())
}
