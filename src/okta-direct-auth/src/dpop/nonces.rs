//! The nonce that the authorization server expects next.

use std::sync::{Arc, PoisonError, RwLock};

/// One for the whole client: nonces belong to the server, not to a key or a sign-in.
#[derive(Debug, Default)]
pub(crate) struct Nonces(RwLock<Option<Arc<str>>>);

impl Nonces {
    pub(crate) fn newest(&self) -> Option<Arc<str>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn keep(&self, nonce: &str) {
        if self.newest().as_deref() != Some(nonce) {
            *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(nonce.into());
        }
    }
}
