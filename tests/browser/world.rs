//! The service, the simulated org behind it and a sample portal in front of it, all on free ports.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use actix_web::http::header::ContentType;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt, web};
use okta_sim::{ClientPatch, Phone, PromptView, Settings, Simulator};
use portico::clock::MovableClock;
use portico::config::{self, BrandPicture, Config};
use portico::startup::{Application, Overrides, StartError};

use crate::one_origin::Front;
use crate::ports::free_port;
use crate::proxies::Proxy;
use crate::recipe::{Kind, Recipe};
use crate::replicas::Replicas;
use crate::waiting::wait_for;

/// The environment of a customer.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) okta: Simulator,
    clock: MovableClock,
    /// The service's origin, and its path where it has one.
    pub(crate) service: String,
    /// The portal's origin. Another port makes it another origin, unless both share one.
    pub(crate) portal: String,
    /// Redis and the proxy, when the service has replicas.
    _replicas: Option<Replicas>,
    /// The proxy that makes one origin of service and portal.
    _front: Option<Front>,
    /// The proxy in front, when service and portal share an address.
    _proxy: Option<Proxy>,
}

impl World {
    /// Starts everything. `changes` are other settings of the service, `org` those of Okta.
    pub(crate) async fn start(changes: &[(&str, &str)], org: impl FnOnce(&mut Settings)) -> Self {
        let okta = start_okta(org).await;
        let clock = MovableClock::default();
        let portal = portal();
        let (service, replicas) = if Replicas::are_wanted() {
            let (service, replicas) = Replicas::start(&okta, &portal, &clock, changes).await;
            (service, Some(replicas))
        } else {
            (service(&okta, &portal, &clock, changes), None)
        };
        let reachable = ClientPatch {
            redirect_uris: Some(vec![format!("{service}/sign-in/okta/callback")]),
            post_logout_redirect_uris: Some(vec![format!("{service}/signed-out")]),
            ..ClientPatch::default()
        };
        okta.set_client("portico-demo", reachable).unwrap();
        Self {
            okta,
            clock,
            service,
            portal,
            _replicas: replicas,
            _front: None,
            _proxy: None,
        }
    }

    /// The same with the service below the portal's own origin, where the portal's pages have the companion.
    pub(crate) async fn start_on_one_origin(changes: &[(&str, &str)]) -> Self {
        let okta = start_okta(|_| {}).await;
        let clock = MovableClock::default();
        let (front, portal) = Front::start(&okta, &clock, changes).await;
        Self {
            okta,
            clock,
            service: format!("{portal}/auth"),
            portal,
            _replicas: None,
            _front: Some(front),
            _proxy: None,
        }
    }

    /// The same with service and portal behind one address, the service under `/auth`.
    pub(crate) async fn behind(proxy: Kind) -> Self {
        let okta = start_okta(|_| {}).await;
        let clock = MovableClock::default();
        let origin = format!("http://localhost:{}", free_port());
        let (service, home) = (format!("{origin}/auth"), format!("{origin}/"));
        let changes = [
            ("PUBLIC_URL", service.as_str()),
            ("PORTAL__HOME_URL", &home),
            ("LIMITS__TRUSTED_PROXIES", "127.0.0.1"),
        ];
        let own = loop {
            let port = free_port();
            let config = settings((&service, port), okta.url().as_str(), &origin, &changes);
            if serves(config, &clock) {
                break port;
            }
        };
        let portal = portal();
        let recipe = Recipe {
            settings: &changes,
            portico: &format!("127.0.0.1:{own}"),
            portal: portal.trim_start_matches("http://"),
            is_behind_balancer: false,
            is_hasty: false,
        };
        let proxy = Proxy::start(proxy, &recipe, &format!("{service}/sign-in")).await;
        Self {
            okta,
            clock,
            service,
            portal: origin,
            _replicas: None,
            _front: None,
            _proxy: Some(proxy),
        }
    }

    /// The same without a proxy: the service passes requests on to the portal itself.
    pub(crate) async fn without_a_proxy() -> Self {
        let okta = start_okta(|_| {}).await;
        let clock = MovableClock::default();
        let upstream = portal();
        let origin = loop {
            let port = free_port();
            let origin = format!("http://localhost:{port}");
            let service = format!("{origin}/auth");
            let changes = [
                ("PUBLIC_URL", service.as_str()),
                ("PORTAL__HOME_URL", &origin),
                ("PORTAL__UPSTREAM", &upstream),
            ];
            let config = settings((&service, port), okta.url().as_str(), &origin, &changes);
            if serves(config, &clock) {
                break origin;
            }
        };
        Self {
            okta,
            clock,
            service: format!("{origin}/auth"),
            portal: origin,
            _replicas: None,
            _front: None,
            _proxy: None,
        }
    }

    /// A page of the portal with a query of its own.
    pub(crate) fn destination(&self) -> String {
        format!("{}/orders?id=7", self.portal)
    }

    /// The form, with the way back to the portal.
    pub(crate) fn sign_in(&self) -> String {
        let mut address = url::Url::parse(&format!("{}/sign-in", self.service)).unwrap();
        address.query_pairs_mut().append_pair("return_to", &self.destination());
        address.into()
    }

    /// Moves time on, the org's first, so that the service never seems to ask too early.
    pub(crate) fn advance(&self, by: Duration) {
        self.okta.advance(by);
        self.clock.advance(by);
    }

    /// The phone of an account of the simulator.
    pub(crate) fn phone(&self, login: &str) -> Phone {
        self.okta.phone(login)
    }

