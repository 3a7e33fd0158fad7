//! Universal Logout: the org tells an application that every session of a user must end.

mod order;
mod routes;

pub use order::{LogoutAnswer, LogoutOrder};
pub(crate) use routes::configure;

use serde::{Deserialize, Serialize};
use url::Url;

/// Where logout orders go, and for which application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UniversalLogout {
    /// The application's endpoint.
    pub url: Url,
    /// The application's client.
    #[serde(default = "usual_client")]
    pub client_id: String,
    /// The authorization server that issues its ID tokens; none for the org's own.
    #[serde(default)]
    pub server: Option<String>,
}

impl UniversalLogout {
    /// For the client `portico-demo` of the org's own authorization server.
    pub fn at(url: Url) -> Self {
        Self {
            url,
            client_id: usual_client(),
            server: None,
        }
    }
}

fn usual_client() -> String {
    "portico-demo".to_owned()
}

/// How the user is named (RFC 9493).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectFormat {
    /// Okta's default.
    #[default]
    Email,
    IssSub,
    Opaque,
}
