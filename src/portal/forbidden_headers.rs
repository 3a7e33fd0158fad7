//! Names of headers that may tell a portal who the customer is or what was requested: our own, those of every other
//! gateway, and those of proxies. No client may send any of them.

use super::identity_headers::Preset;

/// The prefixes of such names. Many portals treat any character but a letter or digit as a hyphen.
pub const FAMILIES: [&str; 17] = [
    "gap-",
    "oidc-",
    "portico-",
    "remote-",
    "x-auth-request-",
    "x-authentik-",
    "x-forwarded-",
    "x-kratos-",
    "x-original-",
    "x-pomerium-",
    "x-real-",
    "x-remote-",
    "x-rewrite-",
    "x-token-subject",
    "x-token-user-",
    "x-vouch-",
    "x-webauth-",
];

/// Such names without a common prefix. Some portals treat `Proxy` as a setting (httpoxy).
pub const WHOLE: [&str; 6] = [
    "auth-groups",
    "auth-mail",
    "auth-user",
    "forwarded",
    "proxy",
    "x-userinfo",
];

/// Names by which other gateways tell a portal who the customer is, beyond our own sets: for proxies that can match
/// only whole names.
pub const PEERS: [&str; 56] = [
    // oauth2-proxy, in the request that it forwards.
    "x-forwarded-user",
    "x-forwarded-email",
    "x-forwarded-groups",
    "x-forwarded-preferred-username",
    "x-forwarded-access-token",
    "gap-auth",
    "gap-signature",
    // Rauthy.
    "x-forwarded-roles",
    "x-forwarded-email-verified",
    "x-forwarded-family-name",
    "x-forwarded-given-name",
    "x-forwarded-mfa",
    "x-forwarded-pref-username",
    // tinyauth.
    "remote-sub",
    // authentik.
    "x-authentik-meta-app",
    "x-authentik-meta-jwks",
    "x-authentik-meta-outpost",
    "x-authentik-meta-provider",
    "x-authentik-meta-version",
    // Vouch; more names can be configured.
    "x-vouch-user",
    "x-vouch-success",
    "x-vouch-idp-accesstoken",
    "x-vouch-idp-idtoken",
    "x-vouch-idp-claims-email",
    "x-vouch-idp-claims-groups",
    "x-vouch-idp-claims-name",
    "x-vouch-idp-claims-sub",
    // Pomerium; any claim can be configured.
    "x-pomerium-jwt-assertion",
    "x-pomerium-claim-email",
    "x-pomerium-claim-groups",
    "x-pomerium-claim-name",
    "x-pomerium-claim-sub",
    "x-pomerium-claim-user",
    // Kratos, and the header that Ory's gateway makes of it.
    "x-kratos-authenticated-identity-id",
    "x-auth-request-redirect",
    // mod_auth_openidc, which writes them with underscores; any claim.
    "oidc-access-token",
    "oidc-id-token",
    "oidc-claim-email",
    "oidc-claim-groups",
    "oidc-claim-name",
    "oidc-claim-preferred-username",
    "oidc-claim-sub",
    // caddy-security.
    "x-token-subject",
    "x-token-user-email",
    "x-token-user-name",
    "x-token-user-roles",
    // Read by Grafana, Gitea and others where a proxy signs customers in.
    "x-webauth-user",
    "x-webauth-email",
    "x-webauth-groups",
    "x-webauth-name",
    "x-remote-user",
    "x-remote-group",
    // The OpenID Connect plugins of Kong and APISIX.
    "x-userinfo",
    // LemonLDAP::NG.
    "auth-user",
    "auth-mail",
    "auth-groups",
];

/// Names by which proxies describe the request, besides those that each proxy in front of a portal sets anew:
/// `X-Forwarded-For`, `-Host` and `-Proto`.
pub const METADATA: [&str; 14] = [
    "forwarded",
    "portico-head-only",
    "proxy",
    "x-forwarded-method",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-server",
    "x-forwarded-uri",
    "x-original-host",
    "x-original-method",
    "x-original-uri",
    "x-original-url",
    "x-real-ip",
    "x-rewrite-url",
];

/// Every name of our sets and of the other gateways.
pub fn of_identity() -> impl Iterator<Item = &'static str> {
    Preset::all_names().chain(PEERS)
}

/// Whether a name, in lower case, is one of these or could be mistaken for one.
pub fn is_ours(name: &str) -> bool {
    let plain: String = name
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
        .collect();
    FAMILIES.iter().any(|start| plain.starts_with(start)) || WHOLE.contains(&plain.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_313_every_name_belongs_to_a_family_and_stands_here_once() {
        let mut all: Vec<&str> = of_identity().chain(METADATA).collect();
        for name in &all {
            assert!(is_ours(name), "{name}");
        }
        let number = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), number);
    }
}
