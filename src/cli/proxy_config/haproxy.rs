//! `HAProxy`: a Lua action that asks with `HAProxy`'s own HTTP client and obeys the answer.

use super::plan::{Plan, PublicHost};
use super::template::fill;
use crate::portal::forbidden_headers::{FAMILIES, WHOLE};

/// The Lua script, the same for all settings.
pub(super) const SCRIPT: &str = include_str!("templates/haproxy.lua");

/// The configuration; `script` is the path of the Lua script.
pub(super) fn recipe(plan: &Plan, script: &str) -> String {
    let names: Vec<&str> = plan.preset.headers().iter().map(|(name, _)| *name).collect();
    fill(
        include_str!("templates/haproxy.cfg"),
        &[
            ("lua", script),
            ("portico", &plan.portico),
            ("portal", &plan.portal),
            ("mount", &plan.mount),
            ("identity", &names.join(",")),
            ("binds", &binds(plan)),
            ("forged", &forged()),
            ("scheme", plan.sign_in.scheme()),
            ("routes", &routes(plan)),
        ],
    )
}

/// A pattern for header names that a client might forge. `HAProxy` compares in lower case. Any character but a letter
/// or digit may be taken for a hyphen.
fn forged() -> String {
    let (families, whole) = (FAMILIES.join("|"), WHOLE.join("|"));
    format!("^({families}|({whole})$)").replace('-', "[^a-z0-9]")
}

fn binds(plan: &Plan) -> String {
    let mut binds: Vec<String> = Vec::new();
    for host in plan.hosts() {
        let (address, port) = plan.listen(host);
        let address = address.unwrap_or_default();
        // One line serves all certificates in a folder.
        let tls = if host.is_https {
            " ssl crt /etc/ssl/portico/ alpn h2,http/1.1"
        } else {
            ""
        };
        let bind = format!("bind {address}:{port}{tls}");
        if !binds.contains(&bind) {
            binds.push(bind);
        }
    }
    let hint = if plan.sign_in.is_https {
        "# Your certificates, each with its key in one file.\n"
    } else {
        ""
    };
    format!("{hint}{}", binds.join("\n"))
}

/// Where each request goes. Rules run before a backend is chosen, so each one states its own condition.
fn routes(plan: &Plan) -> String {
    let others = plan.portals.iter().filter(|host| !plan.is_shared(host));
    let known: Vec<String> = std::iter::once(&plan.sign_in)
        .map(|host| is_host("sign_in_host", host))
        .chain(others.map(|host| is_host("portal_host", host)))
        .collect();
    let stranger = if known.len() > 1 {
        "!sign_in_host !portal_host"
    } else {
        "!sign_in_host"
    };
    let (own, pages) = if plan.has_own_host() {
        (String::new(), "sign_in_host")
    } else {
        let acls = is_path("sign_in_page", &plan.own_paths(&plan.sign_in));
        (acls, "sign_in_host sign_in_page")
    };
    let cross_host: Vec<&PublicHost> = plan.portals.iter().filter(|host| plan.is_cross_host(host)).collect();
    let (own, unasked) = match cross_host.first() {
        None => (own, pages.to_owned()),
        Some(first) => {
            let hosts = cross_host
                .iter()
                .map(|host| format!("\n{}", is_host("elsewhere_host", host)));
            let paths = is_path("elsewhere_page", &plan.own_paths(first));
            (
                format!("{own}{}{paths}", hosts.collect::<String>()),
                format!("{pages} or elsewhere_host elsewhere_page"),
            )
        }
    };
    let (hosts, mount) = (known.join("\n"), &plan.mount);
    format!(
        "{hosts}{own}\nhttp-request deny deny_status 421 if {stranger}\n\n# Only proxies may call this.\n\
         http-request return status 404 if {{ path_beg {mount}/verify/ }} {pages}\n\n\
         # The sign-in pages are open to everyone; Portico is asked about everything else.\n\
         http-request lua.portico_verify unless {unasked}\n\
         use_backend portico_refused if {{ var(txn.portico_refused) -m bool }}\nuse_backend portico if {unasked}\ndefault_backend portal"
    )
}

/// An ACL for these paths and everything below them.
fn is_path(acl: &str, own: &[String]) -> String {
    let below: Vec<String> = own.iter().map(|path| format!("{path}/")).collect();
    format!(
        "\nacl {acl} path {}\nacl {acl} path_beg {}",
        own.join(" "),
        below.join(" ")
    )
}

fn is_host(acl: &str, host: &PublicHost) -> String {
    let (exact, port) = (host.authority(), host.port());
    let fits = if host.is_wildcard {
        let host = format!("{}{}", host.host, host.port_suffix()).replace('.', "\\.");
        format!("-m reg '^[^.:]+\\.{host}$'")
    } else if host.port_suffix().is_empty() {
        format!("-m str {exact} {exact}:{port}")
    } else {
        format!("-m str {exact}")
    };
    format!("acl {acl} req.fhdr(host),lower {fits}")
}
