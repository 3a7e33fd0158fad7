//! Renders the page of a step.

use jiff::Timestamp;
use maud::Markup;
use portico_views as views;
use portico_views::{
    Chrome, CodePage, CodeProblem, CodeSource, FactorPage, PasskeyPage, PushPage, PushState, Remember, SignInMode,
    SignInNotice, SignInPage, SignInProblem, TroublePage, Way, paths,
};

use super::problems;
use crate::domain::factor::{Factor, Ways};
use crate::domain::input::BadInput;
use crate::domain::problem::Problem;
use crate::domain::step::{PushEnd, PushStep, Resend, Step};
use crate::flow::{Flow, Outcome};

/// What the query of a page says about how to show it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::web) struct View {
    /// Ignore the problem that ended the last try.
    pub(in crate::web) past_problem: bool,
    /// "I have approved it" was pressed, but no approval had arrived.
    pub(in crate::web) is_checked: bool,
    /// Something was sent again.
    pub(in crate::web) is_resent: bool,
    /// The notice above the first form.
    pub(in crate::web) notice: Option<SignInNotice<'static>>,
}

/// Fields of the first form that could not be accepted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::web) struct BadFields {
    pub(in crate::web) username: Option<BadInput>,
    pub(in crate::web) password: Option<BadInput>,
}

impl BadFields {
    /// Whether nothing was typed.
    pub(in crate::web) fn are_empty(self) -> bool {
        let is_empty = |field| matches!(field, None | Some(BadInput::Empty));
        self.username == Some(BadInput::Empty) && is_empty(self.password)
    }
}

/// The data that a page is rendered from.
#[derive(Debug)]
pub(in crate::web) struct Drawing<'a> {
    pub(in crate::web) chrome: Chrome<'a>,
    pub(in crate::web) flow: &'a Flow,
    pub(in crate::web) outcome: &'a Outcome,
    pub(in crate::web) view: View,
    pub(in crate::web) bad_fields: BadFields,
    pub(in crate::web) last_way: Option<Factor>,
    /// The host of the customer's destination.
    pub(in crate::web) destination: &'a str,
    pub(in crate::web) now: Timestamp,
}

