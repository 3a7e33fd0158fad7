//! What is said of a form that came back.

use maud::{Markup, html};

use super::page::{FieldProblem, SignInPage, SignInProblem};
use crate::Chrome;
use crate::parts::problem::{Problem, linked};

/// One of the two fields.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Username,
    Password,
}

impl SignInPage<'_> {
    /// What is wrong with the field.
    pub(super) fn error_at(&self, side: Side) -> Option<&'static str> {
        let Some(SignInProblem::Fields { username, password }) = self.problem else {
            return None;
        };
        let words = &self.chrome.words.problem;
        match side {
            Side::Username => username.map(|problem| match problem {
                FieldProblem::Empty => words.username_empty,
                FieldProblem::TooLong => words.username_long,
            }),
            Side::Password => password.map(|problem| match problem {
                FieldProblem::Empty => words.password_empty,
                FieldProblem::TooLong => words.password_long,
            }),
        }
    }

    fn both_heading(&self) -> &'static str {
        const BOTH_EMPTY: Option<SignInProblem> = Some(SignInProblem::Fields {
            username: Some(FieldProblem::Empty),
            password: Some(FieldProblem::Empty),
        });
        let words = &self.chrome.words.problem;
        if self.problem == BOTH_EMPTY {
            words.two_missing
        } else {
            words.two_wrong
        }
    }

    fn fields_problem(&self) -> Problem {
        let words = &self.chrome.words.problem;
        match (self.error_at(Side::Username), self.error_at(Side::Password)) {
            (Some(username), Some(password)) => Problem::list(
                self.both_heading(),
                vec![("username", username), ("password", password)],
            ),
            (Some(username), None) => Problem::at("username", username),
            (None, password) => Problem::at("password", password.unwrap_or(words.password_empty)),
        }
    }

    /// What the page says of it.
    pub(super) fn shown(&self, problem: SignInProblem) -> Problem {
        let chrome = self.chrome;
        let words = &chrome.words.problem;
        match problem {
            SignInProblem::Mismatch => Problem::new(words.mismatch, mismatch(chrome)),
            SignInProblem::Fields { .. } => self.fields_problem(),
            SignInProblem::Wait { seconds } => Problem::wait(chrome, seconds),
            SignInProblem::Closed => Problem::closed(chrome),
            SignInProblem::OpenTooLong => Problem::new(words.open_too_long, words.open_too_long_text),
            SignInProblem::CookieNotKept => Problem::new(words.cookie_not_kept, words.cookie_not_kept_text),
            SignInProblem::NotAnswering { retry_seconds } => Problem::not_answering(chrome, retry_seconds),
        }
    }
}

/// The offer to reset the password is shown only if there is a link for it.
fn mismatch(chrome: &Chrome<'_>) -> Markup {
    let words = &chrome.words.problem;
    html! {
        (words.mismatch_text)
        @if let Some(url) = chrome.brand.links.reset_password {
            (linked(words.mismatch_reset, Some(url)))
        }
    }
}
