//! Turns an outcome into an answer: a page, or a redirect to one.

use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, HeaderValue, LOCATION, RETRY_AFTER, SET_COOKIE};
use actix_web::{HttpResponse, HttpResponseBuilder};
use maud::Markup;
use portico_views::{Tokens, paths};

use super::frame::{Frame, spoken};
use super::problems;
use super::step_pages::{BadFields, Drawing, View, path_of};
use crate::domain::ids::VisitId;
use crate::domain::step::Step;
use crate::flow::{Flow, Outcome, SignedIn, Visitor};
use crate::web::outcome;
use crate::web::outcome::note_outcome;
use crate::web::request_facts::RequestFacts;
use crate::web::site::Site;

/// `Retry-After` while sign-ins are closed, in seconds: nobody knows for how long.
const CLOSED_RETRY_S: u16 = 300;

/// Everything an answer about an attempt needs.
#[derive(Debug)]
pub(in crate::web) struct Reply<'a> {
    pub(in crate::web) site: &'a Site,
    pub(in crate::web) flow: &'a Flow,
    pub(in crate::web) facts: &'a RequestFacts,
    pub(in crate::web) visitor: &'a Visitor,
    /// Whether the browser needs its visit cookie.
    pub(in crate::web) is_new: bool,
    pub(in crate::web) view: View,
    pub(in crate::web) bad_fields: BadFields,
}

impl<'a> Reply<'a> {
    pub(in crate::web) fn new(site: &'a Site, flow: &'a Flow, facts: &'a RequestFacts, visitor: &'a Visitor) -> Self {
        let (view, bad_fields) = (View::default(), BadFields::default());
        Self {
            site,
            flow,
            facts,
            visitor,
            is_new: false,
            view,
            bad_fields,
        }
    }

    /// Answers a post that came from the page at `path`.
    pub(in crate::web) fn posted(&self, outcome: &Outcome, path: &str) -> HttpResponse {
        if let Some(signed_in) = &outcome.signed_in {
            return self.signed_in(signed_in);
        }
        let mut answer = self.not_signed_in(outcome, path);
        note_outcome(&mut answer, outcome::of(outcome));
        answer
    }

    fn not_signed_in(&self, outcome: &Outcome, path: &str) -> HttpResponse {
        let step = self.step(outcome);
        if outcome.bad_input.is_some() {
            return self.page(outcome, &step, StatusCode::UNPROCESSABLE_ENTITY);
        }
        match outcome.attempt.facts.problem {
            Some(problem) if problems::trouble(problem).is_some() || path_of(&step) == path => {
                let mut answer = self.page(outcome, &step, problems::status(problem));
                self.ask_to_wait(outcome, &mut answer);
                answer
            }
            // The chosen factor is not available: the others are offered, and a waiting challenge stays as it is.
            Some(problem) if path == paths::FACTOR && outcome.attempt.stage.origin().is_some() => {
                let markup = self.drawn(outcome, |drawing| drawing.choices());
                let mut answer = self.html(outcome, problems::status(problem), markup.into_string());
                self.ask_to_wait(outcome, &mut answer);
                answer
            }
            _ => self.to_step(outcome, &step, ""),
        }
    }

    /// Answers a browser that was, or might have been, at Okta's hosted page: always with a redirect, so that nothing
    /// of the authorization response stays in the address bar.
    pub(in crate::web) fn returned(&self, outcome: &Outcome) -> HttpResponse {
        if let Some(signed_in) = &outcome.signed_in {
            return self.signed_in(signed_in);
        }
        let mut answer = self.to_step(outcome, &self.step(outcome), "");
        note_outcome(&mut answer, outcome::of(outcome));
        answer
    }

    /// Answers a request for the page at `path`.
    pub(in crate::web) fn shown(&self, outcome: &Outcome, path: &str) -> HttpResponse {
        if let Some(signed_in) = &outcome.signed_in {
            return self.signed_in(signed_in);
        }
        let step = self.step(outcome);
        if path_of(&step) == path {
            return self.page(outcome, &step, StatusCode::OK);
        }
        // "Use another way" is a link: it shows the choice and leaves a waiting challenge as it is.
        if path == paths::FACTOR && outcome.attempt.stage.origin().is_some() {
            let markup = self.drawn(outcome, |drawing| drawing.choices());
            return self.html(outcome, StatusCode::OK, markup.into_string());
        }
        self.to_step(outcome, &step, "")
    }

    /// The page of the step, whatever path was requested. While sign-ins are closed, the first form is not shown.
    pub(in crate::web) fn page(&self, outcome: &Outcome, step: &Step, status: StatusCode) -> HttpResponse {
        if matches!(step, Step::SignIn | Step::Finished) && self.flow.was_closed() {
            return self.closed(outcome);
        }
        if self.is_plain_form(outcome) {
            return self.html(outcome, status, self.plain_form(outcome));
        }
        let markup = self.drawn(outcome, |drawing| drawing.page(step));
        self.html(outcome, status, markup.into_string())
    }

    /// The page that says that sign-ins are closed. It is no failure, but caches and programs must not take it for a form.
    pub(in crate::web) fn closed(&self, outcome: &Outcome) -> HttpResponse {
        let markup = self.drawn(outcome, |drawing| drawing.closed());
        let mut answer = self.html(outcome, StatusCode::SERVICE_UNAVAILABLE, markup.into_string());
        answer.headers_mut().insert(RETRY_AFTER, CLOSED_RETRY_S.into());
        note_outcome(&mut answer, outcome::SIGN_INS_CLOSED);
        answer
    }

