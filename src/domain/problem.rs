//! What can go wrong in a sign-in: what Okta answered ([`Refusal`]) and what the customer is told ([`Problem`]).

use std::time::Duration;

use jiff::Timestamp;

use super::factor::Factor;

/// Okta's answer when it does not accept, in this service's terms. `flow` makes it from the library's error kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Wrong password, unknown user or locked account: Okta does not tell them apart and neither do we.
    WrongCredentials,
    /// The code was wrong.
    WrongCode,
    /// The customer declined the push.
    Declined,
    /// The code or push expired; Okta's transaction around it may live on.
    ChallengeExpired,
    /// Okta's whole transaction expired or was mixed up.
    FlowExpired,
    /// This factor is not enrolled for the account, or Okta does not prompt for it.
    NotSetUp,
    /// No factor that this service offers can finish the sign-in.
    NothingSetUp,
    /// The passkey's answer did not verify.
    PasskeyRefused,
    /// The password must be changed first.
    PasswordExpired,
    /// Okta's policy forbids it.
    PolicyRefused,
    /// The account may not use this application.
    NotAssigned,
    /// Okta could not deliver the message.
    NotDelivered,
    /// A limit of this service refused the try; Okta was not asked.
    HeldBack {
        /// How long until the next try is accepted.
        wait: Duration,
    },
    /// There were so many failures that this service accepts no more tries, however long the customer waits.
    Closed,
    /// A rate limit of Okta's, for this account, phone, app or org.
    RateLimited {
        /// How long Okta accepts no calls.
        wait: Duration,
    },
    /// Okta is slow, unreachable or broken.
    Unavailable {
        /// How long until a try makes sense.
        wait: Duration,
        /// Whether Okta may nevertheless have acted on the request.
        uncertain: bool,
    },
    /// Okta's answer made no sense, or its token did not validate.
    Nonsense,
    /// Okta refuses this service itself: an operator must act.
    Misconfigured,
    /// A push came without the number that the settings require.
    NumberMissing,
}

/// The problem that the customer sees. Kept with the attempt, so that a reload shows it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// "That name and password don't match".
    WrongCredentials,
    /// "That code didn't work", with the tries left when they are few.
    WrongCode {
        /// Tries left in this attempt.
        left: u8,
    },
    /// Too many wrong codes: back to the first factor.
    TooManyCodes,
    /// "That code has expired".
    CodeExpired,
    /// "You declined the request on your phone".
    PushDeclined,
    /// "The request ran out".
    PushExpired,
    /// The passkey was not accepted.
    PasskeyRefused,
    /// "This way isn't set up for your account".
    NotSetUp(Factor),
    /// A push came without the number that keeps customers safe, and was abandoned.
    NumberMissing,
    /// The message could not be sent; another factor may work.
    NotDelivered(Factor),
    /// "Wait a moment before trying again".
    Wait {
        /// When the next try is accepted.
        until: Timestamp,
        /// Whether Okta asked for the wait; otherwise this service did.
        by_okta: bool,
    },
    /// "This option is locked after too many failed attempts".
    Closed,
    /// "Your password has expired".
    PasswordExpired,
    /// No factor of this service can finish the sign-in for this account.
    NothingSetUp,
    /// "You can't sign in to … from here", by policy.
    PolicyRefused,
    /// The account is not assigned to the application.
    NotAssigned,
    /// The customer's identity does not fit into a header for the portal.
    Untellable,
    /// "Okta sent you back without signing you in".
    HostedFailed,
    /// A session was to be stepped up, and another customer signed in.
    SomebodyElse,
    /// "Sign-in isn't answering right now".
    Unavailable {
        /// When the next try makes sense.
        until: Timestamp,
        /// Whether the last try may have counted.
        uncertain: bool,
    },
    /// Okta's answer could not be used.
    Nonsense,
    /// The service is configured wrongly.
    Misconfigured,
    /// "Let's start again".
    StartAgain,
    /// The same, and the destination is no longer known.
    Forgotten,
    /// "This page was open too long".
    OpenTooLong,
    /// "Your browser didn't keep our cookie".
    CookieNotKept,
}
