//! Signing in with a passkey.

use maud::{Markup, html};

use crate::parts::icon::Icon;
use crate::parts::layout::{self, Layout};
use crate::parts::problem::Problem;
use crate::{Chrome, Script, paths};

/// The page that relays between the browser and Okta. Posts `authenticator_data`, `client_data`, `signature`,
/// `user_handle` (base64url, the last one possibly empty) to [`crate::paths::PASSKEY`].
#[derive(Clone, Copy, Debug)]
pub struct PasskeyPage<'a> {
    /// The frame.
    pub chrome: &'a Chrome<'a>,
    /// The `publicKey` object as JSON, binary values in base64url, as Okta sent it.
    pub options: &'a str,
    /// Whether to offer another factor.
    pub is_another_way_offered: bool,
    /// Why the form came back.
    pub problem: Option<PasskeyProblem>,
}

/// Why the passkey failed. Durations in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyProblem {
    /// Too many tries.
    Wait {
        /// Until the next try counts.
        seconds: u32,
    },
    /// Okta is slow, rate-limits us or is down.
    NotAnswering {
        /// When to try again, if known.
        retry_seconds: Option<u32>,
    },
}

/// The fields that the script fills in.
const ANSWER: [&str; 4] = ["authenticator_data", "client_data", "signature", "user_handle"];

/// Renders the page.
pub fn passkey(page: &PasskeyPage<'_>) -> Markup {
    let chrome = page.chrome;
    let words = &chrome.words.passkey;
    let layout = Layout {
        chrome,
        title: words.title,
        is_error: page.problem.is_some(),
        scripts: &[Script::Passkey, Script::FocusSummary],
        is_wide: false,
    };
    layout.page(&html! {
        @if let Some(problem) = page.problem { (problem.shown(chrome).summary(chrome)) }
        (layout::heading_centred(words.title, words.lead))
        div.centred { (layout::emblem(Icon::Passkey)) }
        (form(page))
        div.others { (layout::another_way(chrome, page.is_another_way_offered, false)) }
        (layout::signer(chrome))
    })
}

/// The button needs the browser's support, so it stays hidden until the script has found that.
fn form(page: &PasskeyPage<'_>) -> Markup {
    let chrome = page.chrome;
    let words = &chrome.words.passkey;
    let trouble = if page.is_another_way_offered {
        &words.among_others
    } else {
        &words.alone
    };
    html! {
        form.form method="post" action=(chrome.path(paths::PASSKEY)) data-enhance="passkey"
            data-options=(page.options) data-unsupported=(trouble.unsupported) data-asking=(words.asking)
            data-cancelled=(trouble.cancelled) data-failed=(trouble.failed) {
            (chrome.tokens())
            @for name in ANSWER { input type="hidden" name=(name) value=""; }
            button.button type="submit" hidden { (chrome.words.shared.continue_) }
            p.hint.hint-centred role="status" data-state { (trouble.needs_script) }
        }
    }
}

impl PasskeyProblem {
    fn shown(self, chrome: &Chrome<'_>) -> Problem {
        match self {
            Self::Wait { seconds } => Problem::wait(chrome, seconds),
            Self::NotAnswering { retry_seconds } => Problem::not_answering(chrome, retry_seconds),
        }
    }
}
