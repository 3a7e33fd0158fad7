//! The first page, which asks who the customer is.

mod form;

use maud::{Markup, html};

use crate::copy::SignInWords;
use crate::parts::layout::Layout;
use crate::parts::problem::Problem;
use crate::parts::{layout, problem};
use crate::{Chrome, Factor, Script, paths};

/// The form for name and password. Posts `username`, `password` to [`crate::paths::SIGN_IN`].
#[derive(Clone, Copy, Debug)]
pub struct SignInPage<'a> {
    /// The frame.
    pub chrome: &'a Chrome<'a>,
    /// Which fields are shown.
    pub mode: SignInMode,
    /// The name to fill in: typed before, or hinted by the portal. Empty if there is none.
    pub username: &'a str,
    /// The factors that "Sign in without a password" leads to (posts `username` to [`crate::paths::FACTOR`]); no button
    /// if there are none.
    pub passwordless: &'a [Factor],
    /// "Keep me signed in"; none if that is not offered.
    pub remember: Option<Remember>,
    /// Whether to link to Okta's hosted page.
    pub is_hosted_offered: bool,
    /// What went wrong, if this answers a post.
    pub problem: Option<SignInProblem>,
    /// What to know before starting, when nothing went wrong.
    pub notice: Option<SignInNotice<'a>>,
}

/// Which fields the first page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInMode {
    /// Name and password on one form.
    PasswordFirst,
    /// The name alone; the factors come next.
    NameFirst,
}

/// "Keep me signed in".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remember {
    /// Whether it was ticked before.
    pub is_ticked: bool,
    /// For how many seconds at most.
    pub seconds: u64,
}

/// Why the form came back. Durations in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInProblem {
    /// Wrong password, unknown name or locked account: an attacker must see no difference.
    Mismatch,
    /// One or both fields were empty or too long.
    Fields {
        /// What is wrong with the name.
        username: Option<FieldProblem>,
        /// What is wrong with the password.
        password: Option<FieldProblem>,
    },
    /// Too many tries.
    Wait {
        /// Until the next try counts.
        seconds: u32,
    },
    /// So many wrong tries that waiting does not help.
    Closed,
    /// The form's tokens or its attempt have expired.
    OpenTooLong,
    /// The form came without the cookie that was set with it.
    CookieNotKept,
    /// Okta is slow, rate-limits us or is down.
    NotAnswering {
        /// When to try again, if known.
        retry_seconds: Option<u32>,
    },
}

/// What is wrong with one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldProblem {
    /// Nothing was typed.
    Empty,
    /// Longer than is ever accepted.
    TooLong,
}

/// What to know before starting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInNotice<'a> {
    /// The attempt that was open is gone; the destination is kept.
    StartedAgain {
        /// The destination's name or host, for display.
        destination: Option<&'a str>,
    },
    /// The session ended by itself.
    SessionEnded,
    /// The customer is signed in, but the destination requires more.
    MoreNeeded,
    /// The same, and another user has just signed in.
    SomebodyElse,
}

/// Renders the page.
pub fn sign_in(page: &SignInPage<'_>) -> Markup {
    let chrome = page.chrome;
    let words = &chrome.words.sign_in;
    let lead = (chrome.words.shared.to_continue)(chrome.portal);
    let layout = Layout {
        chrome,
        title: words.title,
        is_error: page.problem.is_some(),
        scripts: &[Script::RevealPassword, Script::CapsLock, Script::FocusSummary],
        is_wide: false,
    };
    layout.page(&html! {
        @if let Some(problem) = page.problem { (page.shown(problem).summary(chrome)) }
        (layout::heading(words.title, &lead))
        @if let Some(notice) = page.notice { (notice.shown(words)) }
        (form::form(page))
        @if page.is_hosted_offered {
            a.button.button-quiet href=(chrome.step(paths::HOSTED)) { (words.hosted) }
        }
    })
}

#[derive(Clone, Copy)]
enum Side {
    Username,
    Password,
}

impl SignInPage<'_> {
    fn error_at(&self, side: Side) -> Option<&'static str> {
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

    fn shown(&self, problem: SignInProblem) -> Problem {
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
            (problem::linked(words.mismatch_reset, Some(url)))
        }
    }
}

impl SignInNotice<'_> {
    fn shown(self, words: &SignInWords) -> Markup {
        match self {
            Self::StartedAgain { destination } => {
                problem::notice(words.started_again, &(words.started_again_text)(destination))
            }
            Self::SessionEnded => problem::notice(words.session_ended, words.session_ended_text),
            Self::MoreNeeded => problem::notice(words.more_needed, words.more_needed_text),
            Self::SomebodyElse => problem::notice(words.somebody_else, words.somebody_else_text),
        }
    }
}
