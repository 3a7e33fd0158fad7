//! The verbs of a sign-in: begin, choose, answer, poll, resend, restart, finish, and sign out.
//!
//! This room alone talks to Okta and to the stores. Each verb has the same shape: take the attempt (so that no other
//! request acts on it), call Okta once, feed the answer to [`crate::domain::attempt::advance`], store the result.
//! What a customer can cause is in the [`Turn`]; a [`FlowError`] is something an operator must look at.

mod begin;
mod choose;
mod code;
mod error;
mod finish;
mod okta;
mod open;
mod pace;
mod passkey;
mod push;
mod restart;
mod revoke;
mod settle;
mod sign_out;
mod take;
mod visitor;

use std::sync::Arc;

use crate::clock::Clock;
use crate::domain::attempt::Rules;
use crate::domain::factor::{Factor, Ways};
use crate::domain::session::Lifetimes;
use crate::limits::{Bulkhead, Limits};
use crate::portal::Destinations;
use crate::session::door::Door;
use crate::session::{AttemptStore, SessionStore};

pub use error::FlowError;
pub use open::Ask;
pub use passkey::PasskeyAnswer;
pub use push::Signal;
pub use sign_out::{AtOkta, SignedOut};
pub use visitor::{SignedIn, Turn, Visitor};

/// What the operator set for sign-ins and sessions.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which factors, in which order.
    pub ways: Ways,
    /// The limits of one attempt.
    pub rules: Rules,
    /// How long sessions live.
    pub lifetimes: Lifetimes,
}

/// Hears what became of sign-ins, for the metrics.
pub trait Witness: std::fmt::Debug + Send + Sync {
    /// A factor was tried.
    fn tried(&self, factor: Factor, result: &'static str);
    /// A limit of this service refused a try.
    fn throttled(&self, scope: &'static str);
    /// A session ended.
    fn session_ended(&self, reason: &'static str);
    /// A `return_to` was refused.
    fn redirect_refused(&self);
}

/// Everything the verbs need. Built once at start-up.
#[derive(Debug)]
pub struct Parts {
    /// The client of the Okta org.
    pub okta: okta_direct_auth::Client,
    /// Attempts.
    pub attempts: Arc<dyn AttemptStore>,
    /// Sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Ids and form tokens.
    pub door: Door,
    /// Limits of this service.
    pub limits: Limits,
    /// How many calls to Okta at once.
    pub bulkhead: Bulkhead,
    /// Where customers may go afterwards.
    pub destinations: Destinations,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The metrics.
    pub witness: Arc<dyn Witness>,
    /// The operator's settings.
    pub settings: Settings,
}

/// The verbs. Cheap to clone; clones are the same flow.
#[derive(Debug, Clone)]
pub struct Flow {
    parts: Arc<Parts>,
    pace: Arc<pace::Pace>,
    owed: Arc<revoke::Owed>,
}

impl Flow {
    /// A flow over its parts.
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            pace: Arc::default(),
            owed: Arc::default(),
        }
    }

    /// The operator's settings.
    pub fn settings(&self) -> &Settings {
        &self.parts.settings
    }

    /// The present moment.
    pub fn now(&self) -> jiff::Timestamp {
        self.parts.clock.now()
    }

    /// The clock, for waits that belong to a page.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.parts.clock
    }

    /// Ids and form tokens.
    pub fn door(&self) -> &Door {
        &self.parts.door
    }

    /// Fetches what Okta publishes about itself ahead of the first sign-in.
    pub async fn warm_up(&self) {
        if let Err(error) = self.parts.okta.metadata().await {
            tracing::warn!(%error, "Okta's metadata could not be fetched; it is tried again with the first sign-in");
        }
    }

    /// How many attempts and sessions are kept.
    pub async fn counts(&self) -> Result<(usize, usize), FlowError> {
        let attempts = self
            .parts
            .attempts
            .count()
            .await
            .map_err(FlowError::reading_attempt)?;
        let sessions = self
            .parts
            .sessions
            .count()
            .await
            .map_err(FlowError::reading_session)?;
        Ok((attempts, sessions))
    }
}
