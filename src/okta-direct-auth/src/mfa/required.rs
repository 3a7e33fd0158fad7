//! The state between two factors.

use std::sync::Arc;

use crate::{Grant, flow::Flow, secret::MfaToken};

/// The state after a passed first factor, with every call that may follow.
#[derive(Clone, Debug)]
pub struct MfaRequired {
    pub(crate) flow: Flow,
    pub(crate) token: MfaToken,
    pub(crate) offers: Option<Arc<[Grant]>>,
}

impl MfaRequired {
    /// The grants that Okta says it would accept, if it says so. Most orgs do not.
    pub fn offers(&self) -> Option<&[Grant]> {
        self.offers.as_deref()
    }
}
