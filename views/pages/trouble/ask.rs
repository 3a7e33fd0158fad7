//! Sentences that say where to go or whom to ask.

use maud::{Markup, html};

use crate::Chrome;
use crate::copy::Linked;
use crate::parts::problem;

pub(super) fn set_new_one(chrome: &Chrome<'_>) -> Markup {
    let words = &chrome.words.trouble;
    html! {
        @match chrome.brand.links.reset_password {
            Some(url) => (problem::linked(words.password_expired_link, Some(url))),
            None => { (words.password_expired_text) " " (ask(chrome)) }
        }
    }
}

pub(super) fn ask(chrome: &Chrome<'_>) -> Markup {
    let Linked(before, _, after) = chrome.words.trouble.ask;
    html! { (before) (contact(chrome)) (after) }
}

pub(super) fn ask_quoting(chrome: &Chrome<'_>) -> Markup {
    let Linked(before, between, after) = chrome.words.trouble.ask_quote;
    html! {
        (before) (contact(chrome))
        @if let Some(code) = chrome.support_code { (between) (problem::code(code)) }
        (after)
    }
}

pub(super) fn fault(chrome: &Chrome<'_>) -> Markup {
    let text = (chrome.words.trouble.fault_text)(chrome.support_code);
    let parts = chrome
        .support_code
        .and_then(|code| Some((text.split_once(code)?, code)));
    html! {
        @match parts {
            Some(((before, after), code)) => { (before) (problem::code(code)) (after) },
            None => (text),
        }
        (contact(chrome)) "."
    }
}

fn contact(chrome: &Chrome<'_>) -> Markup {
    html! {
        @match chrome.brand.contact {
            Some(contact) => @match contact.url {
                Some(url) => a href=(url) { (contact.name) },
                None => (contact.name),
            },
            None => (chrome.words.trouble.ask_nobody),
        }
    }
}
