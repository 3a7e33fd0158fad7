//! The summary of what went wrong: first in `main`, announced, focused, linked to the fields.

use maud::{Markup, html};

use crate::Chrome;
use crate::copy::Linked;

/// What went wrong, in words.
#[derive(Debug)]
pub(crate) struct Problem {
    heading: &'static str,
    /// The field that the heading itself leads to.
    field: Option<&'static str>,
    text: Markup,
    fields: Vec<(&'static str, &'static str)>,
    has_support_code: bool,
}

impl Problem {
    pub(crate) fn new(heading: &'static str, text: impl maud::Render) -> Self {
        let text = html! { p { (text) } };
        Self {
            heading,
            field: None,
            text,
            fields: Vec::new(),
            has_support_code: false,
        }
    }

    /// One field, whose error is the heading.
    pub(crate) fn at(field: &'static str, heading: &'static str) -> Self {
        Self {
            heading,
            field: Some(field),
            text: html! {},
            fields: Vec::new(),
            has_support_code: false,
        }
    }

    /// Several fields, each with its error.
    pub(crate) fn list(heading: &'static str, fields: Vec<(&'static str, &'static str)>) -> Self {
        Self {
            heading,
            field: None,
            text: html! {},
            fields,
            has_support_code: false,
        }
    }

    pub(crate) fn wait(chrome: &Chrome<'_>, seconds: u32) -> Self {
        let words = &chrome.words.problem;
        Self::new(words.wait, (words.wait_text)(seconds.into()))
    }

    pub(crate) fn closed(chrome: &Chrome<'_>) -> Self {
        let words = &chrome.words.problem;
        Self::new(words.closed, words.closed_text)
    }

    pub(crate) fn not_answering(chrome: &Chrome<'_>, retry_seconds: Option<u32>) -> Self {
        let words = &chrome.words.problem;
        let text = (words.not_answering_text)(retry_seconds.map(Into::into));
        Self {
            has_support_code: true,
            ..Self::new(words.not_answering, text)
        }
    }

    /// The summary. Its alert is an inner element, so that the announcement and the moved focus do not race.
    pub(crate) fn summary(&self, chrome: &Chrome<'_>) -> Markup {
        html! {
            div.summary data-enhance="focus-summary" role="group" tabindex="-1" aria-labelledby="problem" {
                div role="alert" {
                    h2.summary-title #problem {
                        @match self.field {
                            Some(field) => a href={ "#" (field) } { (self.heading) },
                            None => (self.heading),
                        }
                    }
                    (self.text)
                    @if !self.fields.is_empty() {
                        ul.summary-list {
                            @for (field, error) in &self.fields {
                                li { a href={ "#" (field) } { (error) } }
                            }
                        }
                    }
                    @if self.has_support_code { (support_code(chrome)) }
                }
            }
        }
    }
}

/// What to quote when asking for help.
pub(crate) fn support_code(chrome: &Chrome<'_>) -> Markup {
    html! {
        @if let Some(code) = chrome.support_code {
            p.support { (chrome.words.shared.support_code) " " (self::code(code)) }
        }
    }
}

/// The code itself, in one piece wherever it is shown.
pub(crate) fn code(code: &str) -> Markup {
    html! { span.support-code translate="no" { (code) } }
}

/// Information that is not a problem.
pub(crate) fn notice(heading: &str, text: &str) -> Markup {
    html! {
        div.notice role="status" {
            p.notice-title { (heading) }
            @if !text.is_empty() { p { (text) } }
        }
    }
}

/// A sentence with a link in it; the same sentence without the link if there is no address.
pub(crate) fn linked(sentence: Linked, url: Option<&str>) -> Markup {
    let Linked(before, link, after) = sentence;
    html! {
        (before)
        @match url {
            Some(url) => a href=(url) { (link) },
            None => (link),
        }
        (after)
    }
}
