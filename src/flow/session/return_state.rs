//! Whoever the portal's proxy sends to the form carries a sealed note: where they were going, and what was seen of them
//! there.
//!
//! Nothing is kept for it (SEC-315), and the address they were at stands in no other address in clear.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::flow::{Flow, bound_to};
use crate::portal::ReturnTo;

/// What forward-auth saw of a browser that it sent to the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoSessionReason {
    /// No session cookie.
    NoSession,
    /// The cookie of a session that nobody knows.
    Unknown,
    /// The cookie of a session that is over, by one of its limits.
    Expired,
    /// The cookie of a session that was ended.
    Revoked,
    /// A session that proves too little.
    StepUp,
    /// Several live sessions under one name, of which none counts.
    Ambiguous,
}

impl NoSessionReason {
    /// The word for it in answers and logs.
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

/// The note.
#[derive(Debug, Clone)]
pub struct ReturnState {
    /// Where they were going, allowed today.
    pub target: ReturnTo,
    /// What was seen of them.
    pub reason: NoSessionReason,
    /// When.
    pub at: Timestamp,
    /// The browser, where it waits for a ticket at the host of the target.
    pub hand_off: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Written {
    u: String,
    s: NoSessionReason,
    /// Milliseconds since 1970.
    t: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    e: Option<String>,
}

/// Notes are for this service itself.
const OWNER: &str = "sign-in";

impl Flow {
    /// The note as text for an address.
    pub fn seal_return_state(&self, target: &ReturnTo, reason: NoSessionReason) -> String {
        self.seal_state(ReturnState {
            target: target.clone(),
            reason,
            at: self.now(),
            hand_off: None,
        })
    }

    /// The same note for a browser that goes on to fetch a ticket.
    pub fn with_hand_off_nonce(&self, state: ReturnState, cookie: &str) -> String {
        self.seal_state(ReturnState {
            hand_off: Some(bound_to(cookie)),
            ..state
        })
    }

    fn seal_state(&self, state: ReturnState) -> String {
        let written = Written {
            u: state.target.as_str().to_owned(),
            s: state.reason,
            t: state.at.as_millisecond(),
            e: state.hand_off,
        };
        // Text and numbers always make JSON.
        let note = serde_json::to_vec(&written).unwrap_or_default();
        self.parts.targets.seal(OWNER, &note)
    }

    /// Reads a note; `None` when it is none of ours, or leads where nobody is sent any more.
    pub fn open_return_state(&self, note: &str) -> Option<ReturnState> {
        let state = self.parts.targets.open(OWNER, note);
        let state = state.and_then(|note| self.written(&note));
        if state.is_none() {
            tracing::warn!(
                "a note of where a customer was going cannot be read, or leads where nobody is sent any more; they go to the \
                 portal's home"
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
