//! The clock, the randomness and the observer are passed in, so that tests can control them.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use crate::{ErrorKind, OutcomeClass};

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> SystemTime;
}

/// Makes unpredictable bytes.
pub trait Entropy: Send + Sync + 'static {
    fn fill(&self, bytes: &mut [u8]);
}

/// Gets a report of every finished call to Okta, for metrics and logs.
pub trait Observer: Send + Sync + 'static {
    fn call_finished(&self, report: &CallReport<'_>);
}

/// One finished call. Holds nothing that must stay secret.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CallReport<'a> {
    pub endpoint: Endpoint,
    /// The grant, if the call asked for tokens.
    pub grant: Option<&'a str>,
    /// Missing when no reply came.
    pub status: Option<u16>,
    /// `ok`, `mfa_required`, `use_dpop_nonce` (the call is repeated with that nonce) or the name of an
    /// [`ErrorKind`](crate::ErrorKind).
    pub outcome: &'static str,
    /// Why it failed, more exactly.
    pub cause: Option<&'static str>,
    /// Whether that is a cause for concern.
    pub class: OutcomeClass,
    pub duration: Duration,
    /// Okta's id for this call, which its support asks for.
    pub request_id: Option<&'a str>,
    /// How many calls a minute Okta allows to endpoints of this kind.
    pub rate_limit: Option<u64>,
    /// How many of them are left.
    pub rate_limit_remaining: Option<u64>,
    /// How many seconds our clock is ahead of Okta's. Worth a warning beyond 60 either way; beyond 300, ID tokens are
    /// refused.
    pub clock_skew: Option<i64>,
}

pub(crate) const OK: &str = "ok";
pub(crate) const MFA_REQUIRED: &str = "mfa_required";
pub(crate) const NONCE_DEMANDED: &str = "use_dpop_nonce";

/// The Okta endpoints that this library calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    Discovery,
    Keys,
    Token,
    PrimaryAuthenticate,
    Challenge,
    Revoke,
    Introspect,
    UserInfo,
}

impl Endpoint {
    /// Every endpoint.
    pub const ALL: [Self; 8] = [
        Self::Discovery,
        Self::Keys,
        Self::Token,
        Self::PrimaryAuthenticate,
        Self::Challenge,
        Self::Revoke,
        Self::Introspect,
        Self::UserInfo,
    ];

    /// The outcomes that calls to this endpoint can have, so that metrics can begin with all of them at 0.
    pub fn outcomes(self) -> impl Iterator<Item = (&'static str, OutcomeClass)> {
        let asks_the_user = matches!(self, Self::Token | Self::PrimaryAuthenticate | Self::Challenge);
        let is_authenticated = !matches!(self, Self::Discovery | Self::Keys);
        let answers = [OK, NONCE_DEMANDED, MFA_REQUIRED].map(|outcome| (outcome, OutcomeClass::Normal));
        let kinds = ErrorKind::ALL.iter().filter(move |kind| match kind.class() {
            OutcomeClass::Trouble => true,
            OutcomeClass::User if **kind == ErrorKind::SessionOver => is_authenticated,
            OutcomeClass::User | OutcomeClass::Normal => asks_the_user,
        });
        let recently_sent = (ErrorKind::RateLimited.as_str(), OutcomeClass::User);
        let kinds = kinds.map(|kind| (kind.as_str(), kind.class()));
        let answers = answers.into_iter().filter(move |(outcome, _)| match *outcome {
            MFA_REQUIRED => asks_the_user,
            NONCE_DEMANDED => is_authenticated,
            _ => true,
        });
        answers.chain(kinds).chain(asks_the_user.then_some(recently_sent))
    }

    /// Whether it is asked with GET; all others are posted to.
    pub const fn is_get(self) -> bool {
        matches!(self, Self::Discovery | Self::Keys | Self::UserInfo)
    }

    /// A name for metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Keys => "keys",
            Self::Token => "token",
            Self::PrimaryAuthenticate => "primary_authenticate",
            Self::Challenge => "challenge",
            Self::Revoke => "revoke",
            Self::Introspect => "introspect",
            Self::UserInfo => "userinfo",
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everyone else is given")]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        // OK because nothing can go on without randomness.
        #[expect(
            clippy::expect_used,
            reason = "without randomness nothing that asked for it may go on"
        )]
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

pub(crate) struct Unobserved;

impl Observer for Unobserved {
    fn call_finished(&self, _report: &CallReport<'_>) {}
}
