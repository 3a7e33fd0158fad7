//! What can go wrong in a sign-in: what Okta answered ([`Refusal`]) and what the customer is told ([`Problem`]).

use std::time::Duration;

use jiff::Timestamp;

use super::factor::Factor;

/// Okta's answer when it is not a yes, in the words of this service. `flow` makes it from the library's error kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Wrong password, unknown user or locked account: Okta does not tell them apart and neither do we.
    WrongCredentials,
    /// The code was not right.
    WrongCode,
    /// The customer declined the push.
    Declined,
    /// The code or push ran out; the flow around it may live on.
    ChallengeExpired,
    /// The whole flow ran out or was mixed up at Okta.
    FlowExpired,
    /// This factor is not enrolled for the account, or Okta does not prompt for it.
    NotSetUp,
    /// No factor that this service offers can finish the sign-in.
    NothingSetUp,
    /// The passkey's answer did not verify.
    PasskeyRefused,
    /// The password must be changed first.
    PasswordExpired,
    /// Okta's policy says no.
    PolicyRefused,
    /// The account may not use this application.
    NotAssigned,
    /// Okta could not deliver the message.
    NotDelivered,
    /// A limit of this service holds the try back; Okta was not asked.
    HeldBack {
        /// When the next try is taken.
        wait: Duration,
    },
    /// There were so many failures that this service takes no more tries, however long one waits.
    Closed,
    /// Okta limits this account, phone, app or org.
    RateLimited {
        /// How long Okta wants quiet.
        wait: Duration,
    },
    /// Okta is slow, gone or broken.
    Unavailable {
        /// When to try again.
        wait: Duration,
        /// Whether Okta may have acted on the request all the same.
        uncertain: bool,
    },
    /// Okta's answer made no sense, or its token did not validate.
    Nonsense,
    /// Okta refuses this service itself: an operator must act.
    Misconfigured,
    /// A push came without the number that the settings require.
    NumberMissing,
}

/// What the customer is told. Kept with the attempt, so that a reload shows it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// "That name and password don't match".
    WrongCredentials,
    /// "That code didn't work", with the tries left when they are few.
    WrongCode {
        /// Tries left in this attempt.
        left: u8,
    },
    /// Five wrong codes: back to the first factor.
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
    /// The message could not be sent; another way may work.
    NotDelivered(Factor),
    /// "Wait a moment before trying again".
    Wait {
        /// When the next try is taken.
        until: Timestamp,
        /// Whether Okta asked for it; else this service did.
        by_okta: bool,
    },
    /// "This way is closed after too many wrong tries".
    Closed,
    /// "Your password has expired".
    PasswordExpired,
    /// No way of this service can finish the sign-in for this account.
    NothingSetUp,
    /// "You can't sign in to … from here", by policy.
    PolicyRefused,
    /// The account is not assigned to the application.
    NotAssigned,
    /// No header could tell the portal who it is.
    Untellable,
    /// "Okta sent you back without signing you in".
    HostedFailed,
    /// A session was to be raised and somebody else signed in.
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
    /// The service is set up wrongly.
    Misconfigured,
    /// "Let's start again".
    StartAgain,
    /// The same, and nobody knows any more where the customer was going.
    Forgotten,
    /// "This page was open too long".
    OpenTooLong,
    /// "Your browser didn't keep our cookie".
    CookieNotKept,
}
