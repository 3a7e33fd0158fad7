//! Choosing a factor.

use maud::{Markup, html};

use crate::parts::icon::Icon;
use crate::parts::layout::Layout;
use crate::parts::problem::Problem;
use crate::parts::{layout, problem};
use crate::{Chrome, Script, Way, paths};

/// A list of factors. Each is a button that posts `factor` to [`crate::paths::FACTOR`].
#[derive(Clone, Copy, Debug)]
pub struct FactorPage<'a> {
    /// The frame.
    pub chrome: &'a Chrome<'a>,
    /// What can be chosen, in the operator's order; the page puts the last used first.
    pub ways: &'a [Way<'a>],
    /// Whether to link to Okta's hosted page.
    pub is_hosted_offered: bool,
    /// Why the page came back.
    pub problem: Option<FactorProblem>,
}

/// Why the choice failed. Durations in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorProblem {
    /// The post named no factor, or one that is not offered.
    NothingChosen,
    /// The customer has not enrolled this factor at Okta.
    NotSetUp,
    /// A push came without a number although the operator demands one, so it was abandoned.
    PushWithoutNumber,
    /// The passkey's answer was not accepted; it can be tried again from here.
    PasskeyRefused,
    /// Too many tries.
    Wait {
        /// Until the next try counts.
        seconds: u32,
    },
    /// So many wrong tries that waiting does not help.
    Closed,
    /// Okta is slow, rate-limits us or is down.
    NotAnswering {
        /// When to try again, if known.
        retry_seconds: Option<u32>,
    },
}

/// Renders the page.
pub fn factor(page: &FactorPage<'_>) -> Markup {
    let chrome = page.chrome;
    let words = &chrome.words.factor;
    let layout = Layout {
        chrome,
        title: words.title,
        is_error: page.problem.is_some(),
        scripts: &[Script::FocusSummary],
        is_wide: false,
    };
    layout.page(&html! {
        @if let Some(problem) = page.problem { (problem.shown(chrome).summary(chrome)) }
        (layout::heading(words.title, ""))
        @if page.ways.is_empty() { p { (words.none) } } @else { (list(page)) }
        @if page.is_hosted_offered {
            a.button.button-quiet[!page.ways.is_empty()] href=(chrome.step(paths::HOSTED)) { (chrome.words.sign_in.hosted) }
        }
        (layout::signer(chrome))
    })
}

fn list(page: &FactorPage<'_>) -> Markup {
    let chrome = page.chrome;
    let mut ways: Vec<&Way<'_>> = page.ways.iter().collect();
    // The sort is stable, so the operator's order holds for all the others.
    ways.sort_by_key(|way| !way.is_last_used);
    let is_script_needed = ways.iter().all(|way| way.factor.needs_script());
    let hiding = |needs_script: bool| needs_script.then_some("needs-script");
    html! {
        form class=[hiding(is_script_needed)] method="post" action=(chrome.path(paths::FACTOR))
            data-enhance="submit-once" {
            (chrome.tokens())
            ul.ways #ways tabindex="-1" {
                @for way in ways {
                    li class=[hiding(way.factor.needs_script())] { (row(chrome, way)) }
                }
            }
        }
        @if is_script_needed { p.scriptless { (chrome.words.passkey.alone.needs_script) } }
    }
}

fn row(chrome: &Chrome<'_>, way: &Way<'_>) -> Markup {
    let words = &chrome.words.way;
    html! {
        button.way type="submit" name="factor" value=(way.factor.value()) {
            span.way-icon { (way.factor.icon().draw()) }
            span.way-text {
                span.way-name {
                    (way.factor.name(words))
                    @if way.is_last_used { " " span.badge { (words.last_used) } }
                }
                " "
                span.way-hint { (way.hint(words)) }
                @if way.factor.is_risky() { " " span.way-hint { (words.risk) } }
            }
            span.way-go { (Icon::Chevron.draw()) }
        }
    }
}

impl FactorProblem {
    fn shown(self, chrome: &Chrome<'_>) -> Problem {
        let words = &chrome.words.problem;
        match self {
            Self::NothingChosen => Problem::at("ways", words.not_chosen),
            Self::NotSetUp => Problem::new(words.not_set_up, not_set_up(chrome)),
            Self::PushWithoutNumber => Problem::new(words.no_number, words.no_number_text),
            Self::PasskeyRefused => Problem::new(words.passkey_refused, words.passkey_refused_text),
            Self::Wait { seconds } => Problem::wait(chrome, seconds),
            Self::Closed => Problem::closed(chrome),
            Self::NotAnswering { retry_seconds } => Problem::not_answering(chrome, retry_seconds),
        }
    }
}

fn not_set_up(chrome: &Chrome<'_>) -> Markup {
    let words = &chrome.words.problem;
    html! {
        (words.not_set_up_text)
        @if let Some(url) = chrome.brand.links.manage_factors {
            (problem::linked(words.not_set_up_link, Some(url)))
        }
        "."
    }
}
