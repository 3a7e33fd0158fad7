//! Traefik: `forwardAuth`, which copies the listed headers from the answer and lets no client set them.

use super::names::{metadata, of_others, of_set};
use super::plan::{Plan, PublicHost};
use super::template::{fill, lines};

/// The dynamic configuration.
pub(super) fn recipe(plan: &Plan) -> String {
    fill(
        include_str!("templates/traefik.yml"),
        &[
            ("remove", &removed(plan)),
            ("portico", &plan.portico),
            ("portal", &plan.portal),
            ("mount", &plan.mount),
            (
                "identity",
                &lines(
                    // Portico's answer has the request's cookies without its own.
                    of_set(plan.preset).into_iter().chain(["Cookie".to_owned()]),
                    |name| format!("- {name}"),
                ),
            ),
            ("routers", &routers(plan)),
        ],
    )
}

/// An empty value removes a header. Headers that Traefik sets itself are left alone.
fn removed(plan: &Plan) -> String {
    let is_own = |name: &String| matches!(name.as_str(), "X-Forwarded-Port" | "X-Forwarded-Server" | "X-Real-IP");
    let metadata = metadata().into_iter().filter(|name| !is_own(name));
    let names = of_set(plan.preset).into_iter().chain(of_others(plan.preset));
    let names = names.chain(metadata);
    let spelled = names.flat_map(|name| {
        let others = ['_', '.'].map(|separator| name.replace('-', &separator.to_string()));
        let others = others.into_iter().filter(|other| *other != name).collect::<Vec<_>>();
        std::iter::once(name).chain(others)
    });
    lines(spelled, |name| format!("{name}: \"\""))
}

/// Only proxies may ask at `/verify/`: a request for it on the host of the sign-in pages leads nowhere, or to a
/// question that is refused.
fn routers(plan: &Plan) -> String {
    let sign_in = rule(&plan.sign_in);
    let questions = format!("PathPrefix(`{}/verify/`)", plan.mount);
    let pages = if plan.has_own_host() {
        format!("{sign_in} && !{questions}")
    } else {
        let own = paths(&plan.own_paths(&plan.sign_in));
        format!("{sign_in} && ({own}) && !{questions}")
    };
    let pages = Router {
        name: "portico".to_owned(),
        rule: pages,
        priority: 20,
        middlewares: "[portico-unsaid]",
        service: "portico",
        host: &plan.sign_in,
    };
    let portals = plan.portals.iter().enumerate().map(|(at, host)| Router {
        name: format!("portal-{}", at + 1),
        rule: rule(host),
        priority: 10,
        middlewares: "[portico-unsaid, portico]",
        service: "portal",
        host,
    });
    let cross_host = plan.portals.iter().filter(|host| plan.is_cross_host(host)).enumerate();
    let cross_host = cross_host.map(|(at, host)| Router {
        name: format!("portico-elsewhere-{}", at + 1),
        rule: format!("{} && ({})", rule(host), paths(&plan.own_paths(host))),
        priority: 20,
        middlewares: "[portico-unsaid]",
        service: "portico",
        host,
    });
    let routers = std::iter::once(pages).chain(cross_host).chain(portals);
    lines(routers, |router| router.to_text())
}

/// A rule for these paths and everything below them.
fn paths(own: &[String]) -> String {
    let paths = own
        .iter()
        .map(|path| format!("Path(`{path}`) || PathPrefix(`{path}/`)"));
    paths.collect::<Vec<_>>().join(" || ")
}

struct Router<'a> {
    name: String,
    rule: String,
    priority: u8,
    middlewares: &'static str,
    service: &'static str,
    host: &'a PublicHost,
}

impl Router<'_> {
    fn to_text(&self) -> String {
        let Self {
            name,
            rule,
            priority,
            middlewares,
            service,
            host,
        } = self;
        let tls = if host.is_https { "\n  tls: {}" } else { "" };
        format!(
            "{name}:\n  rule: \"{rule}\"\n  priority: {priority}\n  middlewares: {middlewares}\n  service: {service}{tls}"
        )
    }
}

/// The host without its port: Traefik takes the port off what the client names before it compares. Portico looks at the port
/// when it is asked.
fn rule(host: &PublicHost) -> String {
    if host.is_wildcard {
        let host = host.host.replace('.', "\\\\.");
        format!("HostRegexp(`^[^.]+\\\\.{host}$`)")
    } else {
        format!("Host(`{}`)", host.host)
    }
}
