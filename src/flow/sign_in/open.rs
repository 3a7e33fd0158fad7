//! Opening the form: with a new attempt, or with the one that this tab already has.

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

/// What the address of the form asks for.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// Where to go afterwards, unchecked.
    pub return_to: Option<String>,
    /// The name with which the form is filled.
    pub login_hint: Option<String>,
    /// What else is asked for.
    pub parameters: Parameters,
}

impl Flow {
    /// The destination of `return_to`; the portal's home when it is refused.
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

    /// Whether this service created the visit and still knows it.
    pub async fn knows(&self, visit: &VisitId) -> Result<bool, FlowError> {
        let tabs = self.parts.store.tabs(HashedId::of_visit(visit)).await;
        Ok(!tabs.map_err(FlowError::reading_attempt)?.is_empty())
    }

    /// Whether pages of the visit that were made at that time may act: the visit is known, or they are so new that
    /// their attempt may have been pushed out.
    pub async fn takes(&self, visit: &VisitId, made: Timestamp) -> Result<bool, FlowError> {
        Ok(self.is_new_page(made) || self.knows(visit).await?)
    }

    /// Whether an untouched form of that time is still valid.
    pub(in crate::flow) fn is_new_page(&self, made: Timestamp) -> bool {
        self.now() < after(made, self.parts.settings.rules.lifetime)
    }

    /// The same, by the time in the page's token, which is not verified here.
    pub fn says_it_is_new(&self, token: &str) -> bool {
        Csrf::token_says_made(token).is_some_and(|made| self.is_new_page(made))
    }

    /// Whether the visit has this attempt.
    pub async fn has(&self, visitor: &Visitor, tab: &Tab) -> Result<bool, FlowError> {
        Ok(self.load(visitor, tab).await?.is_some())
    }

    /// The visit that holds the attempt: the one in which it continues, or else one that it has left.
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

    /// Opens the form. An untouched attempt of this browser with the same destination and parameters is used again, so
    /// that reloading the page does not push other tabs out.
    pub async fn open(&self, visitor: &Visitor, ask: Ask) -> Result<Outcome, FlowError> {
        let destination = Destination(self.destination(ask.return_to.as_deref()).as_str().to_owned());
        if let Some(outcome) = self.untouched(visitor, &destination, &ask).await? {
            return Ok(outcome);
        }
        let rules = &self.parts.settings.rules;
        let mut attempt = Attempt::new(destination, ask.parameters, self.now(), rules);
        attempt.facts.login = ask.login_hint.and_then(|hint| Login::parse(&hint).ok());
        self.add(visitor, attempt).await
    }

    async fn untouched(&self, visitor: &Visitor, to: &Destination, ask: &Ask) -> Result<Option<Outcome>, FlowError> {
        let now = self.now();
        let hint = ask.login_hint.as_deref().and_then(|hint| Login::parse(hint).ok());
        for tab in self.tabs(visitor).await? {
            let Some(stored) = self.load(visitor, &tab).await? else {
                continue;
            };
            let facts = &stored.attempt.facts;
            let same = facts.destination == *to && *facts.parameters.get() == ask.parameters && facts.login == hint;
            // An attempt whose browser is away at Okta's hosted page may be left for it from one tab alone.
            let is_fresh = matches!(stored.attempt.stage, Stage::Start) && facts.serial == 0 && !facts.hosted.is_away();
            // Near its end, the attempt would expire while the customer types.
            let has_time = now.duration_since(facts.started) < facts.expires.duration_since(now);
            if same && is_fresh && has_time && !stored.attempt.is_busy(now) {
                return Ok(Some(Outcome::new(tab, stored.attempt)));
            }
        }
        Ok(None)
    }

    /// The newest attempt of the visit, as a form reference to its present step.
    pub async fn newest(&self, visitor: &Visitor) -> Result<FormReference, FlowError> {
        let Outcome { tab, attempt, .. } = self.look(visitor, None).await?;
        Ok(FormReference {
            tab,
            serial: attempt.facts.serial,
        })
    }

    /// Adds an attempt to the visit.
    pub(in crate::flow) async fn add(&self, visitor: &Visitor, mut attempt: Attempt) -> Result<Outcome, FlowError> {
        attempt.facts.network = self.parts.secrets.ids.network(visitor.address);
        let tab = self.parts.secrets.ids.new_tab();
        let added = self.parts.store.open(visitor.key(), &tab, attempt.clone()).await;
        self.give_back_unclaimed(added.map_err(FlowError::storing_attempt)?);
        Ok(Outcome::new(tab, attempt))
    }

    /// The attempt that a page belongs to: the one its address names, or else the newest. An expired or unknown attempt
    /// is replaced by a fresh one; the destination is kept as long as the attempt or the page knows it.
    pub async fn look(&self, visitor: &Visitor, tab: Option<&Tab>) -> Result<Outcome, FlowError> {
        let tab = match tab {
            Some(tab) => Some(*tab),
            None => self.tabs(visitor).await?.into_iter().next(),
        };
        let Some(tab) = tab else {
            return self.start_again(visitor, None).await;
        };
        match self.load(visitor, &tab).await? {
            Some(stored) if stored.attempt.stage.is_over() || !stored.attempt.is_expired(self.now()) => {
                Ok(Outcome::new(tab, stored.attempt))
            }
            Some(stored) => self.start_over(visitor, &tab, stored).await,
            None => self.start_again(visitor, None).await,
        }
    }

    /// Opens a fresh attempt in place of an expired one. Tokens of that one which were never claimed are revoked.
    ///
    /// Boxed, like [`start_again`](Self::start_again).
    pub(in crate::flow) fn start_over<'a>(
        &'a self,
        visitor: &'a Visitor,
        tab: &'a Tab,
        stored: Stored,
    ) -> BoxFuture<'a, Result<Outcome, FlowError>> {
        async move {
            let gone = stored.attempt.clone();
            if gone.has_tokens()
                && let Err(error) = Box::pin(self.close_tab(visitor, tab, stored)).await
            {
                tracing::warn!(%error, "the tokens of a sign-in that ran out are given back when it is forgotten");
            }
            self.start_again(visitor, Some(&gone)).await
        }
        .boxed()
    }

    /// Opens a fresh attempt in place of one that is gone.
    ///
    /// Boxed, like the others that refer to this: a rare end of what every handler may do, too large for all of them to
    /// carry.
    pub(in crate::flow) fn start_again<'a>(
        &'a self,
        visitor: &'a Visitor,
        gone: Option<&'a Attempt>,
    ) -> BoxFuture<'a, Result<Outcome, FlowError>> {
        async move {
            let rules = &self.parts.settings.rules;
            let now = self.now();
            let attempt = if let Some(gone) = gone {
                let was_form = matches!(gone.stage, Stage::Start);
                let problem = if was_form {
                    Problem::OpenTooLong
                } else {
                    Problem::StartAgain
                };
                gone.renewed(Some(problem), now, rules)
            } else {
                let bound_for = visitor.bound_for();
                let destination = Destination(self.destination(bound_for).as_str().to_owned());
                let mut attempt = Attempt::new(destination, Parameters::default(), now, rules);
                attempt.facts.problem = Some(match bound_for {
                    Some(_) => Problem::StartAgain,
                    None => Problem::Forgotten,
                });
                attempt.facts.serial = 1;
                attempt
            };
            self.add(visitor, attempt).await
        }
        .boxed()
    }
}
