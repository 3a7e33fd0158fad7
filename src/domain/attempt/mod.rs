//! One sign-in in progress.
//!
//! [`Attempt`] is what the store keeps, [`Stage`] is its current state, and [`advance`] is the only way from one stage
//! to another. `advance` takes the attempt by value, reads no clock and calls no service; `flow` feeds it Okta's
//! answers.

mod advance;
mod hosted;
mod parameters;
mod refused;
mod stage;
#[cfg(test)]
pub(crate) mod tests;
mod view;

use std::time::Duration;

use jiff::Timestamp;

use super::factor::Factor;
use super::ids::{FormReference, MaskedId, Network, PressMark, Tab};
use super::input::Login;
use super::problem::Problem;
use super::session::Tokens;

pub use advance::{Event, IllegalMove, advance};
pub use hosted::Hosted;
pub use parameters::{KeptParameters, Parameters};
pub use stage::{Origin, PushStage, Stage, Unsent};

/// How long the same press is given the same answer.
pub const SAME_PRESS: Duration = Duration::from_secs(30);

/// The destination after signing in. Checked by `portal::return_to` before it gets here, and again at use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination(pub String);

/// The limits that belong to one attempt. The operator sets them: `[limits]` and `sign_in.require_number_challenge`.
#[derive(Debug, Clone, Copy)]
pub struct AttemptRules {
    /// How long an attempt lives.
    pub lifetime: Duration,
    /// Wrong codes until the first factor is asked for again.
    pub wrong_codes: u8,
    /// Messages and calls allowed per attempt.
    pub sends: u8,
    /// The wait between messages or calls.
    pub send_cooldown: Duration,
    /// The wait between pushes.
    pub push_cooldown: Duration,
    /// The wait after a declined push.
    pub declined_cooldown: Duration,
    /// Whether a push without a number is abandoned.
    pub require_number: bool,
}

/// One sign-in in progress, in one tab.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The facts that do not depend on the stage.
    pub facts: Facts,
    /// The current stage.
    pub stage: Stage,
}

/// The facts that an attempt keeps from stage to stage.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The destination.
    pub destination: Destination,
    /// The name that the customer gave.
    pub login: Option<Login>,
    /// Whether the customer asks to be kept signed in.
    pub remember: bool,
    /// The parameters in the URL of the form.
    pub parameters: KeptParameters,
    /// The network from which its first form was opened.
    pub network: Network,
    /// When the attempt began.
    pub started: Timestamp,
    /// When the attempt ends, finished or not.
    pub expires: Timestamp,
    /// Grows with every change that a page can show. A form with an older value changes nothing.
    pub serial: u32,
    /// When `serial` last grew.
    pub changed: Timestamp,
    /// The last press that was acted on.
    pub pressed: Option<PressMark>,
    /// Until when, at the latest, a request is talking to Okta for this attempt.
    pub busy_until: Option<Timestamp>,
    /// A detour via Okta's hosted page, in parallel to any stage.
    pub hosted: Hosted,
    /// Factors that Okta accepted, in order.
    pub accepted: Vec<Factor>,
    /// Factors that turned out not to be set up.
    pub not_set_up: Vec<Factor>,
    /// Wrong codes so far; resending or changing the factor does not reset it.
    pub wrong_codes: u8,
    /// Messages and calls so far.
    pub sends: u8,
    /// No message or call is sent before this, whatever factor is chosen.
    pub messages_at: Timestamp,
    /// No push is sent before this, whatever factor is chosen.
    pub pushes_at: Timestamp,
    /// The problem to show to the customer.
    pub problem: Option<Problem>,
}

impl Attempt {
    /// A fresh attempt.
    pub fn new(
        destination: Destination,
        parameters: impl Into<KeptParameters>,
        now: Timestamp,
        rules: &AttemptRules,
    ) -> Self {
        Self::until(destination, parameters, now, super::session::after(now, rules.lifetime))
    }

    /// The same, with the time at which it ends.
    pub fn until(
        destination: Destination,
        parameters: impl Into<KeptParameters>,
        now: Timestamp,
        expires: Timestamp,
    ) -> Self {
        Self {
            facts: Facts {
                destination,
                login: None,
                remember: false,
                parameters: parameters.into(),
                network: Network::default(),
                started: now,
                expires,
                serial: 0,
                changed: now,
                pressed: None,
                busy_until: None,
                hosted: Hosted::Untaken,
                accepted: Vec::new(),
                not_set_up: Vec::new(),
                wrong_codes: 0,
                sends: 0,
                messages_at: now,
                pushes_at: now,
                problem: None,
            },
            stage: Stage::Start,
        }
    }

