//! The way by Okta's own page. It is beside the stages: whoever comes back without a result finds everything as it was.

use okta_direct_auth::{AuthorizationAnswer, HostedPending, TokenSet};

use crate::domain::session::Tokens;

/// Whether the browser has taken it.
#[derive(Debug, Clone, Default)]
pub enum Hosted {
    /// It has not, or is back without a result.
    #[default]
    Untaken,
    /// It is there, or gave up without a word. One answer fits, once.
    Away(Box<HostedPending>),
    /// It brought back the proof that counts.
    Proven,
}

impl Hosted {
    /// What this answers, if anything.
    pub fn awaits(&self, answer: &AuthorizationAnswer) -> Option<&HostedPending> {
        match self {
            Self::Away(pending) if pending.is_answered_by(answer) => Some(pending),
            Self::Untaken | Self::Away(_) | Self::Proven => None,
        }
    }

    /// Whether the browser is there.
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Away(_))
    }

    /// Whether it is as far as that one, and the same answer fits.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Untaken, Self::Untaken) | (Self::Proven, Self::Proven) => true,
            (Self::Away(one), Self::Away(other)) => one.is_same(other),
            (Self::Untaken, Self::Away(_) | Self::Proven)
            | (Self::Away(_), Self::Untaken | Self::Proven)
            | (Self::Proven, Self::Untaken | Self::Away(_)) => false,
        }
    }

    /// Whether the proof that counts came from there.
    pub fn is_proven(&self) -> bool {
        matches!(self, Self::Proven)
    }

    /// What is kept of Okta's tokens: the ID token too where it can end the session that the browser has at Okta now.
    pub fn tokens(&self, set: Box<TokenSet>) -> Tokens {
        let okta_session = self.is_proven().then(|| set.id_token.clone());
        Tokens {
            okta_session,
            ..Tokens::from(set)
        }
    }
}
