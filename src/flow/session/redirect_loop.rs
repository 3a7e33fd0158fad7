//! Detects redirect loops: the customer is signed in here, and yet the portal's proxy sends their browser here to sign
//! in. Once, that may come from two tabs; repeatedly, it is a fault in front of the portal, which is reported instead
//! of repeated.

use std::time::Duration;

use crate::domain::ids::SessionId;
use crate::domain::session::after;
use crate::flow::{Flow, NoSessionReason, ReturnState};
use crate::limits::{SENT_BACK, WayKey};
use crate::session::HashedId;

/// How far the clocks of our machines may differ before that counts as the cause.
const SLACK: Duration = Duration::from_secs(5);

/// Why the portal does not see the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoopCause {
    /// It is for another host, which got no cookie.
    OtherHost,
    /// It is for our host, but the proxy sent no cookie.
    CookieLost,
    /// The proxy sent another cookie than the one that reached this service.
    OtherSession,
    /// The browser sent the proxy several live sessions.
    SeveralSessions,
    /// The return state is dated in the future.
    Clock,
}

impl LoopCause {
    /// The name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::OtherHost => "other_host",
            Self::CookieLost => "cookie_lost",
            Self::OtherSession => "other_session",
            Self::SeveralSessions => "several_sessions",
            Self::Clock => "clock",
        }
    }
}

impl Flow {
    /// Why this browser must not be sent back once more; `None` if it may be. [`SENT_BACK`] is the limit.
    pub async fn redirect_loop(&self, id: &SessionId, state: &ReturnState) -> Option<LoopCause> {
        let now = self.now();
        if after(state.at, SENT_BACK.within) < now {
            return None;
        }
        let session = HashedId::of_session(id).to_text();
        let way = WayKey::new(&session, state.target.as_str());
        self.parts.limits.check_sent_back(&way).await.err()?;
        let is_here = self.parts.destinations.is_reached(&state.target);
        let cause = match state.reason {
            _ if state.at > after(now, SLACK) => LoopCause::Clock,
            NoSessionReason::NoSession if is_here => LoopCause::CookieLost,
            NoSessionReason::NoSession => LoopCause::OtherHost,
            NoSessionReason::Ambiguous => LoopCause::SeveralSessions,
            NoSessionReason::Unknown
            | NoSessionReason::Expired
            | NoSessionReason::Revoked
            | NoSessionReason::StepUp => LoopCause::OtherSession,
        };
        tracing::warn!(
            cause = cause.name(),
            seen = state.reason.name(),
            host = state.target.host(),
            event = "sequence_fail",
            "a signed-in browser is in a redirect loop between the portal and the form"
        );
        Some(cause)
    }
}
