//! Signing in on Okta's hosted page: the redirect there, and the response that the browser brings back.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use okta_direct_auth::{
    Action, Authorization, AuthorizationAnswer, AuthorizationRequest, BrowserUrl, Error, ErrorKind, HostedPending,
    Prompt, TokenSet,
};

use super::okta_call::Outage;
use super::settings::HostedWay;
use super::sign_in::claim::Claimed;
use super::sign_in::okta_answers::{LIMIT_WAIT, SHORT_WAIT};
use super::sign_in::pressed_page::OldPage;
use super::{AuditAct, Flow, FlowError, OpenedForm, Outcome, Visitor};
use crate::domain::attempt::{Attempt, Event};
use crate::domain::ids::Tab;
use crate::domain::input::Login;
use crate::domain::problem::Problem;
use crate::domain::session::after;
use crate::limits::{Share, Throttled};

/// What log and audit record call Okta's page where a factor is named.
pub(in crate::flow) const OKTA_PAGE: &str = "okta_page";

/// A URL at Okta, for the browser alone: it contains what must not be logged.
#[derive(Debug)]
pub struct OktaAddress(pub(super) BrowserUrl);

impl OktaAddress {
    /// For the `Location` header.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// The outcome of a request to leave for Okta's hosted page.
#[derive(Debug)]
pub enum Departure {
    /// The browser goes to Okta.
    ToOkta(OktaAddress),
    /// It cannot leave now.
    Stays(Box<Outcome>),
}

/// The attempt that the `state` of this authorization response identifies.
pub fn returned_to(query: &str) -> Option<Tab> {
    AuthorizationAnswer::parse(query).label().and_then(Tab::parse)
}

impl Flow {
    /// Leaves for Okta's hosted page with everything that was asked for. The attempt stays as it is: a customer who
    /// comes back without a result, or by the back button, continues where they were. Leaving a second time cancels the
    /// first redirect.
    pub async fn leave_for_okta(
        &self,
        mut visitor: Visitor,
        tab: Option<Tab>,
        way: &HostedWay,
    ) -> Result<Departure, FlowError> {
        let Outcome {
            tab,
            attempt,
            is_stored,
            ..
        } = self.look(&visitor, tab.as_ref()).await?;
        let form_ref = attempt.form_ref(tab);
        if !is_stored {
            // The response has to find it again.
            visitor.opened = Some(Box::new(OpenedForm { tab, attempt }));
        }
        let work = match self.claim(&visitor, &form_ref, OldPage::LeadsOn, None).await? {
            Claimed::Ours(work) => *work,
            Claimed::Answered(outcome) => return Ok(Departure::Stays(outcome)),
        };
        // Okta is asked only where its authorization endpoint is, and that is usually cached.
        let request = request(&work.attempt, &work.tab, way);
        let (event, url) = match self.parts.okta.authorize(&request).await {
            Ok(Authorization { url, pending }) => (Event::Left(Box::new(pending)), Some(url)),
            Err(error) => (Event::CameBack(self.problem_of(Outage::Refused(error))), None),
        };
        let outcome = self.commit(&visitor, work, event).await?;
        Ok(match url {
            Some(url) if outcome.attempt.facts.hosted.is_away() => Departure::ToOkta(OktaAddress(url)),
            _ => Departure::Stays(Box::new(outcome)),
        })
    }

    /// Accepts the authorization response, if it answers the request with which this browser left; `None` when it
    /// identifies no attempt of this visit. An unrequested response changes nothing.
    pub async fn back_from_okta(&self, visitor: Visitor, query: &str) -> Result<Option<Outcome>, FlowError> {
        let answer = AuthorizationAnswer::parse(query);
        let Some(tab) = answer.label().and_then(Tab::parse) else {
            return Ok(None);
        };
        let Some(stored) = self.load(&visitor, &tab).await? else {
            return Ok(None);
        };
        let attempt = Arc::unwrap_or_clone(stored.attempt);
        if !attempt.stage.is_won() && attempt.facts.hosted.awaits(&answer).is_none() {
            tracing::warn!("a response from Okta's page does not belong to any request of this browser");
            return Ok(Some(Outcome::new(tab, attempt)));
        }
        let form_ref = attempt.form_ref(tab);
        let work = match self.claim(&visitor, &form_ref, OldPage::LeadsOn, None).await? {
            Claimed::Ours(work) => *work,
            Claimed::Answered(outcome) => return Ok(Some(*outcome)),
        };
        let Some(pending) = work.attempt.facts.hosted.awaits(&answer).cloned() else {
            return self.abandon(&visitor, work).await.map(Some);
        };
        let event = match self.redeem(&visitor, pending, &answer).await {
            Ok(tokens) => Event::Proven {
                login: login(&tokens),
                tokens: Box::new(tokens),
            },
            Err(problem) => Event::CameBack(problem),
        };
        self.commit(&visitor, work, event).await.map(Some)
    }