    /// A fresh attempt with the same destination and the same name.
    #[must_use]
    pub fn renewed(&self, problem: Option<Problem>, now: Timestamp, rules: &AttemptRules) -> Self {
        let mut fresh = Self::new(
            self.facts.destination.clone(),
            self.facts.parameters.clone(),
            now,
            rules,
        );
        fresh.facts.login.clone_from(&self.facts.login);
        fresh.facts.remember = self.facts.remember;
        fresh.facts.network = self.facts.network;
        fresh.facts.serial = self.facts.serial.saturating_add(1);
        fresh.facts.messages_at = self.facts.messages_at;
        fresh.facts.pushes_at = self.facts.pushes_at;
        fresh.facts.problem = problem;
        fresh
    }

    /// Removes the marks of requests that ended with their process.
    #[must_use]
    pub fn unmarked(mut self) -> Self {
        self.facts.busy_until = None;
        if let Stage::Push(push) = &mut self.stage {
            push.polling_until = None;
        }
        self
    }

    /// Whether a crash must not undo the change from `before` to this: more has changed than the marks of requests in
    /// progress and the times of polls.
    pub fn is_a_step_from(&self, before: &Self) -> bool {
        self.facts.serial != before.facts.serial || !self.facts.hosted.is_same(&before.facts.hosted)
    }

    /// Where it stands, as its pages say it: it is known by this tab.
    pub fn form_ref(&self, tab: Tab) -> FormReference {
        let serial = self.facts.serial;
        FormReference { tab, serial }
    }

    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.facts.expires
    }

    /// Whether another request is talking to Okta for it.
    pub fn is_busy(&self, now: Timestamp) -> bool {
        self.busy_until(now).is_some()
    }

    /// Until when a request has claimed it; `None` when none has.
    pub fn busy_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.facts.busy_until.filter(|until| now < *until)
    }

    /// Whether a customer is really signing in with it: something was proved or sent, or Okta is being asked. An
    /// attempt that is not under way costs a stranger nothing: an open form, a name without a proof, a browser that
    /// left for Okta's hosted page.
    pub fn is_under_way(&self) -> bool {
        self.facts.busy_until.is_some() || self.stage.is_under_way()
    }

    /// When it ended or will end: when nothing was left to do, or else when its time is over.
    pub fn ends_at(&self) -> Timestamp {
        if self.stage.is_over() {
            self.facts.changed.min(self.facts.expires)
        } else {
            self.facts.expires
        }
    }

    /// Discards everything that could still be proved or claimed; keeps the destination.
    pub fn close(&mut self, now: Timestamp) {
        self.stage = Stage::Finished { session: None };
        self.facts.hosted = Hosted::Untaken;
        self.facts.busy_until = None;
        self.facts.serial = self.facts.serial.saturating_add(1);
        self.facts.changed = now;
    }

    /// The remainder when the attempt moves to another visit: its destination, and the new visit for the press that
    /// moved it.
    #[must_use]
    pub fn left_behind(mut self, to: Option<MaskedId>, now: Timestamp) -> Self {
        self.close(now);
        self.stage = Stage::Moved { to };
        (self.facts.login, self.facts.remember) = (None, false);
        self.facts.accepted.clear();
        self.facts.problem = None;
        self
    }

    /// From now on, no press gets a result from here.
    pub fn forget_masked_id(&mut self) {
        match &mut self.stage {
            Stage::Finished { session: masked_id } | Stage::Moved { to: masked_id } => *masked_id = None,
            _ => {}
        }
    }

    /// Whether it holds Okta's tokens, waiting to be claimed.
    pub fn has_tokens(&self) -> bool {
        matches!(self.stage, Stage::Approved { .. })
    }

    /// The unclaimed tokens from Okta, for the caller that discards the attempt.
    pub fn into_tokens(self) -> Option<Tokens> {
        match self.stage {
            Stage::Approved { tokens } => Some(self.facts.hosted.tokens(tokens)),
            _ => None,
        }
    }

    /// The masked id that the press which ended the attempt can unmask again.
    pub fn masked_id(&self) -> Option<&MaskedId> {
        match &self.stage {
            Stage::Finished { session: masked_id } | Stage::Moved { to: masked_id } => masked_id.as_ref(),
            _ => None,
        }
    }
}
