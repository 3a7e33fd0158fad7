//! What must stay the same from the first call of a sign-in to its last.

use std::sync::Arc;

use crate::DpopKey;

/// Okta refuses a sign-in whose scope or context classes change half-way.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub(crate) scope: Arc<str>,
    pub(crate) acr_values: Arc<[String]>,
    /// How many times Okta has asked for one more factor.
    pub(crate) rounds: u8,
    /// Signs a proof for every token call.
    pub(crate) dpop: Option<DpopKey>,
}

impl Flow {
    /// The context classes as one parameter.
    pub(crate) fn acr(&self) -> Option<String> {
        (!self.acr_values.is_empty()).then(|| self.acr_values.join(" "))
    }
}
