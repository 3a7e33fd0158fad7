//! Telling portals with sessions of their own that a session has ended, for whatever reason.
//!
//! What is to be told is written by the store in the step that ends the session; here it is only carried out. So neither
//! a sign-out nor an order of Okta's waits for a portal.

mod standing;
mod worker;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use standing::Standing;

pub use standing::PORTAL_LOGOUT_RESULTS;

/// What all clones of a flow know of the portals to be told.
#[derive(Debug, Default)]
pub(in crate::flow) struct PortalLogouts {
    /// A session has ended.
    ended: Notify,
    /// By the address of the portal.
    standings: Mutex<HashMap<String, Standing>>,
}

impl PortalLogouts {
    /// Has what is due told now.
    pub(in crate::flow) fn wake(&self) {
        self.ended.notify_one();
    }

    fn standings(&self) -> MutexGuard<'_, HashMap<String, Standing>> {
        // Every change is one assignment, so a panic elsewhere leaves nothing half done.
        self.standings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
