//! nginx: `auth_request`, which obeys 401 and 403 and treats anything else but a 2xx as an error.

use super::names::{GUARDS, in_capitals, metadata, of_others};
use super::plan::{Plan, PublicHost};
use super::template::{fill, lines};

/// The answer to a request with more headers than nginx reads.
const TOO_LARGE: &str = include_str!("templates/nginx-too-large.conf");

/// The file for the http block.
pub(super) fn recipe(plan: &Plan) -> String {
    let pages = pages();
    let own_host = plan.has_own_host().then(|| sign_in(plan, &pages));
    let portals = plan.portals.iter().map(|host| portal(plan, host, &pages));
    let servers: String = own_host.into_iter().chain(portals).collect();
    fill(
        include_str!("templates/nginx.conf"),
        &[
            ("portico", &plan.portico),
            ("portal", &plan.portal),
            ("cookies", &cookies()),
            ("servers", &servers),
        ],
    )
}

/// One map can remove one cookie, so there are as many maps as the service has cookies, and some for cookies that came
/// twice. If any of the service's cookies is left after the last map, no cookie is sent at all.
fn cookies() -> String {
    const STEPS: usize = 8;
    const OURS: &str = "[ \\t]*(?:__Host-|__Secure-)?portico-[^;]*";
    let step = |at: usize| {
        let from = match at {
            1 => "$http_cookie".to_owned(),
            _ => format!("$portico_cookies_{}", at - 1),
        };
        format!(
            "map {from} $portico_cookies_{at} {{\n    default {from};\n    \"~^{OURS}(?:;[ \\t]*(.*))?$\" $1;\n    \
             \"~^(.*?);{OURS}(.*)$\" $1$2;\n}}"
        )
    };
    let last = format!(
        "map $portico_cookies_{STEPS} $portico_other_cookies {{\n    default $portico_cookies_{STEPS};\n    \"~(?:^|;){OURS}\" \"\";\n}}"
    );
    lines((1..=STEPS).map(step).chain([last]), |map| map)
}

fn sign_in(plan: &Plan, pages: &str) -> String {
    let host = &plan.sign_in;
    fill(
        include_str!("templates/nginx-sign-in.conf"),
        &[
            ("listen", &listen(plan, host)),
            ("name", &host.name()),
            ("certificate", &certificate(host)),
            ("too-large", TOO_LARGE),
            ("pages", pages),
            ("no-questions", &no_questions(plan)),
        ],
    )
}

fn portal(plan: &Plan, host: &PublicHost, pages: &str) -> String {
    let unset_for_question = ["X-Forwarded-Host", "X-Forwarded-Proto"];
    let is_own = |name: &&str| matches!(*name, "Portico-Head-Only" | "X-Original-URL" | "X-Original-Method");
    let metadata = metadata();
    let metadata = || metadata.iter().map(String::as_str);
    let unset_for_question = metadata().filter(|name| !is_own(name)).chain(unset_for_question);
    fill(
        include_str!("templates/nginx-portal.conf"),
        &[
            ("which", &host.authority()),
            ("listen", &listen(plan, host)),
            ("name", &host.name()),
            ("certificate", &certificate(host)),
            ("too-large", TOO_LARGE),
            ("own", &own(plan, host, pages)),
            ("identity", &identity(plan)),
            ("guards-told", &guard_variables()),
            ("guards", &guards()),
            ("unset", &unset(metadata())),
            ("unset-for-question", &unset(unset_for_question)),
            ("authority", &authority(host)),
            ("sign-in-authority", &plan.sign_in.authority()),
            ("scheme", host.scheme()),
            ("mount", &plan.mount),
            ("account", &plan.account),
        ],
    )
}

/// The body of the location that serves the sign-in pages.
fn pages() -> String {
    let names = metadata().into_iter();
    let said = ["X-Forwarded-Host", "X-Forwarded-Proto"].map(str::to_owned);
    let unset = unset(names.chain(said));
    fill(
        include_str!("templates/nginx-pages.conf"),
        &[("unset-for-pages", &unset)],
    )
}

/// The service's own paths on a host of the portal.
fn own(plan: &Plan, host: &PublicHost, pages: &str) -> String {
    let paths = plan.own_paths(host).join("|").replace('.', "\\.");
    if paths.is_empty() {
        return String::new();
    }
    let what = if plan.is_shared(host) {
        "The sign-in pages, open to everyone."
    } else {
        "Where this host obtains its session."
    };
    let pages = lines(pages.lines(), |line| format!("    {line}"));
    format!(
        "\n# {what}\nlocation ~ ^({paths})(/|$) {{\n{pages}\n}}\n\n{}",
        if plan.is_shared(host) {
            no_questions(plan)
        } else {
            String::new()
        }
    )
}

fn no_questions(plan: &Plan) -> String {
    let mount = &plan.mount;
    format!("# Only proxies may call this.\nlocation ^~ {mount}/verify/ {{\n    return 404;\n}}")
}

/// The identity headers of the set in use, and empty values for the names of all other sets.
fn identity(plan: &Plan) -> String {
    let identity = lines(plan.preset.headers(), |(name, _)| {
        let variable = name.replace('-', "_");
        format!(
            "auth_request_set $told_{variable} $upstream_http_{variable};\nproxy_set_header {} $told_{variable};",
            in_capitals(name)
        )
    });
    format!("{identity}\n{}", unset(of_others(plan.preset)))
}

/// nginx makes refusals of its own: they must be as safe in a browser as the service's.
fn guard_variables() -> String {
    lines(GUARDS, |name| {
        let name = name.to_ascii_lowercase().replace('-', "_");
        format!("auth_request_set $portico_{name} $upstream_http_{name};")
    })
}

fn guards() -> String {
    lines(GUARDS, |name| {
        let variable = name.to_ascii_lowercase().replace('-', "_");
        format!("add_header {name} $portico_{variable} always;")
    })
}

fn unset(names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    lines(names, |name| format!("proxy_set_header {} \"\";", name.as_ref()))
}

/// The host that the client named counts only where a pattern covers several, and then without the client's port.
fn authority(host: &PublicHost) -> String {
    if host.is_wildcard {
        format!("$host{}", host.port_suffix())
    } else {
        host.authority()
    }
}

fn listen(plan: &Plan, host: &PublicHost) -> String {
    let (address, port) = plan.listen(host);
    let address = address.map(|address| format!("{address}:")).unwrap_or_default();
    let tls = if host.is_https { " ssl" } else { "" };
    format!("{address}{port}{tls}")
}

fn certificate(host: &PublicHost) -> String {
    if !host.is_https {
        return String::new();
    }
    let name = &host.host;
    format!(
        "# Your certificate.\nssl_certificate     /etc/ssl/portico/{name}.pem;\nssl_certificate_key /etc/ssl/portico/{name}.key;"
    )
}
