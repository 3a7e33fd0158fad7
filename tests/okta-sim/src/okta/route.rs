//! Paths of the org's own authorization server and of custom ones.

use crate::fault::Endpoint;

/// Id of the second custom authorization server, next to `default`.
pub const CUSTOM_SERVER: &str = "ausSIMcustom00000001";

/// Id of a custom authorization server that has no access policy yet.
pub const SERVER_WITHOUT_POLICY: &str = "ausSIMnopolicy000001";

#[derive(Debug)]
pub(crate) struct Route {
    /// None for the org's own server.
    pub(crate) server: Option<String>,
    pub(crate) endpoint: Endpoint,
    /// Called by its name from before 2026, `/oob-authenticate`.
    pub(crate) is_old_name: bool,
}

impl Route {
    pub(super) fn of(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        match parts.as_slice() {
            [".well-known", "openid-configuration" | "oauth-authorization-server"] => Some(Self::discovery(None)),
            [".well-known", "oauth-authorization-server", "oauth2", server]
            | [
                "oauth2",
                server,
                ".well-known",
                "openid-configuration" | "oauth-authorization-server",
            ] => Some(Self::discovery(Some(known(server)?))),
            ["signin"] => Some(Self::sign_in(None)),
            ["oauth2", "v1", name] => Self::named(None, name),
            ["oauth2", server, "v1", name] => Self::named(Some(known(server)?), name),
            _ => None,
        }
    }

    fn discovery(server: Option<String>) -> Self {
        Self {
            server,
            endpoint: Endpoint::Discovery,
            is_old_name: false,
        }
    }

    /// The hosted page, for a request to this authorization server.
    pub(super) const fn sign_in(server: Option<String>) -> Self {
        Self {
            server,
            endpoint: Endpoint::SignIn,
            is_old_name: false,
        }
    }

    fn named(server: Option<String>, name: &str) -> Option<Self> {
        let endpoint = match name {
            "token" => Endpoint::Token,
            "challenge" => Endpoint::Challenge,
            "primary-authenticate" | "oob-authenticate" => Endpoint::PrimaryAuthenticate,
            "introspect" => Endpoint::Introspect,
            "revoke" => Endpoint::Revoke,
            "userinfo" => Endpoint::Userinfo,
            "keys" => Endpoint::Keys,
            "authorize" => Endpoint::Authorize,
            "logout" => Endpoint::Logout,
            _ => return None,
        };
        Some(Self {
            server,
            endpoint,
            is_old_name: name == "oob-authenticate",
        })
    }

    /// The last path segment, as the endpoint is called on the wire.
    pub(super) const fn segment(&self) -> &'static str {
        match self.endpoint {
            Endpoint::Token => "token",
            Endpoint::Challenge => "challenge",
            Endpoint::PrimaryAuthenticate if self.is_old_name => "oob-authenticate",
            Endpoint::PrimaryAuthenticate => "primary-authenticate",
            Endpoint::Introspect => "introspect",
            Endpoint::Revoke => "revoke",
            Endpoint::Userinfo => "userinfo",
            Endpoint::Keys => "keys",
            Endpoint::Authorize => "authorize",
            Endpoint::Logout => "logout",
            Endpoint::SignIn => "signin",
            Endpoint::Discovery | Endpoint::Any => "",
        }
    }
}

fn known(server: &str) -> Option<String> {
    let is_known = ["default", CUSTOM_SERVER, SERVER_WITHOUT_POLICY].contains(&server);
    is_known.then(|| server.to_owned())
}
