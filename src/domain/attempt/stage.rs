//! The stages of an attempt, each with the data that only it needs.

use std::time::Duration;

use jiff::Timestamp;
use okta_direct_auth::{CodePending, MfaRequired, PushPending, TokenSet, WebauthnPending};

use crate::domain::factor::Factor;
use crate::domain::ids::MaskedId;
use crate::domain::step::PushEnd;

/// What an attempt has behind it.
#[derive(Debug, Clone)]
pub enum Origin {
    /// Nothing but a name.
    Name,
    /// A factor that Okta accepted, and its wish for another.
    Mfa(Box<MfaRequired>),
}

/// Where an attempt stands. The states of the library inside own the legal next calls.
#[derive(Debug, Clone)]
pub enum Stage {
    /// The first form: name and password, or the name alone.
    Start,
    /// A factor is to be chosen.
    Choose {
        /// What led here.
        origin: Origin,
    },
    /// A code from the authenticator app is awaited; Okta needs no call for that.
    Otp {
        /// What led here.
        origin: Origin,
    },
    /// A code that Okta sent is awaited.
    SentCode {
        /// What led here.
        origin: Origin,
        /// Sms, voice or email.
        source: Factor,
        /// Okta's transaction; `None` where Okta sent nothing and the page does not tell (see [`Unsent`]).
        pending: Option<Box<CodePending>>,
        /// When Okta forgets it.
        expires: Timestamp,
        /// Okta called it expired before its time.
        is_dead: bool,
    },
    /// An answer on the phone is awaited.
    Push(Box<PushStage>),
    /// The browser's passkey is awaited.
    Passkey {
        /// What led here.
        origin: Origin,
        /// Okta's transaction.
        pending: Box<WebauthnPending>,
    },
    /// Okta accepted everything. Stored before anyone hears of it, claimed once by the browser that began it.
    Approved {
        /// What Okta gave.
        tokens: Box<TokenSet>,
    },
    /// It went on under another visit.
    Moved {
        /// That visit, for the same press of the same page once more; `None`: nobody gets there from here.
        to: Option<MaskedId>,
    },
    /// The session has started.
    Finished {
        /// Its id, for the same press of the same page once more; `None`: nobody gets it from here.
        session: Option<MaskedId>,
    },
}

/// A push in progress.
#[derive(Debug, Clone)]
pub struct PushStage {
    /// What led here.
    pub origin: Origin,
    /// Okta's transaction; `None` where Okta asked nobody and the page does not tell (see [`Unsent`]).
    pub pending: Option<PushPending>,
    /// The number to tap.
    pub number: Option<String>,
    /// The least time between two looks at it.
    pub interval: Duration,
    /// When it was sent.
    pub sent: Timestamp,
    /// When Okta forgets it.
    pub expires: Timestamp,
    /// Nobody asks Okta before this.
    pub next_poll: Timestamp,
    /// One request is asking Okta, until then at the latest.
    pub polling_until: Option<Timestamp>,
    /// Polls in a row that Okta did not answer.
    pub strikes: u8,
    /// How it ended.
    pub over: Option<PushEnd>,
}

/// What Okta would have sent if there were such an account, and if it had this way (SEC-106). Whoever has shown nothing
/// but a name sees the same page, waits as long, and finds that no code is right and nobody approves.
#[derive(Debug, Clone)]
pub struct Unsent {
    /// How long it looks alive.
    pub expires_in: Duration,
    /// Between two looks at a push.
    pub interval: Duration,
    /// The number to tap.
    pub number: Option<String>,
}

impl Stage {
    /// Whether the page waits for what was sent to nobody: no answer to it can be right.
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

    /// What led here; `None` where nothing can be chosen.
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

    /// Whether something was proven or sent, or the way to it is kept for the same press once more.
    pub(super) fn is_under_way(&self) -> bool {
        match self {
            Self::Start => false,
            Self::Choose { origin } | Self::Otp { origin } => matches!(origin, Origin::Mfa(_)),
            Self::SentCode { .. } | Self::Push(_) | Self::Passkey { .. } | Self::Approved { .. } => true,
            Self::Moved { to: way } | Self::Finished { session: way } => way.is_some(),
        }
    }

    /// Whether an answer with this factor can be accepted here.
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

    /// Whether a typed code can be accepted here.
    pub fn awaits_a_code(&self) -> bool {
        matches!(self, Self::Otp { .. } | Self::SentCode { .. })
    }

    /// Whether Okta is satisfied: nothing that comes later counts.
    pub fn is_won(&self) -> bool {
        matches!(self, Self::Approved { .. } | Self::Moved { .. } | Self::Finished { .. })
    }

    /// Whether there is nothing left to do here.
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
