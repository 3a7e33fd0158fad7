//! What real codes and pushes of Okta's look like, for pages that must look the same although nothing was sent.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use okta_direct_auth::{CodePending, PushPending};

use crate::domain::factor::Factor;

/// The lifetime of a code or push, until this process has seen a real one.
const USUAL_LIFE: Duration = Duration::from_mins(5);
const USUAL_INTERVAL: Duration = Duration::from_secs(5);

/// What the latest codes and pushes that Okta sent looked like.
#[derive(Debug, Default)]
pub(in crate::flow) struct AnswerShapes(Mutex<HashMap<Factor, Shape>>);

#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) expires_in: Duration,
    pub(super) interval: Duration,
    pub(super) has_number: bool,
}

impl AnswerShapes {
    pub(in crate::flow) fn note_code(&self, source: Factor, pending: &CodePending) {
        let shape = Shape {
            expires_in: pending.expires_in(),
            interval: USUAL_INTERVAL,
            has_number: false,
        };
        self.change(|seen| seen.insert(source, shape));
    }

    pub(in crate::flow) fn note_push(&self, pending: &PushPending) {
        let shape = Shape {
            expires_in: pending.expires_in(),
            interval: pending.interval(),
            has_number: pending.number().is_some(),
        };
        self.change(|seen| seen.insert(Factor::Push, shape));
    }

    pub(super) fn of(&self, factor: Factor) -> Shape {
        let usual = Shape {
            expires_in: USUAL_LIFE,
            interval: USUAL_INTERVAL,
            has_number: false,
        };
        self.change(|seen| seen.get(&factor).copied().unwrap_or(usual))
    }

    fn change<R>(&self, change: impl FnOnce(&mut HashMap<Factor, Shape>) -> R) -> R {
        // Every change is one call, so a panic in another thread leaves nothing half done.
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
