//! Maps a problem to a status and to the message on each page.

use std::time::Duration;

use actix_web::http::StatusCode;
use jiff::Timestamp;
use portico_views::{
    CodeProblem, FactorProblem, FieldProblem, PasskeyProblem, PushState, SignInNotice, SignInProblem, Trouble,
};

use crate::domain::input::BadInput;
use crate::domain::problem::Problem;
use crate::domain::session::until;

/// The status of the answer to a post that was not successful.
pub(in crate::web) fn status(problem: Problem) -> StatusCode {
    match problem {
        Problem::WrongCredentials
        | Problem::WrongCode { .. }
        | Problem::TooManyCodes
        | Problem::CodeExpired
        | Problem::PushDeclined
        | Problem::PushExpired
        | Problem::PasskeyRefused
        | Problem::NotSetUp(_)
        | Problem::NumberMissing
        | Problem::PasswordExpired
        | Problem::NothingSetUp
        | Problem::PolicyRefused
        | Problem::NotAssigned
        | Problem::Untellable
        | Problem::HostedFailed
        | Problem::SomebodyElse
        | Problem::StartAgain
        | Problem::Forgotten
        | Problem::OpenTooLong
        | Problem::CookieNotKept => StatusCode::FORBIDDEN,
        Problem::Wait { by_okta: false, .. } | Problem::Closed => StatusCode::TOO_MANY_REQUESTS,
        Problem::Wait { by_okta: true, .. }
        | Problem::NotDelivered(_)
        | Problem::Unavailable { .. }
        | Problem::Nonsense
        | Problem::Misconfigured => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// `Retry-After` in seconds where no wait helps: by then an operator may have removed the block.
const CLOSED_S: u32 = 86_400;

/// Whole seconds for `Retry-After`.
pub(in crate::web) fn retry_after(problem: Problem, now: Timestamp) -> Option<u32> {
    match problem {
        Problem::Wait { until, .. } | Problem::Unavailable { until, .. } => Some(seconds_until(now, until).max(1)),
        Problem::Closed => Some(CLOSED_S),
        _ => None,
    }
}

/// Whole seconds, rounded up: a page that says 1 must not mean 0.
pub(in crate::web) fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis().div_ceil(1000)).unwrap_or(u32::MAX)
}

fn seconds_until(now: Timestamp, moment: Timestamp) -> u32 {
    seconds(until(now, moment))
}

/// The problems that replace the whole page.
pub(in crate::web) fn trouble(problem: Problem) -> Option<Trouble> {
    match problem {
        Problem::PasswordExpired => Some(Trouble::PasswordExpired),
        Problem::NothingSetUp => Some(Trouble::NotEnrolled),
        Problem::PolicyRefused | Problem::NotAssigned | Problem::Untellable => Some(Trouble::NotAllowed),
        Problem::HostedFailed => Some(Trouble::HostedFailed),
        Problem::WrongCredentials
        | Problem::WrongCode { .. }
        | Problem::TooManyCodes
        | Problem::CodeExpired
        | Problem::PushDeclined
        | Problem::PushExpired
        | Problem::PasskeyRefused
        | Problem::NotSetUp(_)
        | Problem::NumberMissing
        | Problem::SomebodyElse
        | Problem::NotDelivered(_)
        | Problem::Wait { .. }
        | Problem::Closed
        | Problem::Unavailable { .. }
        | Problem::Nonsense
        | Problem::Misconfigured
        | Problem::StartAgain
        | Problem::Forgotten
        | Problem::OpenTooLong
        | Problem::CookieNotKept => None,
    }
}

/// Waits and outages look the same on every page.
enum Common {
    Wait(u32),
    NotAnswering(Option<u32>),
    Other,
}

fn common(problem: Problem, now: Timestamp) -> Common {
    match problem {
        // A wait that is over is no longer a problem, but the reloaded page still says what it was for.
        Problem::Wait { until, .. } => Common::Wait(seconds_until(now, until)),
        Problem::Unavailable { until, .. } => Common::NotAnswering(Some(seconds_until(now, until))),
        Problem::Nonsense | Problem::Misconfigured => Common::NotAnswering(None),
        _ => Common::Other,
    }
}

