//! What went wrong, and what a sign-in service should do about it.

use std::{error::Error as StdError, fmt, time::Duration};

use crate::OutcomeClass;

/// A failed call. Never holds text from Okta's reply, which may contain live codes; an issuer is the one exception.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    action: Action,
    cause: &'static str,
    retry_after: Option<Duration>,
    request_id: Option<String>,
    is_uncertain: bool,
    issuers: Option<Issuers>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What to do next. It can differ within one kind, because it depends on the step that failed.
    pub fn action(&self) -> Action {
        self.0.action
    }

    /// The name of the exact cause, from a fixed list and safe to log: `direct_auth_invalid_scope`, `body_cut`.
    pub fn cause(&self) -> &'static str {
        self.0.cause
    }

    /// How long Okta asks us to wait; at most 120 seconds.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Okta's id for the call, which its support asks for.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The request may have been sent and no readable answer came: Okta may or may not have acted.
    pub fn is_uncertain(&self) -> bool {
        self.0.is_uncertain
    }

    /// Where the issuer differs from the configured one: both.
    pub fn issuers(&self) -> Option<&Issuers> {
        self.0.issuers.as_ref()
    }

    /// What the failed call says. That a message was sent just now is about the user, not about Okta's rate limits.
    pub fn class(&self) -> OutcomeClass {
        if self.is_recently_sent() {
            OutcomeClass::User
        } else {
            self.kind().class()
        }
    }

    /// Whether Okta refuses to send another message so soon: there is a phone or a mailbox, and something was just sent
    /// to it.
    pub fn is_recently_sent(&self) -> bool {
        matches!(
            self.cause(),
            "sms_recently_sent" | "call_recently_made" | "email_recently_sent"
        )
    }

    pub(crate) fn new(kind: ErrorKind, cause: &'static str) -> Self {
        Self(Box::new(Inner {
            kind,
            action: kind.usual_action(),
            cause,
            retry_after: None,
            request_id: None,
            is_uncertain: false,
            issuers: None,
            source: None,
        }))
    }

    pub(crate) fn with_action(mut self, action: Action) -> Self {
        self.0.action = action;
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    pub(crate) fn with_request_id(mut self, id: Option<&str>) -> Self {
        if self.0.request_id.is_none() {
            self.0.request_id = id.map(str::to_owned);
        }
        self
    }

    pub(crate) fn with_issuers(mut self, expected: &str, received: Option<&str>) -> Self {
        self.0.issuers = Some(Issuers::new(expected, received));
        self
    }

    pub(crate) fn uncertain(mut self) -> Self {
        self.0.is_uncertain = true;
        self
    }

    pub(crate) fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            kind,
            action,
            cause,
            retry_after,
            request_id,
            is_uncertain,
            issuers,
            source,
        } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("action", action)
            .field("cause", cause)
            .field("retry_after", retry_after)
            .field("request_id", request_id)
            .field("is_uncertain", is_uncertain)
            .field("issuers", issuers)
            .field("source", source)
            .finish()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}", self.0.kind.describe(), self.0.cause)?;
        if let Some(Issuers { expected, received }) = &self.0.issuers {
            write!(f, ": expected {expected}, received {received}")?;
        }
        f.write_str(")")
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// An issuer that is not the configured one. Neither is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuers {
    pub expected: String,
    /// As Okta sent it, as far as it is printable; at most 256 characters.
    pub received: String,
}

impl Issuers {
    fn new(expected: &str, received: Option<&str>) -> Self {
        let received = received.unwrap_or("none");
        Self {
            expected: expected.to_owned(),
            received: received.chars().filter(char::is_ascii_graphic).take(256).collect(),
        }
    }
}

/// What to do after a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Stay on the step and let the user try again.
    Retype,
    /// This challenge is of no more use; ask for a new one, perhaps by another factor, in the same sign-in.
    Rechallenge,
    /// Discard the sign-in and start over.
    Restart,
    /// End with a neutral message.
    Stop,
    /// Like [`Action::Stop`], and alert the operator: a setting or this code is wrong.
    Operator,
    /// Wait, then allow another try.
    Backoff,
    /// Keep polling.
    Poll,
    /// Keep polling, five seconds slower.
    Slow,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident, $name:literal, $action:ident, $class:ident, $text:literal;)*) => {
        /// Why a call failed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind { $($(#[$doc])* $kind,)* }

        impl ErrorKind {
            pub(crate) const ALL: &[Self] = &[$(Self::$kind),*];

            /// A name for metrics and logs.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            const fn usual_action(self) -> Action {
                match self { $(Self::$kind => Action::$action,)* }
            }

            /// What a call that failed so says.
            pub const fn class(self) -> OutcomeClass {
                match self { $(Self::$kind => OutcomeClass::$class,)* }
            }

            const fn describe(self) -> &'static str {
                match self { $(Self::$kind => $text,)* }
            }
        }
    };
}