impl Drawing<'_> {
    /// The page of the step, or the page of a problem that no form can solve.
    pub(in crate::web) fn page(&self, step: &Step) -> Markup {
        match self.problem().and_then(problems::trouble) {
            Some(trouble) => self.trouble(trouble, step),
            None => self.step(step),
        }
    }

    /// The choice of factors, for a step that can be left.
    pub(in crate::web) fn choices(&self) -> Markup {
        self.factor(&self.outcome.attempt.choices(self.ways()))
    }

    /// The page that is shown instead of the first form while sign-ins are closed.
    pub(in crate::web) fn closed(&self) -> Markup {
        self.trouble(views::Trouble::Closed, &Step::SignIn)
    }

    fn step(&self, step: &Step) -> Markup {
        match step {
            Step::SignIn | Step::Finished => self.sign_in(),
            Step::Approved => self.approved(),
            Step::Choose { ways, .. } => self.factor(ways),
            Step::Code {
                source,
                resend,
                expired,
            } => self.code(*source, *resend, *expired),
            Step::Push(push) => self.push(push),
            Step::Passkey { options } => self.passkey(options),
        }
    }

    fn ways(&self) -> &Ways {
        &self.flow.settings().ways
    }

    fn problem(&self) -> Option<Problem> {
        self.outcome.attempt.facts.problem.filter(|_| !self.view.past_problem)
    }

    fn trouble(&self, trouble: views::Trouble, step: &Step) -> Markup {
        let retry = format!("{}&again=1", self.chrome.step(path_of(step)));
        views::trouble(&TroublePage {
            chrome: &self.chrome,
            trouble,
            destination: Some(self.destination),
            retry_url: Some(&retry),
            is_hosted_offered: self.is_hosted_offered(),
        })
    }

    fn sign_in(&self) -> Markup {
        let ways = self.ways();
        let has_bad_field = self.bad_fields.username.is_some() || self.bad_fields.password.is_some();
        let fields = has_bad_field.then(|| SignInProblem::Fields {
            username: self.bad_fields.username.map(problems::field),
            password: self.bad_fields.password.map(problems::field),
        });
        let passwordless: Vec<_> = ways.without_password().into_iter().map(shown).collect();
        let problem = self.problem();
        views::sign_in(&SignInPage {
            chrome: &self.chrome,
            mode: if ways.password_first() {
                SignInMode::PasswordFirst
            } else {
                SignInMode::NameFirst
            },
            username: self
                .outcome
                .attempt
                .facts
                .login
                .as_ref()
                .map_or("", |login| login.as_str()),
            passwordless: &passwordless,
            remember: self.remember(),
            is_hosted_offered: self.is_hosted_offered(),
            problem: fields.or_else(|| problems::on_sign_in(problem?, self.now)),
            notice: problems::sign_in_notice(
                problem,
                self.outcome.attempt.facts.parameters.get().raises.is_some(),
                Some(self.destination),
            )
            .or(self.view.notice),
        })
    }

    fn is_hosted_offered(&self) -> bool {
        self.flow.settings().hosted.is_some()
    }

    fn remember(&self) -> Option<Remember> {
        let lifetime = self.flow.settings().lifetimes.remembered?;
        Some(Remember {
            is_ticked: self.outcome.attempt.facts.remember,
            seconds: lifetime.absolute.as_secs(),
        })
    }

    fn factor(&self, choices: &[Factor]) -> Markup {
        let rows: Vec<Way<'_>> = choices
            .iter()
            .map(|factor| Way {
                factor: shown(*factor),
                hint: None,
                is_last_used: self.last_way == Some(*factor),
            })
            .collect();
        views::factor(&FactorPage {
            chrome: &self.chrome,
            ways: &rows,
            is_hosted_offered: self.is_hosted_offered(),
            problem: self
                .problem()
                .and_then(|problem| problems::on_factor(problem, self.now)),
        })
    }

    fn code(&self, source: Factor, resend: Option<Resend>, expired: bool) -> Markup {
        let empty = self.outcome.bad_input.map(|bad| match bad {
            BadInput::Empty => CodeProblem::Empty,
            BadInput::TooLong => CodeProblem::Wrong { left: None },
        });
        let problem = empty.or_else(|| problems::on_code(self.problem()?, self.now));
        let source = match source {
            Factor::Sms => CodeSource::Sms { hint: None },
            Factor::Voice => CodeSource::Voice { hint: None },
            Factor::Email => CodeSource::Email { hint: None },
            Factor::Otp | Factor::Push | Factor::Passkey | Factor::Password => CodeSource::Otp,
        };
        views::code(&CodePage {
            chrome: &self.chrome,
            source,
            resend: resend.filter(|resend| resend.allowed).map(button),
            is_resent: self.view.is_resent && problem.is_none(),
            is_another_way_offered: self.has_another_way(),
            problem: problem.or(expired.then_some(CodeProblem::Expired)),
        })
    }

    fn push(&self, push: &PushStep) -> Markup {
        let waiting = || PushState::Waiting {
            number: push.number.as_deref(),
            seconds_left: problems::seconds(push.left),
            seconds_total: problems::seconds(push.total),
            is_checked: self.view.is_checked,
            is_resent: self.view.is_resent,
        };
        let held = self.problem().and_then(|problem| problems::on_push(problem, self.now));
        let state = match (push.over, held) {
            // Requested again too soon: the button shows the wait, and the push on the phone can still be answered.
            (None, Some(PushState::Wait { .. }) | None) => waiting(),
            (_, Some(held)) => held,
            (Some(PushEnd::Declined), None) => PushState::Denied,
            (Some(PushEnd::Expired), None) => PushState::Expired,
        };
        views::push(&PushPage {
            chrome: &self.chrome,
            state,
            resend: Some(push.resend).filter(|resend| resend.allowed).map(button),
            is_another_way_offered: self.has_another_way(),
        })
    }

    fn approved(&self) -> Markup {
        views::push(&PushPage {
            chrome: &self.chrome,
            state: PushState::Approved,
            resend: None,
            is_another_way_offered: false,
        })
    }

    fn passkey(&self, options: &str) -> Markup {
        views::passkey(&PasskeyPage {
            chrome: &self.chrome,
            options,
            is_another_way_offered: self.has_another_way(),
            problem: self
                .problem()
                .and_then(|problem| problems::on_passkey(problem, self.now)),
        })
    }

    fn has_another_way(&self) -> bool {
        self.outcome.attempt.choices(self.ways()).len() > 1
    }
}

fn button(resend: Resend) -> views::Resend {
    views::Resend {
        wait_seconds: problems::seconds(resend.wait),
    }
}

/// The path of the page for a step.
pub(in crate::web) fn path_of(step: &Step) -> &'static str {
    match step {
        Step::SignIn | Step::Finished => paths::SIGN_IN,
        Step::Choose { .. } => paths::FACTOR,
        Step::Code { .. } => paths::CODE,
        // An approved push is claimed by the page that waits for it.
        Step::Push(_) | Step::Approved => paths::PUSH,
        Step::Passkey { .. } => paths::PASSKEY,
    }
}

/// The same factor as the views' own type, since views do not depend on the domain.
pub(in crate::web) fn shown(factor: Factor) -> views::Factor {
    match factor {
        Factor::Password => views::Factor::Password,
        Factor::Otp => views::Factor::Otp,
        Factor::Sms => views::Factor::Sms,
        Factor::Voice => views::Factor::Voice,
        Factor::Email => views::Factor::Email,
        Factor::Push => views::Factor::Push,
        Factor::Passkey => views::Factor::Passkey,
    }
}
