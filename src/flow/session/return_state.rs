//! The sealed return state of a browser that the portal's proxy sends to the form: the destination, and why
//! forward-auth found no session.
//!
//! Nothing is stored for it (SEC-315), and no other URL shows the destination in clear.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::flow::{Flow, bound_to};
use crate::portal::ReturnTo;

/// Why forward-auth sent a browser to the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoSessionReason {
    /// It had no session cookie.
    NoSession,
    /// Its cookie names a session that is not known.
    Unknown,
    /// Its session is over, by one of its limits.
    Expired,
    /// Its session was ended.
    Revoked,
    /// Its session's assurance is too low.
    StepUp,
    /// Its cookies name several live sessions, of which none counts.
    Ambiguous,
}

impl NoSessionReason {
    /// The reason in answers and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoSession | Self::Unknown => "no_session",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::StepUp => "step_up",
            Self::Ambiguous => "ambiguous_session",
        }
    }
}

/// The return state, opened.
#[derive(Debug, Clone)]
pub struct ReturnState {
    /// The destination, which the current settings allow.
    pub target: ReturnTo,
    /// Why the browser was sent here.
    pub reason: NoSessionReason,
    /// When it was sent.
    pub at: Timestamp,
    /// The browser that waits for a ticket at the target's host, as [`bound_to`] gives it.
    pub hand_off: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Written<'a> {
    u: Cow<'a, str>,
    s: NoSessionReason,
    /// Milliseconds since 1970.
    t: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    e: Option<String>,
}

/// Only this service itself opens a return state.
const OWNER: &str = "sign-in";

impl Flow {
    /// Seals a return state, as text for a URL.
    pub fn seal_return_state(&self, target: &ReturnTo, reason: NoSessionReason) -> String {
        self.seal_written(&Written {
            u: target.as_str().into(),
            s: reason,
            t: self.now().as_millisecond(),
            e: None,
        })
    }

    /// The same return state for a browser that goes on to fetch a ticket.
    pub fn with_hand_off_nonce(&self, state: &ReturnState, cookie: &str) -> String {
        self.seal_written(&Written {
            u: state.target.as_str().into(),
            s: state.reason,
            t: state.at.as_millisecond(),
            e: Some(bound_to(cookie)),
        })
    }

    fn seal_written(&self, written: &Written<'_>) -> String {
        // Text and numbers always make JSON.
        let note = serde_json::to_vec(written).unwrap_or_default();
        self.parts.targets.seal(OWNER, &note)
    }

    /// Opens a return state; `None` when it is not ours, or its target is no longer allowed.
    pub fn open_return_state(&self, note: &str) -> Option<ReturnState> {
        let state = self.parts.targets.open(OWNER, note);
        let state = state.and_then(|note| self.written(&note));
        if state.is_none() {
            tracing::warn!(
                "a customer's return state cannot be decrypted, or its destination is no longer allowed; they are \
                 sent to the portal's home"
            );
        }
        state
    }

    fn written(&self, note: &[u8]) -> Option<ReturnState> {
        let Written { u, s, t, e } = serde_json::from_slice(note).ok()?;
        Some(ReturnState {
            target: self.parts.destinations.restore(&u).ok()?,
            reason: s,
            at: Timestamp::from_millisecond(t).ok()?,
            hand_off: e,
        })
    }
}