kinds! {
    /// Wrong password, unknown user or locked account: Okta does not say which.
    WrongCredentials, "wrong_credentials", Retype, User, "the credentials were refused";
    PasswordExpired, "password_expired", Stop, User, "the password has expired";
    PasswordNotSet, "password_not_set", Stop, User, "the user cannot sign in with a password";
    /// The login names no single user. The customer must not see a difference from a wrong code or a rejected push.
    UnknownLogin, "unknown_login", Stop, User, "the login names no single user";
    WrongCode, "wrong_code", Retype, User, "the code was refused";
    PushRejected, "push_rejected", Rechallenge, User, "the user rejected the prompt";
    /// The out-of-band transaction is used up or too old.
    ChallengeExpired, "challenge_expired", Rechallenge, User, "the challenge has expired";
    /// The proof of the first factor is too old.
    FlowExpired, "flow_expired", Restart, User, "the sign-in has expired";
    /// Parts of two different sign-ins were sent together.
    FlowMixedUp, "flow_mixed_up", Restart, Trouble, "parts of two sign-ins were mixed up";
    NotEnrolled, "not_enrolled", Stop, User, "the user has not set up this factor";
    /// Policy does not ask for this factor; another may work.
    FactorNotPrompted, "factor_not_prompted", Stop, User, "the policy does not ask for this factor";
    NoSupportedFactor, "no_supported_factor", Stop, User, "no supported factor is available";
    PolicyDenied, "policy_denied", Stop, User, "the sign-in policy was not satisfied";
    NotAssigned, "not_assigned", Stop, User, "the user is not assigned to the app";
    NetworkZoneDenied, "network_zone_denied", Operator, User, "the network zone is not permitted";
    ChannelUnsupported, "channel_unsupported", Operator, Trouble, "the channel is not supported";
    /// The message could not be sent.
    DeliveryFailed, "delivery_failed", Rechallenge, Trouble, "the challenge could not be delivered";
    RateLimited, "rate_limited", Backoff, Trouble, "too many requests";
    /// Okta could not be reached, took too long or is in trouble.
    Unavailable, "unavailable", Backoff, Trouble, "okta is unavailable";
    /// The reply could not be understood: cut short, too large, not JSON, a redirect or incomplete.
    Nonsense, "nonsense", Stop, Trouble, "the answer was not understood";
    /// A token that should have been signed by Okta failed its checks.
    InvalidToken, "invalid_token", Stop, Trouble, "the signed token was refused";
    /// The authentication context asked for was not reached.
    AcrUnmet, "acr_unmet", Stop, User, "the authentication context was not met";
    /// The refresh or access token is no longer valid.
    SessionOver, "session_over", Restart, User, "the session is over";
    WebauthnNoChallenge, "webauthn_no_challenge", Rechallenge, User, "no passkey challenge is pending";
    WebauthnRefused, "webauthn_refused", Retype, User, "the passkey was refused";
    /// A setting here or at Okta is wrong; [`Error::cause`] says which.
    Misconfigured, "misconfigured", Operator, Trouble, "a setting is wrong";
    ConsentRequired, "consent_required", Operator, Trouble, "the app must not require consent";
    Denied, "denied", Stop, User, "okta denied the request";
    /// Okta kept asking for more factors.
    TooManyFactors, "too_many_factors", Stop, Trouble, "too many factors were asked for";
    /// Only inside polling; callers see [`Poll::Pending`](crate::Poll).
    Pending, "pending", Poll, Normal, "the user has not answered yet";
    /// Only inside polling; callers see [`Poll::Pending`](crate::Poll) with a longer interval.
    SlowDown, "slow_down", Slow, Normal, "polling is too fast";
}