    async fn redeem(
        &self,
        visitor: &Visitor,
        pending: HostedPending,
        answer: &AuthorizationAnswer,
    ) -> Result<TokenSet, Problem> {
        let device = visitor.device();
        let finish = pending.finish(&self.parts.okta, answer, &device);
        let tokens = if answer.has_code() {
            let admitted = self.parts.limits.check_address(visitor.address).await;
            admitted.map_err(|throttled| self.problem_of_limit(throttled))?;
            self.call(Share::SignIn, finish).await
        } else {
            // Okta is not called, so the breaker learns nothing from it.
            Box::pin(finish).await.map_err(Outage::Refused)
        };
        let tokens = tokens.map_err(|outage| self.problem_of(outage))?;
        let okta_request_id = tokens.request_id.as_deref();
        self.parts.observer.came_back("accepted");
        tracing::info!(
            factor = OKTA_PAGE,
            okta_request_id,
            "Okta accepted a sign-in on its own page"
        );
        self.audit_page(AuditAct::FactorAccepted, "accepted", okta_request_id);
        Ok(tokens)
    }

    fn audit_page(&self, act: AuditAct, result: &'static str, okta_request_id: Option<&str>) {
        self.audit(act, |event| {
            event.factor = Some(OKTA_PAGE.to_owned());
            event.outcome = Some(result);
            event.okta_request_id = okta_request_id.map(str::to_owned);
        });
    }

    fn problem_of_limit(&self, throttled: Throttled) -> Problem {
        tracing::warn!(scope = throttled.scope, "a return from Okta's page was rate-limited");
        self.parts.observer.throttled(throttled.scope);
        self.parts.observer.came_back("held_back");
        self.audit_page(AuditAct::FactorRefused, "held_back", None);
        Problem::Wait {
            until: after(self.now(), throttled.wait),
            by_okta: false,
        }
    }

    /// The problem to show to the customer; what only an operator can fix is logged.
    fn problem_of(&self, outage: Outage<Error>) -> Problem {
        let until = |wait| after(self.now(), wait);
        let mut okta_request_id = None;
        let (result, problem) = match outage {
            Outage::Full => ("unavailable", unavailable(until(SHORT_WAIT))),
            Outage::HeldBack(held_back) => ("unavailable", unavailable(until(held_back.wait))),
            Outage::Refused(error) => {
                log(&error);
                okta_request_id = error.request_id().map(str::to_owned);
                by_kind(&error, until)
            }
        };
        self.parts.observer.came_back(result);
        self.audit_page(AuditAct::FactorRefused, result, okta_request_id.as_deref());
        problem
    }
}

fn request(attempt: &Attempt, tab: &Tab, way: &HostedWay) -> AuthorizationRequest {
    let facts = &attempt.facts;
    let parameters = facts.parameters.get();
    AuthorizationRequest {
        redirect_uri: way.callback.clone(),
        label: Some(tab.as_str().to_owned()),
        login_hint: facts.login.as_ref().map(|login| login.as_str().to_owned()),
        acr_values: parameters.acr_values.clone(),
        max_age: parameters.max_age,
        // Only a new proof steps up a session (SEC-207), not the one behind the browser's session at Okta.
        prompt: parameters.raises.as_ref().map(|_| Prompt::Login),
    }
}

/// Okta decides who signed in, whatever name was given here before: limits are lifted, and the browser becomes known,
/// for that account alone.
fn login(tokens: &TokenSet) -> Option<Login> {
    let name = tokens.claims.preferred_username.as_deref()?;
    Login::parse(name).ok()
}

/// The label for the metric, and the problem to show to the customer.
fn by_kind(error: &Error, until: impl Fn(Duration) -> Timestamp) -> (&'static str, Problem) {
    let until = |usual| until(error.retry_after().unwrap_or(usual));
    match error.kind() {
        ErrorKind::RateLimited => {
            let until = until(LIMIT_WAIT);
            let by_okta = true;
            ("okta_limited", Problem::Wait { until, by_okta })
        }
        ErrorKind::Unavailable => ("unavailable", unavailable(until(SHORT_WAIT))),
        ErrorKind::Denied | ErrorKind::FlowExpired | ErrorKind::FlowMixedUp => ("refused", Problem::HostedFailed),
        ErrorKind::NotAssigned => ("refused", Problem::NotAssigned),
        ErrorKind::PolicyDenied | ErrorKind::NetworkZoneDenied | ErrorKind::AcrUnmet => {
            ("refused", Problem::PolicyRefused)
        }
        ErrorKind::Nonsense | ErrorKind::InvalidToken => ("nonsense", Problem::Nonsense),
        // Everything else, including kinds of a later library, is for the operator.
        _ => ("misconfigured", Problem::Misconfigured),
    }
}

fn unavailable(until: Timestamp) -> Problem {
    Problem::Unavailable {
        until,
        uncertain: false,
    }
}

fn log(error: &Error) {
    let (okta_request_id, kind) = (error.request_id().unwrap_or(""), error.kind().as_str());
    if error.action() == Action::Operator {
        tracing::error!(
            kind,
            okta_request_id,
            error = error as &dyn StdError,
            "Okta refuses sign-ins of this service on its own page"
        );
    } else {
        tracing::warn!(
            kind,
            okta_request_id,
            error = error as &dyn StdError,
            "a browser came back from Okta's page without being signed in"
        );
    }
}