    /// The request that waits on a phone, once it is there.
    pub(crate) async fn prompt(&self, login: &str) -> PromptView {
        let phone = self.phone(login);
        let there = wait_for("a request on the phone", async || phone.pending()).await;
        there.unwrap()
    }
}

async fn start_okta(org: impl FnOnce(&mut Settings)) -> Simulator {
    let mut settings = Settings {
        interval: Duration::from_secs(1),
        ..Settings::default()
    };
    org(&mut settings);
    let okta = Simulator::start(settings).await.unwrap();
    okta.set_limits(|limits| {
        limits.user_per_second = 0;
        limits.phone_pause_s = 0;
        limits.email_pause_s = 0;
    });
    okta
}

/// Starts the service on threads of its own. Its public address contains its port, so a free one is looked up first;
/// when another process takes it in between, the next one is tried.
fn service(okta: &Simulator, portal: &str, clock: &MovableClock, changes: &[(&str, &str)]) -> String {
    for _ in 0..10 {
        let port = free_port();
        let public = format!("http://localhost:{port}");
        let config = settings((&public, port), okta.url().as_str(), portal, changes);
        if serves(config, clock) {
            return public;
        }
    }
    panic!("no free port")
}

/// Starts one replica on a thread of its own; `false` when its port has been taken.
pub(crate) fn serves(config: Config, clock: &MovableClock) -> bool {
    let (ready, started) = mpsc::channel();
    let overrides = Overrides {
        clock: std::sync::Arc::new(clock.clone()),
        workers: Some(1),
        ..Overrides::default()
    };
    thread::spawn(move || {
        // The store of replicas must be opened on the runtime that uses it.
        rt::System::new().block_on(async move {
            match Application::build(&config, overrides) {
                Ok(application) => {
                    ready.send(Ok(())).unwrap();
                    application.run().await.unwrap();
                }
                Err(error) => ready.send(Err(error)).unwrap(),
            }
        });
    });
    match started.recv().unwrap() {
        Ok(()) => true,
        Err(StartError::Listen { .. }) => false,
        Err(error) => panic!("the service did not start: {error}"),
    }
}

/// The demo's settings, with limits that tests do not reach.
pub(crate) fn settings((public, port): (&str, u16), org: &str, portal: &str, changes: &[(&str, &str)]) -> Config {
    let listen = format!("127.0.0.1:{port}");
    let home = format!("{public}/account");
    let help = format!("{portal}/help");
    let portal_host = portal.trim_start_matches("http://");
    let usual = [
        ("PUBLIC_URL", public),
        ("LISTEN", &listen),
        ("OPS__LISTEN", "127.0.0.1:0"),
        ("STORE__KIND", "memory"),
        ("OKTA__ORG_URL", org),
        ("OKTA__CLIENT_ID", "portico-demo"),
        ("OKTA__WEBAUTHN", "true"),
        ("SIGN_IN__FIRST", "password, passkey, push, otp, email, sms, voice"),
        ("SIGN_IN__SECOND", "push, otp, passkey, email, sms, voice"),
        ("SIGN_IN__LINKS__FORGOT_PASSWORD", &help),
        ("SIGN_IN__LINKS__SET_UP_FACTORS", &help),
        ("SIGN_IN__LINKS__HELP", &help),
        ("SIGN_IN__LINKS__PRIVACY", &help),
        ("SIGN_IN__LINKS__CONTACT", "the Acme service desk"),
        ("PORTAL__HOME_URL", &home),
        ("PORTAL__ALLOWED_HOSTS", portal_host),
        ("PORTAL__NAME", "Acme Portal"),
        ("BRAND__NAME", "Acme"),
        ("BRAND__COLOUR", "#2159c9"),
        ("LIMITS__ACCOUNT_BURST", "1000"),
        ("LIMITS__ADDRESS_BURST", "1000"),
        ("LIMITS__PAIR_BURST", "1000"),
    ];
    let pairs = usual.iter().chain(changes);
    // A later pair of the same name wins.
    let pairs: std::collections::BTreeMap<String, String> = pairs
        .map(|(name, value)| (format!("PORTICO_{name}"), (*value).to_owned()))
        .collect();
    let mut config = config::from_env(pairs.into_iter()).unwrap_or_else(|errors| panic!("{errors}"));
    let svg = |bytes: &[u8]| {
        Some(BrandPicture {
            media_type: "image/svg+xml",
            bytes: bytes.to_vec(),
        })
    };
    config.brand.logo = svg(include_bytes!("../../assets/brand/acme.svg"));
    config.brand.logo_dark = svg(include_bytes!("../../assets/brand/acme-dark.svg"));
    config.brand.favicon = svg(include_bytes!("../../assets/brand/favicon.svg"));
    config
}

/// A portal that shows the same page everywhere, with the user that its proxy names.
fn portal() -> String {
    let listener = loopback();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let page = |req: HttpRequest| async move {
            let who = req.headers().get("portico-email");
            let who = who.and_then(|who| who.to_str().ok()).unwrap_or_default();
            let page = maud::html! {
                (maud::DOCTYPE)
                html lang="en" {
                    head { meta charset="utf-8"; title { "Orders" } link rel="icon" href="data:,"; }
                    body { main { h1 { "Orders" } p.who { (who) } } }
                }
            };
            HttpResponse::Ok()
                .insert_header(ContentType::html())
                .body(page.into_string())
        };
        let server = HttpServer::new(move || App::new().default_service(web::to(page)));
        let server = server.workers(1).disable_signals().listen(listener).unwrap();
        rt::System::new().block_on(server.run()).unwrap();
    });
    format!("http://localhost:{port}")
}

pub(crate) fn loopback() -> TcpListener {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap()
}
