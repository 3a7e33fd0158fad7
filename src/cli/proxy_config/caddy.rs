//! Caddy: `forward_auth`, which hands any answer but a 2xx to the client unchanged.

use super::names::of_set;
use super::plan::{Plan, PublicHost};
use super::template::{fill, lines};

/// The header names to remove; a star stands for any beginning or end.
const REMOVED: &[&str] = &[
    "Portico*",
    "Remote*",
    "*Auth-Request*",
    "*Auth_Request*",
    "*Auth.Request*",
    "*Authentik*",
    "*Forwarded*",
    "*Kratos*",
    "*Pomerium*",
    "*Vouch*",
    "Gap-*",
    "Gap_*",
    "Gap.*",
    "Oidc*",
    "Proxy",
    "X-Userinfo",
    "X_Userinfo",
    "X.Userinfo",
    "*Token-Subject*",
    "*Token_Subject*",
    "*Token.Subject*",
    "*Token-User*",
    "*Token_User*",
    "*Token.User*",
    "Auth-Groups",
    "Auth_Groups",
    "Auth.Groups",
    "Auth-Mail",
    "Auth_Mail",
    "Auth.Mail",
    "Auth-User",
    "Auth_User",
    "Auth.User",
    "X-Remote*",
    "X_Remote*",
    "X.Remote*",
    "*Webauth-*",
    "*Webauth_*",
    "*Webauth.*",
    "X-Original*",
    "X_Original*",
    "X.Original*",
    "X-Rewrite*",
    "X_Rewrite*",
    "X.Rewrite*",
    "X-Real*",
    "X_Real*",
    "X.Real*",
];

/// The Caddyfile.
pub(super) fn recipe(plan: &Plan) -> String {
    let own_host = plan.has_own_host().then(|| {
        let host = &plan.sign_in;
        fill(
            include_str!("templates/caddy-sign-in.conf"),
            &[("address", &address(plan, host)), ("bind", &bind(plan, host))],
        )
    });
    let portals = plan.portals.iter().map(|host| portal(plan, host));
    let sites: String = own_host.into_iter().chain(portals).collect();
    fill(
        include_str!("templates/Caddyfile"),
        &[
            ("remove", &lines(REMOVED, |name| format!("request_header -{name}"))),
            ("mount", &plan.mount),
            ("portico", &plan.portico),
            ("sites", &sites),
        ],
    )
}

fn portal(plan: &Plan, host: &PublicHost) -> String {
    fill(
        include_str!("templates/caddy-portal.conf"),
        &[
            ("which", &host.authority()),
            ("address", &address(plan, host)),
            ("bind", &bind(plan, host)),
            ("own", &own(plan, host)),
            ("portico", &plan.portico),
            ("mount", &plan.mount),
            ("identity", &lines(of_set(plan.preset), |name| name)),
            ("portal", &plan.portal),
        ],
    )
}

/// The service's own paths on a host of the portal.
fn own(plan: &Plan, host: &PublicHost) -> String {
    let own = plan.own_paths(host);
    if own.is_empty() {
        return String::new();
    }
    let what = if plan.is_shared(host) {
        "The sign-in pages, open to everyone."
    } else {
        "Where this host obtains its session."
    };
    let paths = own.iter().map(|path| format!("{path} {path}/*"));
    format!(
        "\n# {what}\n@portico_pages path {}\nhandle @portico_pages {{\n\timport portico_pages\n}}",
        paths.collect::<Vec<_>>().join(" ")
    )
}

/// The port is that of the listener: a client that comes through another port names the host without it, and must match
/// all the same.
fn address(plan: &Plan, host: &PublicHost) -> String {
    let (_, port) = plan.listen(host);
    let port = if port == host.port() {
        host.port_suffix()
    } else {
        format!(":{port}")
    };
    format!("{}://{}{port}", host.scheme(), host.name())
}

fn bind(plan: &Plan, host: &PublicHost) -> String {
    let (address, _) = plan.listen(host);
    address.map_or(String::new(), |address| {
        format!("bind {}", address.trim_matches(['[', ']']))
    })
}