    /// Whether this is the form as a visitor sees it of whom nothing is known.
    fn is_plain_form(&self, outcome: &Outcome) -> bool {
        let facts = &outcome.attempt.facts;
        !outcome.is_stored
            && facts.problem.is_none()
            && facts.login.is_none()
            && !facts.remember
            && facts.parameters.get().raises.is_none()
            && self.view == View::default()
            && self.bad_fields == BadFields::default()
    }

    fn plain_form(&self, outcome: &Outcome) -> String {
        let words = spoken(self.facts, outcome);
        let draw = |tokens: Tokens<'_>| self.drawn_with(tokens, outcome, |drawing| drawing.page(&Step::SignIn));
        self.with_tokens(outcome, |tokens| self.site.form_templates.filled(words, tokens, draw))
    }

    /// 303 to the current step of the attempt. `more` is added to the query.
    pub(in crate::web) fn to_step(&self, outcome: &Outcome, step: &Step, more: &str) -> HttpResponse {
        let (path, attempt) = (self.site.path(path_of(step)), self.reference(outcome));
        let mut answer = to(&format!("{path}?{}={attempt}{more}", paths::ATTEMPT));
        self.tell(&mut answer, outcome.moved_to.as_ref());
        answer.finish()
    }

    /// 303 to a URL that was checked or built here.
    pub(in crate::web) fn see_other(&self, address: &str) -> HttpResponse {
        let mut answer = to(address);
        self.tell(&mut answer, None);
        answer.finish()
    }

    /// Removes surplus cookies; first, because one may be set again.
    fn clear(&self, answer: &mut HttpResponseBuilder) {
        for cookie in &self.facts.too_many {
            answer.cookie(cookie.clone());
        }
    }

    /// Gives the browser its new visit cookie. The old visit is kept beside it: pages of other tabs belong to it.
    fn tell(&self, answer: &mut HttpResponseBuilder, moved_to: Option<&VisitId>) {
        self.clear(answer);
        let (cookies, was) = (&self.site.cookies, &self.visitor.visit);
        if let Some(visit) = moved_to.or(self.is_new.then_some(was)) {
            set(answer, cookies.visit(visit));
            set(answer, self.kept(visit));
        }
        if moved_to.is_some() {
            set(answer, self.kept(was));
        }
    }

    fn kept(&self, visit: &VisitId) -> Option<HeaderValue> {
        let label = self.flow.secrets().ids.visit_label(visit);
        let keep_for = self.flow.settings().rules.lifetime;
        self.site.cookies.kept_visit(&label, visit, keep_for)
    }

    pub(in crate::web) fn step(&self, outcome: &Outcome) -> Step {
        let settings = self.flow.settings();
        outcome.attempt.step(&settings.ways, &settings.rules, self.flow.now())
    }

    fn signed_in(&self, signed_in: &SignedIn) -> HttpResponse {
        let mut answer = to(signed_in.destination.as_str());
        self.clear(&mut answer);
        let cookies = &self.site.cookies;
        answer.cookie(cookies.no_visit());
        set(&mut answer, self.kept(&self.visitor.visit));
        answer.cookie(cookies.session(&signed_in.session, signed_in.keep_for));
        if let Some(device) = &signed_in.known_device {
            answer.cookie(cookies.device(device));
        }
        if let Some(factor) = signed_in.last_factor {
            answer.cookie(cookies.way(factor));
        }
        let mut answer = answer.finish();
        note_outcome(&mut answer, outcome::SIGNED_IN);
        answer
    }

    /// The visit in which the attempt continues.
    fn visit<'b>(&'b self, outcome: &'b Outcome) -> &'b VisitId {
        outcome.moved_to.as_ref().unwrap_or(&self.visitor.visit)
    }

    fn reference(&self, outcome: &Outcome) -> String {
        self.flow.attempt_reference(self.visit(outcome), outcome)
    }

    fn with_tokens<T>(&self, outcome: &Outcome, page: impl FnOnce(Tokens<'_>) -> T) -> T {
        page(Tokens {
            csrf: &self
                .flow
                .secrets()
                .csrf
                .visit_token(self.visit(outcome), self.flow.now()),
            attempt: &self.reference(outcome),
            return_to: &outcome.attempt.facts.destination.0,
        })
    }

    fn drawn(&self, outcome: &Outcome, draw: impl FnOnce(Drawing<'_>) -> Markup) -> Markup {
        self.with_tokens(outcome, |tokens| self.drawn_with(tokens, outcome, draw))
    }

    fn drawn_with(&self, tokens: Tokens<'_>, outcome: &Outcome, draw: impl FnOnce(Drawing<'_>) -> Markup) -> Markup {
        let frame = Frame::of_outcome(self.site, self.facts, tokens, outcome);
        let languages = frame.language_links();
        let destination = self.flow.destination_of(&outcome.attempt);
        draw(Drawing {
            chrome: frame.chrome_with(&languages),
            flow: self.flow,
            outcome,
            view: self.view,
            bad_fields: self.bad_fields,
            last_way: self.facts.last_way,
            destination: destination.host(),
            now: self.flow.now(),
        })
    }

    fn html(&self, outcome: &Outcome, status: StatusCode, page: String) -> HttpResponse {
        let mut answer = HttpResponse::build(status);
        answer.insert_header(ContentType::html());
        self.tell(&mut answer, outcome.moved_to.as_ref());
        answer.body(page)
    }

    fn ask_to_wait(&self, outcome: &Outcome, answer: &mut HttpResponse) {
        let seconds = outcome
            .attempt
            .facts
            .problem
            .and_then(|problem| problems::retry_after(problem, self.flow.now()));
        if let Some(seconds) = seconds {
            answer.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
    }
}

fn set(answer: &mut HttpResponseBuilder, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        answer.append_header((SET_COOKIE, cookie));
    }
}

fn to(address: &str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::SeeOther();
    answer.insert_header((LOCATION, address));
    answer
}
