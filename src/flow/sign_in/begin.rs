//! The first form: a name with its password, or a name alone.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::claim::{Claimed, Work};
use super::first_form::FirstForm;
use super::okta_answers::OktaQuestion;
use super::pressed_page::OldPage;
use super::timing_floor::TimingFloor;
use super::tries::is_wrong;
use crate::domain::attempt::Event;
use crate::domain::factor::Factor;
use crate::domain::ids::FormReference;
use crate::domain::input::Password;
use crate::domain::problem::Refusal;
use crate::domain::session::{after, until};
use crate::flow::{AuditAct, Flow, FlowError, Outcome, Visitor};
use crate::limits::{Share, Throttled};

impl Flow {
    /// Begins with name and password.
    pub async fn begin(
        &self,
        visitor: Visitor,
        form_ref: FormReference,
        form: FirstForm,
        password: Password,
    ) -> Result<Outcome, FlowError> {
        let account = self.account(&visitor, &form.login);
        // Boxed, like each large part of this: the whole is moved several times before it runs.
        let claiming = self.claim_and_check(&visitor, &form_ref, OldPage::StartsOver, Some(&form), Some(&account));
        let mut work = match Box::pin(claiming).await? {
            Claimed::Ours(work) => work,
            Claimed::Answered(outcome) => return Ok(*outcome),
        };
        let (login, limits) = (form.login, &self.parts.limits);
        let checked = match work.checked.take() {
            Some(checked) => checked,
            None => Box::pin(limits.check_sign_in(&account, Factor::Password, visitor.address)).await,
        };
        if let Err(throttled) = checked {
            return self.throttled(&visitor, *work, Factor::Password, throttled).await;
        }
        let began = self.now();
        let context = visitor.context(&work.attempt);
        let password = okta_direct_auth::Password::from(password.into_secret());
        let call = self.parts.okta.password(login.as_str(), &password, &context);
        let answer = self.call(Share::SignIn, call).await;
        let event = self.answered(Factor::Password, OktaQuestion::Answer, answer);
        Box::pin(self.record_try(&visitor, &mut work, &account, Factor::Password, &event)).await;
        self.hold_back(&self.timing_floors.passwords, &event, began).await;
        Box::pin(self.commit(&visitor, *work, event)).await
    }

    /// Begins with a name alone: the way to a sign-in without a password, or the first page where no password comes
    /// first.
    pub async fn name(&self, visitor: Visitor, form_ref: FormReference, form: FirstForm) -> Result<Outcome, FlowError> {
        match self
            .claim(&visitor, &form_ref, OldPage::StartsOver, Some(&form))
            .await?
        {
            Claimed::Ours(work) => self.commit(&visitor, *work, Event::Named(form.login)).await,
            Claimed::Answered(outcome) => Ok(*outcome),
        }
    }

    /// Delays refusals to the timing floor. An acceptance needs no delay: it is no secret to the browser that gets it.
    pub(in crate::flow) async fn hold_back(&self, timing: &TimingFloor, event: &Event, began: jiff::Timestamp) {
        let now = self.now();
        let took = until(began, now);
        match event {
            Event::Accepted { .. } | Event::MoreNeeded { .. } => timing.right(took),
            event if is_wrong(event) => {
                let floor = timing.floor(took, now, self.parts.secrets.ids.random_byte());
                self.parts.clock.sleep_until(after(began, floor)).await;
            }
            // A failed call says nothing about how long answers take; one that the breaker held back took no time at
            // all.
            _ => {}
        }
    }

    /// A limit of this service refused the try: the form is shown again with the wait.
    ///
    /// Boxed, like [`complete`](Self::complete).
    pub(in crate::flow) fn throttled<'a>(
        &'a self,
        visitor: &'a Visitor,
        work: Work,
        factor: Factor,
        throttled: Throttled,
    ) -> BoxFuture<'a, Result<Outcome, FlowError>> {
        async move {
            let wait_s = (!throttled.is_closed()).then_some(throttled.wait.as_secs());
            tracing::warn!(%factor, scope = throttled.scope, wait_s, "a sign-in try was rate-limited");
            self.parts.observer.throttled(throttled.scope);
            self.note_throttled(visitor, &work.attempt.facts, factor, throttled)
                .await;
            self.audit(AuditAct::FactorRefused, |event| {
                event.factor = Some(factor.name().to_owned());
                event.outcome = Some("held_back");
                event.reason = Some(throttled.scope);
            });
            let refusal = if throttled.is_closed() {
                Refusal::Closed
            } else {
                Refusal::HeldBack { wait: throttled.wait }
            };
            self.commit(visitor, work, Event::Refused { factor, refusal }).await
        }
        .boxed()
    }
}
