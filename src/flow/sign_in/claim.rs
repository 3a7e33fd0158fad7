//! Claiming an attempt for one request, so that no other request acts on it meanwhile.

use std::time::Duration;

use super::marked::Marked;
use crate::domain::attempt::{Attempt, Destination, Parameters};
use crate::domain::ids::{FormReference, Tab};
use crate::domain::session::after;
use crate::flow::{FirstForm, Flow, FlowError, Outcome, Visitor};
use crate::session::Stored;

/// Within this time, a second press of a button is a double click; later, the form is used again on purpose.
const DOUBLE_PRESS: Duration = Duration::from_secs(2);

/// An attempt that this request may act on.
#[derive(Debug)]
pub(in crate::flow) struct Work {
    pub(in crate::flow) tab: Tab,
    pub(in crate::flow) attempt: Attempt,
    _marked: Marked,
}

impl Work {
    /// The step that was claimed.
    pub(in crate::flow) fn step(&self) -> FormReference {
        FormReference {
            tab: self.tab,
            serial: self.attempt.facts.serial,
        }
    }
}

/// Whether the attempt could be claimed.
#[derive(Debug)]
pub(in crate::flow) enum Claimed {
    /// This request acts.
    Ours(Box<Work>),
    /// Another request acted, or the page was old: show this outcome.
    Answered(Box<Outcome>),
}

/// What to do with a page whose step is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::flow) enum OldPage {
    /// Show where the attempt stands now.
    LeadsOn,
    /// The same, unless the customer typed into it what belongs to a sign-in that is over: that must never continue as
    /// another person's.
    WasFilled,
    /// The first form, reached by "back": the customer starts over on purpose.
    StartsOver,
}

impl Flow {
    /// Claims the attempt. A double submit waits here until the first one is done, and is shown its result.
    pub(in crate::flow) async fn claim(
        &self,
        visitor: &Visitor,
        form_ref: &FormReference,
        old_page: OldPage,
        form: Option<&FirstForm>,
    ) -> Result<Claimed, FlowError> {
        let starts_over = old_page == OldPage::StartsOver;
        let press = visitor.press_mark();
        loop {
            let Some(stored) = self.load(visitor, &form_ref.tab).await? else {
                return self.claim_unknown(visitor, form).await;
            };
            let now = self.now();
            let Stored { attempt, revision } = stored;
            let is_over = attempt.stage.is_over();
            if attempt.is_expired(now) && !is_over {
                let gone = Stored {
                    attempt: filled(attempt, form),
                    revision,
                };
                let fresh = self.start_over(visitor, &form_ref.tab, gone).await?;
                return Ok(Claimed::Answered(Box::new(fresh)));
            }
            if is_over {
                let again = Box::pin(self.answer_again(visitor, &form_ref.tab)).await?;
                if let Some(outcome) = again {
                    return Ok(Claimed::Answered(Box::new(outcome)));
                }
                if !starts_over {
                    return Box::pin(self.after_the_end(visitor, form_ref, attempt, old_page)).await;
                }
            }
            if attempt.has_tokens() && !starts_over {
                let outcome = self.complete(visitor, form_ref.tab, attempt).await?;
                return Ok(Claimed::Answered(Box::new(outcome)));
            }
            if attempt.is_busy(now) {
                self.until_changed(visitor, &form_ref.tab, revision, &attempt).await?;
                continue;
            }
            let is_old = attempt.facts.serial != form_ref.serial;
            let is_another = press.is_some_and(|press| attempt.facts.pressed != Some(press));
            let is_late = now >= after(attempt.facts.changed, DOUBLE_PRESS);
            // What was typed into a form whose sign-in is over is a sign-in of its own, and so is what a customer
            // corrected in a form while its first press was on its way.
            let is_meant = starts_over && (is_over || attempt.has_tokens() || is_another || is_late);
            // A code that was corrected in this way belongs to the same step.
            let is_mended = old_page == OldPage::WasFilled
                && attempt.facts.serial.checked_sub(1) == Some(form_ref.serial)
                && attempt.stage.awaits_a_code()
                && is_another
                && !is_late;
            if is_old && !is_meant && !is_mended {
                let outcome = Outcome::new(form_ref.tab, attempt);
                return Ok(Claimed::Answered(Box::new(outcome)));
            }
            let unclaimed = attempt.has_tokens().then(|| attempt.clone());
            let mut mine = if is_old && !is_mended || is_over || unclaimed.is_some() {
                attempt.renewed(None, now, &self.parts.settings.rules)
            } else {
                attempt
            };
            let until = after(now, self.parts.settings.call_limit);
            mine.facts.busy_until = Some(until);
            mine.facts.pressed = press;
            mine = filled(mine, form);
            let tab = form_ref.tab;
            // Created before the attempt is stored, so that it covers every panic from then on.
            let marked = Marked::new(self, visitor, tab, until);
            if self.replace(visitor, &form_ref.tab, revision, mine.clone()).await? {
                self.give_back_unclaimed(unclaimed.into_iter().collect());
                return Ok(Claimed::Ours(Box::new(Work {
                    tab,
                    attempt: mine,
                    _marked: marked,
                })));
            }
        }
    }

