//! A proxy with everything behind it.

use reqwest::Method;

use crate::portal::{Portal, Request};
use crate::programs::is_here;
use crate::proxy::Proxy;
use crate::raw::{Answer, exchange};
use crate::recipe::{Kind, Program as _, Recipe};
use crate::support::{Browser, Page, SESSION, TestApp, builder_behind_proxy, free_port};

/// The headers of a browser that opens a page.
pub(crate) const PAGE: &[(&str, &str)] = &[
    ("accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"),
];

/// The headers of a program.
pub(crate) const API: &[(&str, &str)] = &[("accept", "application/json")];

/// Rules that close at one host of the portal what they open at the other.
fn rules(other: &str) -> String {
    format!(
        r#"[
            {{ path = "/open", require = "public" }},
            {{ path = "/shut", host = "{other}", require = "public" }},
            {{ path = "/shut", require = "nobody" }},
            {{ path = "/admin", groups = ["Nobody has this"] }},
            {{ path = "/pay", max_age = "5m" }},
        ]"#
    )
}

/// The portal's other host, and the rules.
fn others(port: u16) -> (String, String) {
    let other = format!("other.localhost:{port}");
    let rules = rules(&other);
    (other, rules)
}

/// The settings of the service.
fn settings<'a>(layout: &'a Layout, listen: &'a str, (other, rules): (&'a str, &'a str)) -> [(&'a str, &'a str); 8] {
    [
        ("public_url", &layout.public_url),
        ("listen", listen),
        ("portal.home_url", &layout.home_url),
        ("portal.allowed_hosts", other),
        ("portal.rules", rules),
        ("portal.preflight", layout.preflight),
        ("portal.assertion", "true"),
        ("ops.drain_delay", "0s"),
    ]
}

/// Service and portal behind one proxy.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) app: TestApp,
    pub(crate) portal: Portal,
    /// `http://localhost:port`, where the portal is.
    pub(crate) origin: String,
    /// The port of the portal's origin.
    pub(crate) port: u16,
    /// The proxy in front; `None`: the service passes requests on itself.
    pub(crate) kind: Option<Kind>,
    proxy: Option<Proxy>,
}

/// The addresses of the service and of the portal.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    public_url: String,
    home_url: String,
    port: u16,
    preflight: &'static str,
    /// Whether the proxy gives bodies little time.
    is_hasty: bool,
}

