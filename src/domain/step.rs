//! An attempt in the form that a page needs: plain facts, with times already converted to waits.

use std::time::Duration;

use super::factor::Factor;

/// The step of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The first form.
    SignIn,
    /// The customer chooses a factor.
    Choose {
        /// Whether a first factor has already been accepted.
        confirming: bool,
        /// The factors on offer, in the order of the settings.
        ways: Vec<Factor>,
    },
    /// A code is expected.
    Code {
        /// The factor that the code comes from.
        source: Factor,
        /// Asking for a new one; `None` for authenticator apps.
        resend: Option<Resend>,
        /// Whether the code that was sent is no longer valid.
        expired: bool,
    },
    /// An answer on the phone is expected.
    Push(PushStep),
    /// An answer of the browser's passkey is expected.
    Passkey {
        /// The options for `navigator.credentials.get`, as JSON.
        options: String,
    },
    /// Okta accepted everything; the session starts with the next request of this browser.
    Approved,
    /// The session has started.
    Finished,
}

/// The wait for a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushStep {
    /// The number to tap.
    pub number: Option<String>,
    /// The lifetime of the request in all.
    pub total: Duration,
    /// Its remaining lifetime.
    pub left: Duration,
    /// When it can be sent again.
    pub resend: Resend,
    /// How it ended, if it has.
    pub over: Option<PushEnd>,
}

/// How a push ended without an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushEnd {
    /// The customer declined.
    Declined,
    /// The push expired without an answer.
    Expired,
}

/// When something can be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resend {
    /// The rest of the cool-down.
    pub wait: Duration,
    /// False when the attempt has reached its cap.
    pub allowed: bool,
}