    /// A page whose attempt is no longer known. A first form that is not too old is accepted all the same: more forms
    /// were opened than are kept, and the customer who filled this one cannot know that.
    async fn claim_unknown(&self, visitor: &Visitor, form: Option<&FirstForm>) -> Result<Claimed, FlowError> {
        let (now, rules) = (self.now(), &self.parts.settings.rules);
        let posted = visitor.posted.as_ref();
        let is_new = posted.is_some_and(|page| self.is_new_page(page.made));
        if form.is_none() || !is_new {
            let mut fresh = self.start_again(visitor, None).await?;
            fresh.attempt = filled(fresh.attempt, form);
            return Ok(Claimed::Answered(Box::new(fresh)));
        }
        let to = self.destination(visitor.bound_for());
        let destination = Destination(to.as_str().to_owned());
        let mut mine = Attempt::new(destination, Parameters::default(), now, rules);
        let until = after(now, self.parts.settings.call_limit);
        mine.facts.busy_until = Some(until);
        mine.facts.pressed = visitor.press_mark();
        let Outcome { tab, attempt, .. } = self.add(visitor, filled(mine, form)).await?;
        let marked = Marked::new(self, visitor, tab, until);
        Ok(Claimed::Ours(Box::new(Work {
            tab,
            attempt,
            _marked: marked,
        })))
    }

    /// A button of a sign-in that is over, and not the press that ended it. What was typed into the page was typed for
    /// that sign-in: it continues with the session of this browser only if that is the same person's.
    async fn after_the_end(
        &self,
        visitor: &Visitor,
        form_ref: &FormReference,
        attempt: Attempt,
        old_page: OldPage,
    ) -> Result<Claimed, FlowError> {
        let goes_on = old_page != OldPage::WasFilled || self.is_signed_in_as(visitor, &attempt).await?;
        Ok(Claimed::Answered(Box::new(if goes_on {
            Outcome::new(form_ref.tab, attempt)
        } else {
            let mut gone = attempt;
            gone.facts.login = None;
            self.start_again(visitor, Some(&gone)).await?
        })))
    }

    async fn is_signed_in_as(&self, visitor: &Visitor, attempt: &Attempt) -> Result<bool, FlowError> {
        let (Some(id), Some(login)) = (&visitor.session, &attempt.facts.login) else {
            return Ok(false);
        };
        let live = self.session(id).await?;
        Ok(live.is_some_and(|live| {
            let theirs = live.session.identity.login();
            theirs.eq_ignore_ascii_case(login.as_str())
        }))
    }

    async fn until_changed(
        &self,
        visitor: &Visitor,
        tab: &Tab,
        revision: u64,
        attempt: &Attempt,
    ) -> Result<(), FlowError> {
        let deadline = attempt.facts.busy_until.unwrap_or(attempt.facts.expires);
        tokio::select! {
            changed = self.parts.store.changed(visitor.key(), tab, revision) => {
                changed.map_err(FlowError::reading_attempt)
            }
            () = self.parts.clock.sleep_until(deadline) => Ok(()),
        }
    }
}

/// The attempt with what was just typed, which an old page must not lose (SEC-105).
fn filled(mut attempt: Attempt, form: Option<&FirstForm>) -> Attempt {
    if let Some(form) = form {
        attempt.facts.login = Some(form.login.clone());
        attempt.facts.remember = form.remember;
    }
    attempt
}