impl Layout {
    /// The address of the service when there is no proxy.
    pub(crate) fn own_address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// The service under `/auth` on the portal's own host.
pub(crate) fn under_a_path() -> Layout {
    let port = free_port();
    Layout {
        public_url: format!("http://localhost:{port}/auth"),
        home_url: format!("http://localhost:{port}/"),
        port,
        preflight: "rules",
        is_hasty: false,
    }
}

/// The same, behind a proxy that gives bodies little time.
pub(crate) fn in_haste() -> Layout {
    Layout {
        is_hasty: true,
        ..under_a_path()
    }
}

/// The same with CORS preflights allowed.
pub(crate) fn letting_preflights_pass() -> Layout {
    Layout {
        preflight: "pass",
        ..under_a_path()
    }
}

/// The service among the portal's own paths.
pub(crate) fn side_by_side() -> Layout {
    let port = free_port();
    Layout {
        public_url: format!("http://localhost:{port}"),
        home_url: format!("http://localhost:{port}/home"),
        port,
        preflight: "rules",
        is_hasty: false,
    }
}

/// Each on a port of its own. They share their cookies, since only the ports differ.
pub(crate) fn apart() -> Layout {
    let (service, port) = (free_port(), free_port());
    Layout {
        public_url: format!("http://localhost:{service}"),
        home_url: format!("http://localhost:{port}/"),
        port,
        preflight: "rules",
        is_hasty: false,
    }
}

/// Runs a case behind a proxy, if that is installed.
pub(crate) async fn plays(kind: Kind, layout: fn() -> Layout, case: impl AsyncFnOnce(Scene)) {
    if is_here(&kind.program(), &[kind.version()]) {
        case(Scene::set(kind, &layout(), false).await).await;
    }
}

/// The same with a load balancer on this machine declared to the proxy.
pub(crate) async fn plays_behind_balancer(kind: Kind, layout: fn() -> Layout, case: impl AsyncFnOnce(Scene)) {
    if is_here(&kind.program(), &[kind.version()]) {
        case(Scene::set(kind, &layout(), true).await).await;
    }
}

/// Runs a case without a proxy: the service passes requests on itself.
pub(crate) async fn plays_alone(layout: fn() -> Layout, case: impl AsyncFnOnce(Scene)) {
    let portal = Portal::start();
    case(Scene::alone(&layout(), portal, &[]).await).await;
}

impl Scene {
    async fn set(kind: Kind, layout: &Layout, is_behind_balancer: bool) -> Self {
        let portal = Portal::start();
        let listen = format!("127.0.0.1:{}", free_port());
        let Layout { public_url, port, .. } = layout;
        let (other, rules) = others(*port);
        let settings = settings(layout, &listen, (&other, &rules));
        let app = builder_behind_proxy().set_all(&settings).spawn().await;
        let recipe = Recipe {
            settings: &settings,
            portico: &listen,
            portal: &format!("127.0.0.1:{}", portal.port),
            is_behind_balancer,
            is_hasty: layout.is_hasty,
        };
        let proxy = Proxy::start(kind, &recipe, &format!("{public_url}/sign-in")).await;
        Self {
            app,
            portal,
            origin: format!("http://localhost:{port}"),
            port: *port,
            kind: Some(kind),
            proxy: Some(proxy),
        }
    }

    /// The service alone in front of this portal, with these settings besides the others.
    pub(crate) async fn alone(layout: &Layout, portal: Portal, more: &[(&str, &str)]) -> Self {
        let port = layout.port;
        let listen = format!("127.0.0.1:{port}");
        let (other, rules) = others(port);
        let upstream = format!("http://127.0.0.1:{}", portal.port);
        let settings = settings(layout, &listen, (&other, &rules));
        let builder = TestApp::builder().set_all(&settings).set("portal.upstream", &upstream);
        Self {
            app: builder.set_all(more).spawn().await,
            portal,
            origin: format!("http://localhost:{port}"),
            port,
            kind: None,
            proxy: None,
        }
    }

    /// The complaints of the proxy, if there is one.
    fn complaints(&self) -> String {
        self.proxy.as_ref().map_or_else(String::new, Proxy::complaints)
    }

    /// An address of the portal.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The full address of a link.
    pub(crate) fn to(&self, link: &str) -> String {
        if link.starts_with('/') {
            self.at(link)
        } else {
            link.to_owned()
        }
    }

    /// A browser that is signed in.
    pub(crate) async fn signed_in(&self) -> Browser {
        let browser = self.app.browser();
        browser.begins("password").await;
        assert!(browser.is_signed_in(), "{}", self.complaints());
        browser
    }

    /// The browser asks the portal, with the headers of this kind of client.
    pub(crate) async fn asks(&self, browser: &Browser, method: Method, path: &str, lines: &[(&str, &str)]) -> Page {
        let mut request = browser.request(method, &self.at(path));
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        browser.sends(request).await
    }

    /// The browser gets a page of the portal, which says what it was asked.
    pub(crate) async fn passes(&self, browser: &Browser, path: &str) -> Request {
        let answer = self.asks(browser, Method::GET, path, PAGE).await;
        Request::of(&answer.expect(200).body)
    }

    /// Sends a request byte for byte: its first line without the version, and the lines of its head.
    pub(crate) async fn says(&self, first: &str, lines: &[String]) -> Answer {
        exchange(self.port, first, lines).await
    }

    /// The header line with the session of a browser.
    pub(crate) fn cookie(browser: &Browser) -> String {
        format!("Cookie: {SESSION}={}", browser.cookie(SESSION).unwrap())
    }
}