pub(in crate::web) fn on_sign_in(problem: Problem, now: Timestamp) -> Option<SignInProblem> {
    match (common(problem, now), problem) {
        (Common::Wait(seconds), _) => Some(SignInProblem::Wait { seconds }),
        (Common::NotAnswering(retry_seconds), _) => Some(SignInProblem::NotAnswering { retry_seconds }),
        (Common::Other, Problem::WrongCredentials) => Some(SignInProblem::Mismatch),
        (Common::Other, Problem::OpenTooLong) => Some(SignInProblem::OpenTooLong),
        (Common::Other, Problem::CookieNotKept) => Some(SignInProblem::CookieNotKept),
        (Common::Other, Problem::Closed) => Some(SignInProblem::Closed),
        (Common::Other, _) => None,
    }
}

/// The notice above a fresh form, when the form itself was not wrong.
pub(in crate::web) fn sign_in_notice(
    problem: Option<Problem>,
    is_raise: bool,
    destination: Option<&str>,
) -> Option<SignInNotice<'_>> {
    match problem {
        Some(Problem::StartAgain | Problem::TooManyCodes) => Some(SignInNotice::StartedAgain { destination }),
        Some(Problem::Forgotten) => Some(SignInNotice::StartedAgain { destination: None }),
        Some(Problem::SomebodyElse) => Some(SignInNotice::SomebodyElse),
        Some(_) => None,
        None => is_raise.then_some(SignInNotice::MoreNeeded),
    }
}

pub(in crate::web) fn on_factor(problem: Problem, now: Timestamp) -> Option<FactorProblem> {
    match (common(problem, now), problem) {
        (Common::Wait(seconds), _) => Some(FactorProblem::Wait { seconds }),
        (Common::NotAnswering(retry_seconds), _) => Some(FactorProblem::NotAnswering { retry_seconds }),
        (Common::Other, Problem::NotDelivered(_)) => Some(FactorProblem::NotAnswering { retry_seconds: None }),
        (Common::Other, Problem::NotSetUp(_)) => Some(FactorProblem::NotSetUp),
        (Common::Other, Problem::NumberMissing) => Some(FactorProblem::PushWithoutNumber),
        (Common::Other, Problem::PasskeyRefused) => Some(FactorProblem::PasskeyRefused),
        (Common::Other, Problem::Closed) => Some(FactorProblem::Closed),
        (Common::Other, _) => None,
    }
}

pub(in crate::web) fn on_code(problem: Problem, now: Timestamp) -> Option<CodeProblem> {
    match (common(problem, now), problem) {
        (Common::Wait(seconds), _) => Some(CodeProblem::Wait { seconds }),
        (Common::NotAnswering(retry_seconds), _) => Some(CodeProblem::NotAnswering { retry_seconds }),
        (Common::Other, Problem::NotDelivered(_)) => Some(CodeProblem::NotAnswering { retry_seconds: None }),
        (Common::Other, Problem::WrongCode { left }) => Some(CodeProblem::Wrong { left: Some(left) }),
        (Common::Other, Problem::CodeExpired) => Some(CodeProblem::Expired),
        (Common::Other, Problem::Closed) => Some(CodeProblem::Closed),
        (Common::Other, _) => None,
    }
}

pub(in crate::web) fn on_push(problem: Problem, now: Timestamp) -> Option<PushState<'static>> {
    match common(problem, now) {
        Common::Wait(seconds) => Some(PushState::Wait { seconds }),
        Common::NotAnswering(retry_seconds) => Some(PushState::NotAnswering { retry_seconds }),
        Common::Other => None,
    }
}

pub(in crate::web) fn on_passkey(problem: Problem, now: Timestamp) -> Option<PasskeyProblem> {
    match common(problem, now) {
        Common::Wait(seconds) => Some(PasskeyProblem::Wait { seconds }),
        Common::NotAnswering(retry_seconds) => Some(PasskeyProblem::NotAnswering { retry_seconds }),
        Common::Other => None,
    }
}

pub(in crate::web) fn field(bad_input: BadInput) -> FieldProblem {
    match bad_input {
        BadInput::Empty => FieldProblem::Empty,
        BadInput::TooLong => FieldProblem::TooLong,
    }
}
