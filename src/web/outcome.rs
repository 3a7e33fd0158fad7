//! The outcome of a request, in one word for the access log. The words are part of its contract with operators.

use actix_web::HttpResponse;

use crate::domain::problem::Problem;
use crate::flow::Outcome;

pub(super) const SIGNED_IN: &str = "signed_in";
pub(super) const SIGNED_OUT: &str = "signed_out";
pub(super) const SESSIONS_ENDED: &str = "sessions_ended";
pub(super) const PROOF_TOO_OLD: &str = "proof_too_old";
pub(super) const SIGN_INS_CLOSED: &str = "sign_ins_closed";
pub(super) const EXTENDED: &str = "extended";
pub(super) const TO_OKTA: &str = "to_okta";
pub(super) const NEXT_STEP: &str = "next_step";
pub(super) const STILL_WAITING: &str = "still_waiting";
pub(super) const SENT_AGAIN: &str = "sent_again";
pub(super) const RESTARTED: &str = "restarted";
pub(super) const BAD_INPUT: &str = "bad_input";
pub(super) const OLD_PAGE: &str = "old_page";
pub(super) const COOKIE_NOT_KEPT: &str = "cookie_not_kept";
pub(super) const PANIC: &str = "panic";

#[derive(Debug, Clone, Copy)]
struct Noted(&'static str);

/// Adds the outcome of the request to its line. The text is the program's own, never the client's.
pub(super) fn note_outcome(answer: &mut HttpResponse, outcome: &'static str) {
    answer.extensions_mut().insert(Noted(outcome));
}

/// The outcome that was added to this answer.
pub(super) fn noted_outcome<B>(answer: &HttpResponse<B>) -> Option<&'static str> {
    answer.extensions().get::<Noted>().map(|noted| noted.0)
}

/// The word for an outcome that did not sign in.
pub(super) fn of(outcome: &Outcome) -> &'static str {
    if outcome.bad_input.is_some() {
        return BAD_INPUT;
    }
    outcome.attempt.facts.problem.map_or(NEXT_STEP, name)
}

fn name(problem: Problem) -> &'static str {
    match problem {
        Problem::WrongCredentials => "wrong_credentials",
        Problem::WrongCode { .. } => "wrong_code",
        Problem::TooManyCodes => "too_many_codes",
        Problem::CodeExpired => "code_expired",
        Problem::PushDeclined => "push_declined",
        Problem::PushExpired => "push_expired",
        Problem::PasskeyRefused => "passkey_refused",
        Problem::NotSetUp(_) => "not_set_up",
        Problem::NumberMissing => "number_missing",
        Problem::NotDelivered(_) => "not_delivered",
        Problem::Wait { by_okta: false, .. } => "throttled",
        Problem::Wait { by_okta: true, .. } => "okta_limited",
        Problem::Closed => "closed",
        Problem::PasswordExpired => "password_expired",
        Problem::NothingSetUp => "nothing_set_up",
        Problem::PolicyRefused => "policy_refused",
        Problem::NotAssigned => "not_assigned",
        Problem::Untellable => "untellable",
        Problem::HostedFailed => "hosted_failed",
        Problem::SomebodyElse => "somebody_else",
        Problem::Unavailable { .. } => "unavailable",
        Problem::Nonsense => "nonsense",
        Problem::Misconfigured => "misconfigured",
        Problem::StartAgain | Problem::Forgotten => "start_again",
        Problem::OpenTooLong => OLD_PAGE,
        Problem::CookieNotKept => COOKIE_NOT_KEPT,
    }
}
