//! The state between two factors.

use std::sync::Arc;

use crate::{Grant, flow::Flow, secret::MfaToken};

/// The state after a passed first factor, with every call that may follow.
#[derive(Clone, Debug)]
pub struct MfaRequired {
    pub(crate) flow: Flow,
    pub(crate) token: MfaToken,
    pub(crate) offers: Option<Arc<[Grant]>>,
    /// Not saved: it is told once, when the answer has come.
    pub(crate) request_id: Option<Arc<str>>,
}

impl MfaRequired {
    /// The grants that Okta says it would accept, if it says so. Most orgs do not.
    pub fn offers(&self) -> Option<&[Grant]> {
        self.offers.as_deref()
    }

    /// Okta's id for the call that accepted the factor before; `None` once this was saved and restored.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}
