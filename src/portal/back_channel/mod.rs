//! The back channel: portals with sessions of their own are told, from server to server, which session has ended
//! (`OpenID` Connect Back-Channel Logout 1.0).
//!
//! Only addresses of the operator's are called: no redirect is followed, and no proxy of the environment is used.

mod token;

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Certificate, StatusCode};
use thiserror::Error;
use url::Url;
use url::form_urlencoded::Serializer;

use super::assertion::Signer;
use crate::http_client::client_builder;

/// How long a portal may take, from the connection to the head of its answer. Shorter than the pause before a second try
/// of the same notice, so that no two replicas are at it.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long an unused connection is kept: shorter than the portals' own patience.
const KEPT: Duration = Duration::from_secs(4);

/// A portal that is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutTarget {
    /// Its host, as in the assertions that it gets.
    pub audience: String,
    /// Where it is told.
    pub url: Url,
}

/// The session that has ended.
#[derive(Debug, Clone, Copy)]
pub struct LogoutSubject<'a> {
    /// Okta's `sub` of the user.
    pub subject: &'a str,
    /// The name of the session, as in assertions and logs.
    pub session: &'a str,
}

/// Why there is no back channel.
#[derive(Debug, Error)]
pub enum NoBackChannel {
    /// The certificates to trust cannot be used.
    #[error("the certificates in portal.logout_ca_file cannot be used")]
    Certificates(#[source] reqwest::Error),
    /// There is no HTTP client.
    #[error("no HTTP client for portal.logout_url can be made")]
    Client(#[source] reqwest::Error),
}

/// Why a portal has not been told.
#[derive(Debug, Error)]
pub enum Untold {
    /// The token says what a portal must not accept, or not twice: it is not sent again.
    #[error("it answered 400")]
    Refused,
    /// A status that may be another one later.
    #[error("it answered {0}")]
    Status(u16),
    /// No answer.
    #[error("it did not answer")]
    Silence(#[source] reqwest::Error),
    /// Nothing was sent.
    #[error("no token could be signed")]
    Unsigned,
}

/// Why a portal does not answer.
#[derive(Debug, Error)]
pub enum BackChannelTrouble {
    /// Nobody could be asked.
    #[error(transparent)]
    NoClient(#[from] NoBackChannel),
    /// Nobody answered.
    #[error("it did not answer")]
    Silence(#[source] reqwest::Error),
}

/// The portals that are told, and what that takes.
#[derive(Clone)]
pub struct BackChannel {
    targets: Vec<LogoutTarget>,
    signer: Signer,
    client: reqwest::Client,
}

impl fmt::Debug for BackChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackChannel")
            .field("targets", &self.targets)
            .finish_non_exhaustive()
    }
}

impl BackChannel {
    /// Trusts the certificates in `ca` besides those that the machine trusts.
    pub fn new(targets: Vec<LogoutTarget>, signer: Signer, ca: Option<&[u8]>) -> Result<Self, NoBackChannel> {
        Ok(Self {
            targets,
            signer,
            client: client(ca)?,
        })
    }

    /// Every portal that is told.
    pub fn targets(&self) -> &[LogoutTarget] {
        &self.targets
    }

    /// Tells one portal, with a token of its own for each try.
    pub async fn tell(&self, target: &LogoutTarget, subject: LogoutSubject<'_>, now: Timestamp) -> Result<(), Untold> {
        let token = self.signer.logout_token(&target.audience, subject, now);
        let token = token.ok_or(Untold::Unsigned)?;
        let form = Serializer::new(String::new())
            .append_pair("logout_token", &token)
            .finish();
        let request = self.client.post(target.url.clone());
        let request = request
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        // The address is the operator's and may hold more than a log should.
        let answer = request
            .send()
            .await
            .map_err(|error| Untold::Silence(error.without_url()))?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            StatusCode::BAD_REQUEST => Err(Untold::Refused),
            status => Err(Untold::Status(status.as_u16())),
        }
    }
}

/// The status of an answer without a token, to see whether anything answers there.
pub async fn answer_of(url: &Url, ca: Option<&[u8]>) -> Result<u16, BackChannelTrouble> {
    let asked = client(ca)?.head(url.clone()).send().await;
    let answer = asked.map_err(|error| BackChannelTrouble::Silence(error.without_url()))?;
    Ok(answer.status().as_u16())
}

/// Trusts the certificates in `ca` besides those that the machine trusts.
fn client(ca: Option<&[u8]>) -> Result<reqwest::Client, NoBackChannel> {
    let roots = ca.map_or(Ok(Vec::new()), Certificate::from_pem_bundle);
    let client = client_builder(PATIENCE, roots.map_err(NoBackChannel::Certificates)?);
    let client = client.no_proxy().pool_idle_timeout(KEPT);
    client.build().map_err(NoBackChannel::Client)
}
