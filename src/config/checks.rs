//! Rules that span sections.

use std::net::SocketAddr;

use ipnet::IpNet;
use url::Url;

use super::reader::Reader;
use super::urls::is_loopback;
use super::{LogoutTargetSetting, SignInConfig, Way};

/// Passkeys need the org's `WebAuthn` grants. Without them, a passkey that is only there by default is left out
/// quietly; one that the operator wrote is refused.
pub(super) fn passkeys_need_webauthn(reader: &mut Reader, sign_in: Option<&mut SignInConfig>) {
    if reader.peek("okta.webauthn") != Some(false) {
        return;
    }
    if let Some(sign_in) = sign_in.filter(|_| !reader.is_set("sign_in.second")) {
        sign_in.second.retain(|way| *way != Way::Passkey);
    }
    for path in ["sign_in.first", "sign_in.second"] {
        let ways: Vec<Way> = reader.peek(path).unwrap_or_default();
        if reader.is_set(path) && ways.contains(&Way::Passkey) {
            let rule = "holds \"passkey\", but okta.webauthn is false";
            reader.refuse(
                path,
                rule,
                "webauthn = true under [okta] if the org offers it, else leave \"passkey\" out",
            );
        }
    }
}

/// The private port must not be the public one.
pub(super) fn ports_differ(reader: &mut Reader) {
    let (Some(public), Some(private)) = own_ports(reader) else {
        return;
    };
    let overlaps = public.ip() == private.ip() || public.ip().is_unspecified() || private.ip().is_unspecified();
    // Port 0 means any free port, so two of them never collide.
    if public.port() == private.port() && public.port() != 0 && overlaps {
        let rule = "is the port of `listen` too: metrics and administration would be public";
        let other = public.port().checked_add(1).unwrap_or(1024);
        let fix = format!("another port, such as listen = \"127.0.0.1:{other}\"");
        reader.refuse("ops.listen", rule, &fix);
    }
}

fn own_ports(reader: &Reader) -> (Option<SocketAddr>, Option<SocketAddr>) {
    (reader.peek("listen"), reader.peek("ops.listen"))
}

/// Customers' browsers must find the service at its own address, and the service must find Okta at Okta's.
pub(super) fn org_is_elsewhere(reader: &mut Reader) {
    let (Some(own), Some(org)) = (reader.peek::<Url>("public_url"), reader.peek::<Url>("okta.org_url")) else {
        return;
    };
    if own.origin() == org.origin() {
        reader.refuse(
            "okta.org_url",
            "is the address of this service (public_url): it must be that of the Okta org",
            "org_url = \"https://your-org.okta.com\" with the name of your org, and your own host in public_url",
        );
    }
}

/// What is forwarded to the portal must not come back to this service.
pub(super) fn upstream_is_elsewhere(reader: &mut Reader) {
    let Some(upstream) = reader.peek::<Url>("portal.upstream") else {
        return;
    };
    let own: Option<Url> = reader.peek("public_url");
    let is_public = own.is_some_and(|own| is_same_place(&own, &upstream));
    let reached = own_port(reader, &upstream).or(is_public.then_some("public_url"));
    if let Some(name) = reached {
        let rule = format!("is the address of this service ({name}): requests would be forwarded in a circle");
        let fix = "upstream = \"http://portal:3000\" with the portal's own host and port";
        reader.refuse("portal.upstream", &rule, fix);
    }
}

/// A header that nobody is trusted to send would never be read.
pub(super) fn proxy_protocol_needs_proxies(reader: &mut Reader) {
    let proxies: Option<Vec<IpNet>> = reader.peek("limits.trusted_proxies");
    if reader.is_set("limits.proxy_protocol")
        && reader
            .peek::<String>("limits.proxy_protocol")
            .is_some_and(|written| written != "off")
        && proxies.is_some_and(|proxies| proxies.is_empty())
    {
        reader.refuse(
            "limits.proxy_protocol",
            "is set, but limits.trusted_proxies is empty: nobody is trusted to send the header",
            "trusted_proxies = [\"10.0.0.7\"] beside it, with the address of the load balancer",
        );
    }
}

/// Portals are told of ended sessions at their own addresses, not at pages of this service.
pub(super) fn logout_is_elsewhere(reader: &mut Reader) {
    let targets: Vec<LogoutTargetSetting> = reader.peek("portal.logout_url").unwrap_or_default();
    let own: Option<Url> = reader.peek("public_url");
    let has_upstream = reader.is_set("portal.upstream");
    let is_page = |url: &Url| {
        let own = own.as_ref().filter(|own| is_same_place(own, url));
        let below = own.and_then(|own| url.path().strip_prefix(own.path().trim_end_matches('/')));
        // What is forwarded to the portal needs a session, and this request has none.
        own.is_some() && has_upstream || below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    for target in targets {
        let url = &target.url;
        let reached = own_port(reader, url).or_else(|| is_page(url).then_some("public_url"));
        if let Some(name) = reached {
            let rule = format!(
                "holds \"{}\", which is an address of this service ({name})",
                target.shown()
            );
            let fix = "the portal's own address, such as \"portal.example.com=http://portal:3000/back-channel-logout\"";
            reader.refuse("portal.logout_url", &rule, fix);
        }
    }
}

fn is_same_place(own: &Url, other: &Url) -> bool {
    own.host_str() == other.host_str() && own.port_or_known_default() == other.port_or_known_default()
}

/// The key of the port of this service that this address reaches.
fn own_port(reader: &Reader, url: &Url) -> Option<&'static str> {
    let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default());
    let is_reached = |own: SocketAddr| {
        let is_here = is_loopback(host) && (own.ip().is_unspecified() || own.ip().is_loopback());
        port == Some(own.port()) && (is_here || host == own.ip().to_string())
    };
    let (public, private) = own_ports(reader);
    let reached = [
        ("listen", public.is_some_and(is_reached)),
        ("ops.listen", private.is_some_and(is_reached)),
    ];
    let reached = reached.into_iter().find(|(_, is_reached)| *is_reached);
    reached.map(|(name, _)| name)
}
