//! Claiming an attempt for one request, so that no other request acts on it meanwhile.

use std::sync::Arc;

use jiff::Timestamp;
use tracing::Span;

use super::claim_guard::Marked;
use super::opened_form::Checked;
use super::pressed_page::{Act, OldPage, PressedPage};
use crate::domain::attempt::{Attempt, Destination, Parameters};
use crate::domain::factor::Factor;
use crate::domain::ids::{FormReference, PressMark, Tab};
use crate::domain::session::after;
use crate::flow::{AuditAct, FirstForm, Flow, FlowError, Outcome, RequestOrigin, Visitor};
use crate::limits::AccountKey;
use crate::session::Stored;

/// An attempt that this request may act on.
#[derive(Debug)]
pub(in crate::flow) struct Work {
    pub(in crate::flow) tab: Tab,
    pub(in crate::flow) attempt: Attempt,
    /// The revision at which the claimed attempt is stored; `None` once this request has changed it.
    pub(in crate::flow) revision: Option<u64>,
    /// What the limits said to its password, if they were asked while it was stored.
    pub(in crate::flow) checked: Checked,
    /// A password or code that Okta has just accepted, whose try still counts as in progress.
    pub(in crate::flow) accepted_try: Option<(AccountKey, Factor)>,
    _marked: Marked,
}

impl Work {
    /// The step that was claimed.
    pub(in crate::flow) fn step(&self) -> FormReference {
        self.attempt.form_ref(self.tab)
    }

    /// The attempt as this request stored it, which saves reading it again: a write finds out if it is outdated.
    pub(in crate::flow) fn stored(&self) -> Option<Stored> {
        self.revision.map(|revision| Stored {
            attempt: Arc::new(self.attempt.clone()),
            revision,
        })
    }
}

/// Whether the attempt could be claimed.
#[derive(Debug)]
pub(in crate::flow) enum Claimed {
    /// This request acts.
    Ours(Box<Work>),
    /// Another request acted, or the page is old: show this outcome.
    Answered(Box<Outcome>),
}

impl Flow {
    /// Claims the attempt. A double submission waits here until the first one is done, and is shown its result.
    pub(in crate::flow) async fn claim(
        &self,
        visitor: &Visitor,
        form_ref: &FormReference,
        old_page: OldPage,
        form: Option<&FirstForm>,
    ) -> Result<Claimed, FlowError> {
        self.claim_and_check(visitor, form_ref, old_page, form, None).await
    }

    /// Claims the attempt and, if its page is posted for the first time, checks the limits for a password of this
    /// account: see [`Work::checked`].
    pub(in crate::flow) async fn claim_and_check(
        &self,
        visitor: &Visitor,
        form_ref: &FormReference,
        old_page: OldPage,
        form: Option<&FirstForm>,
        password_of: Option<&AccountKey>,
    ) -> Result<Claimed, FlowError> {
        self.check_audit()?;
        let page = PressedPage {
            step: *form_ref,
            old_page,
            mark: visitor.press_mark(),
        };
        let tab = form_ref.tab;
        // Nearly always such a page is posted for the first time, and nothing is stored that could be read.
        if visitor
            .opened(&tab)
            .is_some_and(|opened| !opened.is_expired(self.now()))
            && let Some(claimed) = Box::pin(self.claim_opened(visitor, page, form, password_of)).await?
        {
            return Ok(claimed);
        }
        loop {
            let Some(Stored { attempt, revision }) = self.load(visitor, &tab).await? else {
                match Box::pin(self.claim_opened(visitor, page, form, password_of)).await? {
                    Some(claimed) => return Ok(claimed),
                    None => continue,
                }
            };
            let attempt = Arc::unwrap_or_clone(attempt);
            let now = self.now();
            if attempt.is_expired(now) && !attempt.stage.is_over() {
                let attempt = Arc::new(filled(attempt, form));
                let fresh = self.start_over(visitor, &tab, Stored { attempt, revision }).await?;
                return Ok(Claimed::Answered(Box::new(fresh)));
            }
            if let Some(outcome) = Box::pin(self.ended_before(visitor, page, &attempt)).await? {
                return Ok(Claimed::Answered(Box::new(outcome)));
            }
            if attempt.is_busy(now) {
                self.until_changed(visitor, &tab, revision, &attempt).await?;
                continue;
            }
            let unclaimed = attempt.has_tokens().then(|| attempt.clone());
            let mine = match page.act(&attempt, now) {
                Act::IsOld => return Ok(Claimed::Answered(Box::new(Outcome::new(tab, attempt)))),
                Act::StartsAnew => attempt.renewed(None, now, &self.parts.settings.rules),
                Act::Continues => attempt,
            };
            let until = after(now, self.parts.settings.call_limit);
            let mine = claimed(filled(mine, form), page.mark, until);
            // Created before the attempt is stored, so that it covers every panic from then on.
            let marked = Marked::new(self, visitor, tab, until);
            if self.replace(visitor, &tab, revision, mine.clone()).await? {
                self.give_back_unclaimed(unclaimed.into_iter().collect());
                return Ok(self.ours(Work {
                    tab,
                    attempt: mine,
                    revision: Some(revision + 1),
                    checked: None,
                    accepted_try: None,
                    _marked: marked,
                }));
            }
        }
    }

