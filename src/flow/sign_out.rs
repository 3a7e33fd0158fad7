//! Sessions in use, and their end.

use super::{Flow, FlowError, Visitor};
use crate::domain::ids::SessionId;
use crate::domain::session::{Session, after};
use crate::session::door::Door;

/// A use is noted at most this often.
const TOUCH_EVERY: std::time::Duration = std::time::Duration::from_mins(1);

/// What a sign-out ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedOut {
    /// Whether there was a session to end.
    pub was_signed_in: bool,
    /// What became of the tokens.
    pub at_okta: AtOkta,
}

/// What became of the tokens at Okta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtOkta {
    /// Okta took the revocation.
    Revoked,
    /// Okta did not answer; it is tried again.
    Owed,
    /// There was nothing to revoke.
    Nothing,
}

impl Flow {
    /// The live session of this id. Looking does not count as use.
    pub async fn session(&self, id: &SessionId) -> Result<Option<Session>, FlowError> {
        let session = self
            .parts
            .sessions
            .load(Door::hash_session(id))
            .await
            .map_err(FlowError::reading_session)?;
        let (lifetimes, now) = (self.parts.settings.lifetimes, self.now());
        Ok(session.filter(|session| session.is_live(lifetimes, now)))
    }

    /// The live session of this id, and notes the use.
    pub async fn use_session(&self, id: &SessionId) -> Result<Option<Session>, FlowError> {
        let session = self.session(id).await?;
        if let Some(session) = &session {
            let now = self.now();
            if now >= after(session.last_used, TOUCH_EVERY) {
                let touched = self.parts.sessions.touch(Door::hash_session(id), now).await;
                touched.map_err(FlowError::storing_session)?;
            }
        }
        Ok(session)
    }

    /// Ends the session here first, then its tokens at Okta; trouble there keeps nobody signed in.
    pub async fn sign_out(&self, visitor: Visitor, id: SessionId) -> Result<SignedOut, FlowError> {
        let removed = self
            .parts
            .sessions
            .remove(Door::hash_session(&id))
            .await
            .map_err(FlowError::storing_session)?;
        let Some(session) = removed else {
            return Ok(SignedOut {
                was_signed_in: false,
                at_okta: AtOkta::Nothing,
            });
        };
        self.parts.witness.session_ended("sign_out");
        tracing::info!("a session ended by sign-out");
        let tokens = session.tokens;
        let at_okta = match self.revoke(&tokens, &visitor.device()).await {
            Ok(()) if tokens.refresh.is_none() && tokens.access.is_none() => AtOkta::Nothing,
            Ok(()) => AtOkta::Revoked,
            Err(error) => {
                self.owe(tokens, visitor.device(), &error);
                AtOkta::Owed
            }
        };
        Ok(SignedOut {
            was_signed_in: true,
            at_okta,
        })
    }
}
