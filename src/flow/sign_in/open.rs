//! Opening the form: with a new attempt, or with the one that this tab already has.

use std::error::Error as StdError;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::Timestamp;

use crate::domain::attempt::{Attempt, Destination, Parameters, Stage};
use crate::domain::ids::{FormReference, Tab, VisitId};
use crate::domain::input::Login;
use crate::domain::problem::Problem;
use crate::domain::session::after;
use crate::flow::{Flow, FlowError, Outcome, Visitor};
use crate::portal::ReturnTo;
use crate::session::secrets::Csrf;
use crate::session::{HashedId, Stored};

/// The parameters in the URL of the form.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// The destination, unchecked.
    pub return_to: Option<String>,
    /// The name to prefill.
    pub login_hint: Option<String>,
    /// The other parameters.
    pub parameters: Parameters,
}

impl Flow {
    /// The destination that `return_to` stands for; the portal's home when it is refused.
    pub fn destination(&self, return_to: Option<&str>) -> ReturnTo {
        let Some(raw) = return_to else {
            return self.parts.destinations.default();
        };
        self.parts.destinations.parse(raw).unwrap_or_else(|refused| {
            tracing::warn!(%refused, "a return_to was refused; the customer goes to the portal's home");
            self.parts.observer.redirect_refused();
            self.parts.destinations.default()
        })
    }

    /// The destination of an attempt, checked again at use.
    pub fn destination_of(&self, attempt: &Attempt) -> ReturnTo {
        let stored = self.parts.destinations.restore(&attempt.facts.destination.0);
        stored.unwrap_or_else(|_| self.parts.destinations.default())
    }

    /// Whether this service issued the visit id, and it is in use or recent.
    pub async fn knows(&self, visit: &VisitId) -> Result<bool, FlowError> {
        let issued = self.parts.secrets.ids.visit_issued(visit);
        Ok(issued.is_some_and(|issued| self.is_new_page(issued)) || self.has_attempts(visit).await?)
    }

    /// Whether the visit has attempts that something was posted to.
    pub async fn has_attempts(&self, visit: &VisitId) -> Result<bool, FlowError> {
        let tabs = self.parts.store.tabs(HashedId::of_visit(visit)).await;
        Ok(!tabs.map_err(FlowError::reading_attempt)?.is_empty())
    }

    /// Whether pages of the visit that were made at that time may act: their form is still valid because it is recent,
    /// or the visit is known.
    pub async fn takes(&self, visit: &VisitId, made: Timestamp) -> Result<bool, FlowError> {
        Ok(self.is_new_page(made) || self.knows(visit).await?)
    }

    /// Whether an untouched form of that time is still valid.
    pub(in crate::flow) fn is_new_page(&self, made: Timestamp) -> bool {
        self.now() < after(made, self.parts.settings.rules.lifetime)
    }

    /// The same, by the unverified time in the page's token.
    pub fn says_it_is_new(&self, token: &str) -> bool {
        Csrf::token_says_made(token).is_some_and(|made| self.is_new_page(made))
    }

    /// Whether the visit has this attempt, or its page does.
    pub async fn has(&self, visitor: &Visitor, tab: &Tab) -> Result<bool, FlowError> {
        Ok(visitor.opened(tab).is_some() || self.load(visitor, tab).await?.is_some())
    }