    /// The outcome of an attempt whose last factor was accepted before this press; `None` where the press begins anew,
    /// and while there is more to prove.
    async fn ended_before(
        &self,
        visitor: &Visitor,
        page: PressedPage,
        attempt: &Attempt,
    ) -> Result<Option<Outcome>, FlowError> {
        let tab = page.step.tab;
        let is_over = attempt.stage.is_over();
        if is_over && let Some(again) = self.answer_again(visitor, &tab).await? {
            return Ok(Some(again));
        }
        if page.starts_over() {
            return Ok(None);
        }
        if is_over {
            return self.after_the_end(visitor, page, attempt.clone()).await.map(Some);
        }
        if attempt.has_tokens() {
            let outcome = Outcome::new(tab, attempt.clone());
            return self.complete(visitor, outcome).await.map(Some);
        }
        Ok(None)
    }

    /// A page whose attempt is in no store: its form was opened and not posted yet, or the attempt is unknown. `None`
    /// if another request has stored it meanwhile.
    async fn claim_opened(
        &self,
        visitor: &Visitor,
        page: PressedPage,
        form: Option<&FirstForm>,
        password_of: Option<&AccountKey>,
    ) -> Result<Option<Claimed>, FlowError> {
        let (tab, now) = (page.step.tab, self.now());
        let opened = match visitor.opened(&tab) {
            Some(attempt) => Some(attempt.clone()),
            None => self.pushed_out(visitor, form),
        };
        let Some(attempt) = opened.filter(|attempt| !attempt.is_expired(now)) else {
            let mut fresh = self.start_again(visitor, visitor.opened(&tab));
            fresh.attempt = filled(fresh.attempt, form);
            return Ok(Some(Claimed::Answered(Box::new(fresh))));
        };
        let until = after(now, self.parts.settings.call_limit);
        let mut mine = claimed(filled(attempt, form), page.mark, until);
        mine.facts.network = self.parts.secrets.ids.network(visitor.address);
        // Created before the attempt is stored, so that it covers every panic from then on.
        let marked = Marked::new(self, visitor, tab, until);
        let stored = self.store_opened(visitor, &tab, mine.clone(), password_of).await?;
        Ok(stored.map(|checked| {
            let is_step_up = mine.facts.parameters.get().raises.is_some();
            let claimed = self.ours(Work {
                tab,
                attempt: mine,
                revision: Some(0),
                checked,
                accepted_try: None,
                _marked: marked,
            });
            self.audit(AuditAct::SignInBegun, |event| event.is_step_up = is_step_up);
            claimed
        }))
    }

    /// From here on, the lines of this request say whose attempt it is about.
    fn ours(&self, work: Work) -> Claimed {
        if let Some(user) = self.pseudonym(&work.attempt) {
            Span::current().record("user", user.as_str());
            RequestOrigin::is_about(&user);
        }
        Claimed::Ours(Box::new(work))
    }

    /// What the log calls the user of an attempt.
    pub(in crate::flow) fn pseudonym(&self, attempt: &Attempt) -> Option<String> {
        let login = attempt.facts.login.as_ref()?;
        Some(self.parts.secrets.pseudonyms.of(login.as_str()))
    }

    /// The attempt of a recent first form whose own attempt was evicted: more were begun than are kept, and the
    /// customer who filled this one cannot know that.
    fn pushed_out(&self, visitor: &Visitor, form: Option<&FirstForm>) -> Option<Attempt> {
        let made = visitor.posted.as_ref()?.made;
        (form.is_some() && self.is_new_page(made)).then(|| {
            let destination = Destination(self.destination(visitor.bound_for()).as_str().to_owned());
            Attempt::new(
                destination,
                Parameters::default(),
                self.now(),
                &self.parts.settings.rules,
            )
        })
    }

    /// A button of a finished sign-in, and not the press that finished it. What was typed into the page was meant for
    /// that sign-in: it continues with this browser's session only if that is the same customer's.
    async fn after_the_end(
        &self,
        visitor: &Visitor,
        page: PressedPage,
        mut attempt: Attempt,
    ) -> Result<Outcome, FlowError> {
        let goes_on = page.old_page != OldPage::WasFilled || self.is_signed_in_as(visitor, &attempt).await?;
        if goes_on {
            return Ok(Outcome::new(page.step.tab, attempt));
        }
        attempt.facts.login = None;
        Ok(self.start_again(visitor, Some(&attempt)))
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

    /// Waits until the attempt changes, or the claim on it runs out.
    pub(in crate::flow) async fn until_changed(
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

/// The attempt, marked for the request that acts on it.
fn claimed(mut attempt: Attempt, press: Option<PressMark>, until: Timestamp) -> Attempt {
    (attempt.facts.busy_until, attempt.facts.pressed) = (Some(until), press);
    attempt
}

/// The attempt with the typed values, which an old page must not lose (SEC-105).
fn filled(mut attempt: Attempt, form: Option<&FirstForm>) -> Attempt {
    if let Some(form) = form {
        attempt.facts.login = Some(form.login.clone());
        attempt.facts.remember = form.remember;
    }
    attempt
}
