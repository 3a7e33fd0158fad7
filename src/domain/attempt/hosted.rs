//! The detour via Okta's hosted page. It runs in parallel to the stages: a customer who comes back without a result
//! finds everything unchanged.

use okta_direct_auth::{AuthorizationAnswer, HostedPending, TokenSet};

use crate::domain::session::Tokens;

/// Whether the browser is on, or back from, that detour.
#[derive(Debug, Clone, Default)]
pub enum Hosted {
    /// It has not left, or is back without a result.
    #[default]
    Untaken,
    /// It is at Okta, or never came back. One response matches, once.
    Away(Box<HostedPending>),
    /// It brought back the proof that counts.
    Proven,
}

impl Hosted {
    /// The authorization request that this response matches, if any.
    pub fn awaits(&self, answer: &AuthorizationAnswer) -> Option<&HostedPending> {
        match self {
            Self::Away(pending) if pending.is_answered_by(answer) => Some(pending),
            Self::Untaken | Self::Away(_) | Self::Proven => None,
        }
    }

    /// Whether the browser is at Okta's hosted page.
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Away(_))
    }

    /// Whether both are in the same state, and match the same response.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Untaken, Self::Untaken) | (Self::Proven, Self::Proven) => true,
            (Self::Away(one), Self::Away(other)) => one.is_same(other),
            (Self::Untaken, Self::Away(_) | Self::Proven)
            | (Self::Away(_), Self::Untaken | Self::Proven)
            | (Self::Proven, Self::Untaken | Self::Away(_)) => false,
        }
    }

    /// Whether the proof that counts came from Okta's hosted page.
    pub fn is_proven(&self) -> bool {
        matches!(self, Self::Proven)
    }

    /// The tokens to keep, including the ID token where it can end the session that the browser now has at Okta.
    pub fn tokens(&self, set: Box<TokenSet>) -> Tokens {
        let okta_session = self.is_proven().then(|| set.id_token.clone());
        Tokens {
            okta_session,
            ..Tokens::from(set)
        }
    }
}
