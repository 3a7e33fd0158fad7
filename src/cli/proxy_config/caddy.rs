//! Caddy: `forward_auth`, which hands any answer but a 2xx to the client as it is.

use super::names::of_set;
use super::plan::{Place, Plan};
use super::template::{fill, lines};

/// The names to remove; a star stands for any beginning or end.
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
        let place = &plan.sign_in;
        fill(
            include_str!("templates/caddy-sign-in.conf"),
            &[("address", &address(plan, place)), ("bind", &bind(plan, place))],
        )
    });
    let portals = plan.portals.iter().map(|place| portal(plan, place));
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

fn portal(plan: &Plan, place: &Place) -> String {
    fill(
        include_str!("templates/caddy-portal.conf"),
        &[
            ("which", &place.authority()),
            ("address", &address(plan, place)),
            ("bind", &bind(plan, place)),
            ("own", &own(plan, place)),
            ("portico", &plan.portico),
            ("mount", &plan.mount),
            ("identity", &lines(of_set(plan.preset), |name| name)),
            ("portal", &plan.portal),
        ],
    )
}

/// The service's own paths on a host of the portal.
fn own(plan: &Plan, place: &Place) -> String {
    let own = plan.own_paths(place);
    if own.is_empty() {
        return String::new();
    }
    let what = if plan.is_shared(place) {
        "The sign-in pages, which everybody sees."
    } else {
        "Where a session is taken to this host."
    };
    let paths = own.iter().map(|path| format!("{path} {path}/*"));
    format!(
        "\n# {what}\n@portico_pages path {}\nhandle @portico_pages {{\n\timport portico_pages\n}}",
        paths.collect::<Vec<_>>().join(" ")
    )
}

/// The port is that of the listener: whoever comes through another one names the host without it, and is meant all the
/// same.
fn address(plan: &Plan, place: &Place) -> String {
    let (_, port) = plan.listen(place);
    let port = if port == place.port() {
        place.port_suffix()
    } else {
        format!(":{port}")
    };
    format!("{}://{}{port}", place.scheme(), place.name())
}

fn bind(plan: &Plan, place: &Place) -> String {
    let (address, _) = plan.listen(place);
    address.map_or(String::new(), |address| {
        format!("bind {}", address.trim_matches(['[', ']']))
    })
}