    /// The visit that has the attempt: the one in which it continues, or else one that it has left.
    pub async fn visit_of<'a>(&self, visits: &'a [VisitId], tab: &Tab) -> Result<Option<&'a VisitId>, FlowError> {
        let mut was = None;
        for visit in visits {
            let stored = self.parts.store.load(HashedId::of_visit(visit), tab).await;
            match stored.map_err(FlowError::reading_attempt)? {
                Some(stored) if matches!(stored.attempt.stage, Stage::Moved { .. }) => {
                    was = was.or(Some(visit));
                }
                Some(_) => return Ok(Some(visit)),
                None => {}
            }
        }
        Ok(was)
    }

    /// Opens the form. Nothing is stored until it is posted.
    pub fn open(&self, ask: Ask) -> Outcome {
        let destination = Destination(self.destination(ask.return_to.as_deref()).as_str().to_owned());
        let rules = &self.parts.settings.rules;
        let mut attempt = Attempt::new(destination, ask.parameters, self.now(), rules);
        attempt.facts.login = ask.login_hint.and_then(|hint| Login::parse(&hint).ok());
        self.opened(attempt)
    }

    /// The newest attempt of the visit, as a form reference to its current step.
    pub async fn newest(&self, visitor: &Visitor) -> Result<FormReference, FlowError> {
        let Outcome { tab, attempt, .. } = self.look(visitor, None).await?;
        Ok(attempt.form_ref(tab))
    }

    /// The attempt that a page belongs to: the one in its URL, or else the newest. An expired or unknown attempt is
    /// replaced by a fresh one; the destination is kept as long as the attempt or the page has it.
    pub async fn look(&self, visitor: &Visitor, tab: Option<&Tab>) -> Result<Outcome, FlowError> {
        let tab = match tab {
            Some(tab) => Some(*tab),
            None => self.tabs(visitor).await?.into_iter().next(),
        };
        let Some(tab) = tab else {
            return Ok(self.start_again(visitor, None));
        };
        match self.load(visitor, &tab).await? {
            Some(stored) if stored.attempt.stage.is_over() || !stored.attempt.is_expired(self.now()) => {
                Ok(Outcome::new(tab, Arc::unwrap_or_clone(stored.attempt)))
            }
            Some(stored) => self.start_over(visitor, &tab, stored).await,
            None => Ok(self.look_at_page(visitor, tab)),
        }
    }

    /// The same for an attempt that is in no store.
    fn look_at_page(&self, visitor: &Visitor, tab: Tab) -> Outcome {
        let now = self.now();
        match visitor.opened(&tab) {
            Some(attempt) if has_time(attempt, now) => Outcome::opened(tab, attempt.clone()),
            // An attempt near its end would expire while the customer types.
            Some(attempt) if !attempt.is_expired(now) => {
                self.opened(attempt.renewed(attempt.facts.problem, now, &self.parts.settings.rules))
            }
            gone => self.start_again(visitor, gone),
        }
    }

    /// Opens a fresh form in place of an expired attempt. Its unclaimed tokens are revoked.
    ///
    /// Boxed: a rare outcome of every handler, too large for all of them to carry.
    pub(in crate::flow) fn start_over<'a>(
        &'a self,
        visitor: &'a Visitor,
        tab: &'a Tab,
        stored: Stored,
    ) -> BoxFuture<'a, Result<Outcome, FlowError>> {
        async move {
            let gone = Arc::clone(&stored.attempt);
            if gone.has_tokens()
                && let Err(error) = Box::pin(self.close_tab(visitor, tab, stored)).await
            {
                tracing::warn!(
                    error = &error as &dyn StdError,
                    "an expired sign-in's tokens will be revoked when it is deleted"
                );
            }
            Ok(self.start_again(visitor, Some(&gone)))
        }
        .boxed()
    }

    /// Opens a fresh form in place of an attempt that is gone.
    pub(in crate::flow) fn start_again(&self, visitor: &Visitor, gone: Option<&Attempt>) -> Outcome {
        let rules = &self.parts.settings.rules;
        let now = self.now();
        if let Some(gone) = gone {
            let problem = match gone.stage {
                Stage::Start => Problem::OpenTooLong,
                _ => Problem::StartAgain,
            };
            return self.opened(gone.renewed(Some(problem), now, rules));
        }
        let bound_for = visitor.bound_for();
        let destination = Destination(self.destination(bound_for).as_str().to_owned());
        let mut attempt = Attempt::new(destination, Parameters::default(), now, rules);
        attempt.facts.problem = Some(match bound_for {
            Some(_) => Problem::StartAgain,
            None => Problem::Forgotten,
        });
        self.opened(attempt)
    }
}

/// Whether at least half of its lifetime is left.
fn has_time(attempt: &Attempt, now: Timestamp) -> bool {
    now.duration_since(attempt.facts.started) < attempt.facts.expires.duration_since(now)
}
