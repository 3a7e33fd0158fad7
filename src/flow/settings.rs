//! The operator's settings for sign-ins and sessions.

use std::time::Duration;

use crate::domain::attempt::AttemptRules;
use crate::domain::factor::Ways;
use crate::domain::session::Lifetimes;
use crate::portal::identity_headers::Preset;

/// The settings of all operations.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which factors are offered, and in which order.
    pub ways: Ways,
    /// Signing in on Okta's hosted page, where it is offered.
    pub hosted: Option<HostedWay>,
    /// The limits of one attempt.
    pub rules: AttemptRules,
    /// Longer than a call to Okta can take. The mark of a request that broke off lasts no longer than this.
    pub call_limit: Duration,
    /// How long sessions live.
    pub lifetimes: Lifetimes,
    /// How Okta is asked whether sessions are still valid; `None`: it is not asked.
    pub revalidation: Option<Revalidation>,
    /// A session without a refresh token ends with its access token.
    pub follow_token_life: bool,
    /// How many sessions one customer may have; beyond that the oldest ends.
    pub sessions_per_user: usize,
    /// How many ended sessions wait at most to be told to portals.
    pub most_notices: usize,
    /// Whether Okta is asked for refresh tokens.
    pub asks_for_refresh_token: bool,
    /// The names of the identity headers for the portal.
    pub headers: Preset,
}

/// The URLs that Okta redirects back to. Both must match the registration at Okta exactly.
#[derive(Debug, Clone)]
pub struct HostedWay {
    /// After a sign-in.
    pub callback: String,
    /// After a sign-out.
    pub signed_out: String,
}

/// How sessions without a refresh token are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithoutRefreshToken {
    /// By the user-info endpoint, for as long as the access token lives.
    UserInfo,
    /// By introspection of the access token, for as long as it lives.
    Introspection,
    /// Not at all.
    Nothing,
}

/// When and how sessions are revalidated.
#[derive(Debug, Clone, Copy)]
pub struct Revalidation {
    /// The greatest age that Okta's last answer may have when a session is used.
    pub every: Duration,
    /// What to do when Okta gave no refresh token.
    pub otherwise: WithoutRefreshToken,
}
