//! The first page, which asks who the customer is.

mod form;
mod page;
mod problem;

use maud::{Markup, html};

use crate::copy::SignInWords;
use crate::parts::layout::{self, Layout};
use crate::parts::problem::notice;
use crate::{Script, paths};

pub use page::{FieldProblem, Remember, SignInMode, SignInNotice, SignInPage, SignInProblem};

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

impl SignInNotice<'_> {
    fn shown(self, words: &SignInWords) -> Markup {
        match self {
            Self::StartedAgain { destination } => notice(words.started_again, &(words.started_again_text)(destination)),
            Self::SessionEnded => notice(words.session_ended, words.session_ended_text),
            Self::MoreNeeded => notice(words.more_needed, words.more_needed_text),
            Self::SomebodyElse => notice(words.somebody_else, words.somebody_else_text),
        }
    }
}
