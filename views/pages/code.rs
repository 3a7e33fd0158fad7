//! Entering a code.

use maud::{Markup, html};

use crate::copy::CodeWords;
use crate::parts::field::Field;
use crate::parts::layout::{self, Layout};
use crate::parts::problem::Problem;
use crate::parts::resend::ResendWords;
use crate::{Chrome, Resend, Script, paths};

/// The form for a code. Posts `code` to [`crate::paths::CODE`].
#[derive(Clone, Copy, Debug)]
pub struct CodePage<'a> {
    /// The frame.
    pub chrome: &'a Chrome<'a>,
    /// Where the code comes from.
    pub source: CodeSource<'a>,
    /// "Send a new code"; none for an authenticator app or when the cap is reached.
    pub resend: Option<Resend>,
    /// Whether a new code has just been sent.
    pub is_resent: bool,
    /// Whether to offer another factor.
    pub is_another_way_offered: bool,
    /// Why the form came back.
    pub problem: Option<CodeProblem>,
}

/// Where the code comes from. Hints are masked by the server: "••• 42".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeSource<'a> {
    /// An authenticator app.
    Otp,
    /// A text message.
    Sms {
        /// The end of the number.
        hint: Option<&'a str>,
    },
    /// A call.
    Voice {
        /// The end of the number.
        hint: Option<&'a str>,
    },
    /// An email.
    Email {
        /// The masked address.
        hint: Option<&'a str>,
    },
}

/// Why the form came back. Durations in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeProblem {
    /// Nothing was typed.
    Empty,
    /// The code was wrong.
    Wrong {
        /// Tries that are left; shown when they are two or fewer.
        left: Option<u8>,
    },
    /// The code has expired.
    Expired,
    /// Too many tries, or a new code too soon.
    Wait {
        /// Until the next try counts.
        seconds: u32,
    },
    /// So many wrong tries that waiting does not help.
    Closed,
    /// The form's tokens or its attempt have expired.
    OpenTooLong,
    /// Okta is slow, rate-limits us or is down.
    NotAnswering {
        /// When to try again, if known.
        retry_seconds: Option<u32>,
    },
}

/// Renders the page.
pub fn code(page: &CodePage<'_>) -> Markup {
    let chrome = page.chrome;
    let words = &chrome.words.code;
    let layout = Layout {
        chrome,
        title: words.title,
        is_error: page.problem.is_some(),
        scripts: &[Script::Countdown, Script::FocusSummary],
        is_wide: false,
    };
    layout.page(&html! {
        @if let Some(problem) = page.problem { (page.shown(problem).summary(chrome)) }
        (layout::heading(words.title, &page.source.lead(words)))
        @if page.is_resent && page.problem.is_none() { p.notice role="status" { (words.resent) } }
        form.form method="post" action=(chrome.path(paths::CODE)) novalidate data-enhance="submit-once" {
            (layout::step_fields(chrome))
            (field(page))
            button.button type="submit" { (chrome.words.shared.continue_) }
        }
        div.others {
            @if let Some(resend) = page.resend { (resend.form(chrome, paths::CODE_RESEND, ResendWords {
                ready: words.resend,
                resting: words.resend_wait,
                hint: &(words.resend_hint)(resend.wait_seconds.into()),
                is_main: false,
            })) }
            (layout::another_way(chrome, page.is_another_way_offered, false))
        }
        (layout::signer(chrome))
    })
}

/// One field, never one per digit: pasting, password managers and screen readers need it whole. Emailed codes may
/// hold letters, so they get the full keyboard.
fn field(page: &CodePage<'_>) -> Markup {
    let words = page.chrome.words;
    let is_email = matches!(page.source, CodeSource::Email { .. });
    let error = page.problem.and_then(|problem| match problem {
        CodeProblem::Empty => Some(words.problem.code_empty),
        CodeProblem::Wrong { .. } => Some(words.problem.code_wrong),
        CodeProblem::Expired => Some(words.problem.code_expired),
        CodeProblem::Wait { .. }
        | CodeProblem::Closed
        | CodeProblem::OpenTooLong
        | CodeProblem::NotAnswering { .. } => None,
    });
    let field = Field {
        name: "code",
        label: words.code.label,
        error,
        is_doubted: false,
    };
    field.around(|ties| {
        html! {
            input.input.input-code #code type="text" name="code" autocomplete="one-time-code" dir="ltr"
                inputmode=[(!is_email).then_some("numeric")] autocapitalize=[is_email.then_some("off")]
                autocorrect="off" spellcheck="false" autofocus[page.problem.is_none()]
                aria-describedby=[&ties.described_by] aria-invalid=[ties.invalid];
        }
    })
}

impl CodeSource<'_> {
    fn lead(self, words: &CodeWords) -> String {
        match self {
            Self::Otp => words.from_app.to_owned(),
            Self::Sms { hint } => (words.by_sms)(hint),
            Self::Voice { hint } => (words.by_voice)(hint),
            Self::Email { hint } => (words.by_email)(hint),
        }
    }
}

impl CodePage<'_> {
    fn shown(&self, problem: CodeProblem) -> Problem {
        let chrome = self.chrome;
        let words = &chrome.words.problem;
        match problem {
            CodeProblem::Empty => Problem::at("code", words.code_empty),
            CodeProblem::Wrong { left } => Problem::new(words.code_wrong, self.wrong(left)),
            CodeProblem::Expired => Problem::new(words.code_expired, words.code_expired_text),
            CodeProblem::Wait { seconds } => Problem::wait(chrome, seconds),
            CodeProblem::Closed => Problem::closed(chrome),
            CodeProblem::OpenTooLong => Problem::new(words.open_too_long, words.open_too_long_code),
            CodeProblem::NotAnswering { retry_seconds } => Problem::not_answering(chrome, retry_seconds),
        }
    }

    fn wrong(&self, left: Option<u8>) -> String {
        let words = &self.chrome.words.problem;
        let what = if self.source == CodeSource::Otp {
            words.code_wrong_app
        } else {
            words.code_wrong_sent
        };
        let left = left.filter(|left| *left <= 2).map(words.code_left).unwrap_or_default();
        format!("{what}{left}")
    }
}
