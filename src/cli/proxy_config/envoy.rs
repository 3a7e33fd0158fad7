//! Envoy: `ext_authz` over HTTP, which lets only a 200 through.

use super::names::GUARDS;
use super::plan::{Plan, PublicHost};
use super::template::{fill, lines};
use crate::portal::forbidden_headers::{FAMILIES, WHOLE};

/// The static configuration.
pub(super) fn recipe(plan: &Plan) -> String {
    let mut ports: Vec<(Option<String>, u16)> = Vec::new();
    for host in plan.hosts() {
        let at = plan.listen(host);
        if !ports.contains(&at) {
            ports.push(at);
        }
    }
    let (portico_host, portico_port) = split(&plan.portico);
    let (portal_host, portal_port) = split(&plan.portal);
    fill(
        include_str!("templates/envoy.yml"),
        &[
            (
                "listeners",
                &lines(ports, |at| listener(plan, &at)).replace("\n\n", "\n"),
            ),
            ("portico-host", portico_host),
            ("portico-port", portico_port),
            ("portal-host", portal_host),
            ("portal-port", portal_port),
        ],
    )
}

fn listener(plan: &Plan, at: &(Option<String>, u16)) -> String {
    let hosts: Vec<&PublicHost> = plan.hosts().filter(|host| plan.listen(host) == *at).collect();
    let address = at.0.as_deref().unwrap_or("0.0.0.0").trim_matches(['[', ']']);
    let identity = lines(plan.preset.headers(), |(name, _)| format!("- {{ exact: {name} }}"));
    let guards = lines(GUARDS, |name| format!("- {{ exact: {} }}", name.to_ascii_lowercase()));
    let quoted = |names: &[&str]| {
        let names = names.iter().map(|name| format!("\"{name}\""));
        names.collect::<Vec<_>>().join(", ")
    };
    fill(
        include_str!("templates/envoy-listener.yml"),
        &[
            ("address", address),
            ("port", &at.1.to_string()),
            ("scheme", plan.sign_in.scheme()),
            ("families", &quoted(&FAMILIES)),
            ("whole", &quoted(&WHOLE)),
            ("portico", &plan.portico),
            ("mount", &plan.mount),
            ("identity", &identity),
            ("guards", &guards),
            ("hosts", &lines(&hosts, |host| virtual_host(plan, host))),
            ("tls", tls(&hosts)),
        ],
    )
}

fn virtual_host(plan: &Plan, host: &PublicHost) -> String {
    const UNASKED: &str = "typed_per_filter_config:
        envoy.filters.http.ext_authz: { \"@type\": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute, disabled: true }
        portico_cookies: { \"@type\": type.googleapis.com/envoy.extensions.filters.http.lua.v3.LuaPerRoute, disabled: true }";
    let pages = |fits: &str| {
        format!("    - match: {{ {fits} }}\n      route: {{ cluster: portico, timeout: 0s }}\n      {UNASKED}\n")
    };
    let name = host.authority();
    let domains = if host.port_suffix().is_empty() {
        format!("\"{name}\", \"{name}:{}\"", host.port())
    } else {
        format!("\"{name}\"")
    };
    let mut routes = String::new();
    if plan.is_shared(host) || *host == plan.sign_in {
        routes = format!(
            "    # Only proxies may call this.\n    - match: {{ prefix: {}/verify/ }}\n      direct_response: {{ status: 404 }}\n      {UNASKED}\n",
            plan.mount
        );
        if plan.has_own_host() {
            routes.push_str(&pages("prefix: /"));
        } else {
            routes.push_str("    # The sign-in pages, open to everyone.\n");
            for path in plan.own_paths(host) {
                routes.push_str(&pages(&format!("path_separated_prefix: {path}")));
            }
        }
    }
    if plan.is_cross_host(host) {
        routes.push_str("    # Where this host obtains its session.\n");
        for path in plan.own_paths(host) {
            routes.push_str(&pages(&format!("path_separated_prefix: {path}")));
        }
    }
    if plan.portals.contains(host) {
        routes.push_str("    - match: { prefix: / }\n      route: { cluster: portal, timeout: 0s }\n");
    }
    format!(
        "- name: \"{name}\"\n  domains: [{domains}]\n  routes:\n{}",
        routes.trim_end()
    )
}

fn tls(hosts: &[&PublicHost]) -> &'static str {
    if hosts.iter().any(|host| host.is_https) {
        "transport_socket:
  name: envoy.transport_sockets.tls
  typed_config:
    \"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
    common_tls_context:
      tls_certificates:
        # Your certificate.
        - certificate_chain: { filename: /etc/ssl/portico/fullchain.pem }
          private_key: { filename: /etc/ssl/portico/privkey.pem }"
    } else {
        ""
    }
}

fn split(address: &str) -> (&str, &str) {
    address.rsplit_once(':').unwrap_or((address, "80"))
}
