//! The stages of an attempt, each with the data that only it needs.

use std::time::Duration;

use jiff::Timestamp;
use okta_direct_auth::{CodePending, MfaRequired, PushPending, TokenSet, WebauthnPending};

use crate::domain::factor::Factor;
use crate::domain::ids::MaskedId;
use crate::domain::step::PushEnd;

/// What an attempt is based on.
#[derive(Debug, Clone)]
pub enum Origin {
    /// Only a name.
    Name,
    /// A factor that Okta accepted, while it requires another.
    Mfa(Box<MfaRequired>),
}

/// The state of an attempt. The library's states inside it determine which calls may come next.
#[derive(Debug, Clone)]
pub enum Stage {
    /// The first form: name and password, or the name alone.
    Start,
    /// A factor is to be chosen.
    Choose {
        /// What the choice is based on.
        origin: Origin,
    },
    /// A code from the authenticator app is expected; Okta needs no call for that.
    Otp {
        /// What the attempt is based on.
        origin: Origin,
    },
    /// A code that Okta sent is expected.
    SentCode {
        /// What the attempt is based on.
        origin: Origin,
        /// Sms, voice or email.
        source: Factor,
        /// Okta's transaction; `None` where Okta sent nothing and the page does not show it (see [`Unsent`]).
        pending: Option<Box<CodePending>>,
        /// When the code expires at Okta.
        expires: Timestamp,
        /// Whether Okta reported it expired before its time.
        is_dead: bool,
    },
    /// An answer on the phone is expected.
    Push(Box<PushStage>),
    /// An answer of the browser's passkey is expected.
    Passkey {
        /// What the attempt is based on.
        origin: Origin,
        /// Okta's transaction.
        pending: Box<WebauthnPending>,
    },
    /// Okta requires no more. Stored before the browser learns of it, and claimed once by the browser that began it.
    Approved {
        /// The tokens.
        tokens: Box<TokenSet>,
    },
    /// The attempt continues under another visit.
    Moved {
        /// The id of that visit, masked for a repetition of the same press; `None`: no press leads there.
        to: Option<MaskedId>,
    },
    /// The session has started.
    Finished {
        /// Its id, masked for a repetition of the same press; `None`: no press leads to it.
        session: Option<MaskedId>,
    },
}

/// A push in progress.
#[derive(Debug, Clone)]
pub struct PushStage {
    /// What the attempt is based on.
    pub origin: Origin,
    /// Okta's transaction; `None` where Okta sent nothing and the page does not show it (see [`Unsent`]).
    pub pending: Option<PushPending>,
    /// The number to tap.
    pub number: Option<String>,
    /// The shortest time between two polls.
    pub interval: Duration,
    /// When it was sent.
    pub sent: Timestamp,
    /// When the push expires at Okta.
    pub expires: Timestamp,
    /// Okta is not polled before this.
    pub next_poll: Timestamp,
    /// Until when, at the latest, a request is polling Okta.
    pub polling_until: Option<Timestamp>,
    /// Polls in a row that Okta did not answer.
    pub strikes: u8,
    /// How it ended, if it has.
    pub over: Option<PushEnd>,
}

/// What Okta would have sent if the account existed and had this factor (SEC-106). A browser that has proved nothing
/// sees the same page, waits as long, and finds that no code is right and no approval comes.
#[derive(Debug, Clone)]
pub struct Unsent {
    /// Its apparent lifetime.
    pub expires_in: Duration,
    /// The time between two polls of a push.
    pub interval: Duration,
    /// The number to tap.
    pub number: Option<String>,
}

impl Stage {
    /// Whether the page waits for an answer to a challenge that was never sent: none can be right.
    pub fn is_unsent(&self) -> bool {
        match self {
            Self::SentCode { pending, .. } => pending.is_none(),
            Self::Push(push) => push.pending.is_none(),
            Self::Start
            | Self::Choose { .. }
            | Self::Otp { .. }
            | Self::Passkey { .. }
            | Self::Approved { .. }
            | Self::Moved { .. }
            | Self::Finished { .. } => false,
        }
    }

    /// What the attempt is based on; `None` where no factor can be chosen.
    pub fn origin(&self) -> Option<&Origin> {
        match self {
            Self::Choose { origin }
            | Self::Otp { origin }
            | Self::SentCode { origin, .. }
            | Self::Passkey { origin, .. } => Some(origin),
            Self::Push(push) => Some(&push.origin),
            Self::Start | Self::Approved { .. } | Self::Moved { .. } | Self::Finished { .. } => None,
        }
    }

    /// Whether something was proved or sent, or a repetition of the same press still leads on from here.
    pub(super) fn is_under_way(&self) -> bool {
        match self {
            Self::Start => false,
            Self::Choose { origin } | Self::Otp { origin } => matches!(origin, Origin::Mfa(_)),
            Self::SentCode { .. } | Self::Push(_) | Self::Passkey { .. } | Self::Approved { .. } => true,
            Self::Moved { to: way } | Self::Finished { session: way } => way.is_some(),
        }
    }

    /// Whether an answer with this factor can be accepted now.
    pub fn awaits(&self, factor: Factor) -> bool {
        match self {
            Self::Start => factor == Factor::Password,
            Self::Otp { .. } => factor == Factor::Otp,
            Self::SentCode { source, .. } => factor == *source,
            Self::Push(push) => factor == Factor::Push && push.over.is_none(),
            Self::Passkey { .. } => factor == Factor::Passkey,
            Self::Choose { .. } | Self::Approved { .. } | Self::Moved { .. } | Self::Finished { .. } => false,
        }
    }

    /// Whether a typed code can be accepted now.
    pub fn awaits_a_code(&self) -> bool {
        matches!(self, Self::Otp { .. } | Self::SentCode { .. })
    }

    /// Whether no later event counts here: Okta requires no more, or the attempt moved to another visit.
    pub fn is_won(&self) -> bool {
        matches!(self, Self::Approved { .. } | Self::Moved { .. } | Self::Finished { .. })
    }

    /// Whether there is nothing left to do.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Moved { .. } | Self::Finished { .. })
    }

    /// A name for logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Choose { .. } => "choose",
            Self::Otp { .. } => "otp",
            Self::SentCode { .. } => "sent_code",
            Self::Push(_) => "push",
            Self::Passkey { .. } => "passkey",
            Self::Approved { .. } => "approved",
            Self::Moved { .. } => "moved",
            Self::Finished { .. } => "finished",
        }
    }
}
