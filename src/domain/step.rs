//! An attempt as a page needs it: plain facts, with times already turned into waits.

use std::time::Duration;

use super::factor::Factor;

/// Where an attempt stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The first form.
    SignIn,
    /// Which factor shall it be?
    Choose {
        /// Whether a first factor was accepted already.
        confirming: bool,
        /// What is offered, in the order of the settings.
        ways: Vec<Factor>,
    },
    /// A code is awaited.
    Code {
        /// Where the code comes from.
        source: Factor,
        /// A new one can be asked for; `None` for authenticator apps.
        resend: Option<Resend>,
        /// The code that was sent is no longer good.
        expired: bool,
    },
    /// The phone is awaited.
    Push(PushStep),
    /// The browser's passkey is awaited.
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
    /// How long the request lives in all.
    pub total: Duration,
    /// How long it lives from now on.
    pub left: Duration,
    /// Sending it again.
    pub resend: Resend,
    /// How it ended, when it has.
    pub over: Option<PushEnd>,
}

/// How a push ended without a yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushEnd {
    /// The customer said no.
    Declined,
    /// Nobody answered.
    Expired,
}

/// When something can be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resend {
    /// The cool-down that is left.
    pub wait: Duration,
    /// False when the cap of this attempt is reached.
    pub allowed: bool,
}
