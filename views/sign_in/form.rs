//! The fields of the first page, and what else there is to do under them.

use maud::{Markup, html};

use super::{Side, SignInMode, SignInPage, SignInProblem};
use crate::{
    field::{Field, signer_field},
    paths,
};

pub(super) fn form(page: &SignInPage<'_>) -> Markup {
    let chrome = page.chrome;
    let words = &chrome.words.sign_in;
    let is_name_first = page.mode == SignInMode::NameFirst;
    html! {
        form.form #sign-in method="post" action=(chrome.path(paths::SIGN_IN)) novalidate data-enhance="submit-once" {
            (chrome.tokens())
            @if page.mode == SignInMode::PasswordOnly {
                (signer_field(chrome.signer))
            } @else {
                (username(page))
            }
            @if !is_name_first { (password(page)) }
            button.button type="submit" {
                @if is_name_first { (chrome.words.shared.continue_) } @else { (words.submit) }
            }
            (links(page))
        }
    }
}

fn username(page: &SignInPage<'_>) -> Markup {
    let words = page.chrome.words;
    let field = Field {
        name: "username",
        label: words.sign_in.username,
        error: page.error_at(Side::Username),
        is_doubted: page.problem == Some(SignInProblem::Mismatch),
    };
    field.around(|ties| {
        html! {
            input.input #username type="text" name="username" value=(page.username) dir="auto"
                autocomplete="username webauthn" autocapitalize="none" autocorrect="off" spellcheck="false"
                autofocus[page.username.is_empty() && page.problem.is_none()]
                aria-describedby=[&ties.described_by] aria-invalid=[ties.invalid];
        }
    })
}

fn password(page: &SignInPage<'_>) -> Markup {
    let words = &page.chrome.words.sign_in;
    let is_first = page.username.is_empty() && page.mode == SignInMode::PasswordFirst;
    let field = Field {
        name: "password",
        label: words.password,
        error: page.error_at(Side::Password),
        is_doubted: page.problem == Some(SignInProblem::Mismatch),
    };
    field.around(|ties| {
        html! {
            div.secret {
                input.input #password type="password" name="password" autocomplete="current-password"
                    autofocus[!is_first && page.problem.is_none()] data-enhance="caps-lock"
                    aria-describedby=[&ties.described_by] aria-invalid=[ties.invalid];
                button.reveal type="button" hidden aria-controls="password" aria-label=(words.show_label)
                    data-enhance="reveal-password" data-show=(words.show) data-hide=(words.hide)
                    data-show-label=(words.show_label) data-hide-label=(words.hide_label)
                    data-shown=(words.shown) data-hidden=(words.hidden) { (words.show) }
            }
            p.hint #caps-lock role="status" data-text=(words.caps_lock) {}
            p.unseen #password-state role="status" {}
        }
    })
}

/// What else there is to do. The first is a button of the same form, so that the name goes along without script.
fn links(page: &SignInPage<'_>) -> Markup {
    let chrome = page.chrome;
    let words = &chrome.words.sign_in;
    html! {
        @if page.is_passwordless_offered || chrome.brand.links.reset_password.is_some() {
            div.links {
                @if page.is_passwordless_offered && page.mode == SignInMode::PasswordFirst {
                    button.link type="submit" formaction=(chrome.path(paths::FACTOR)) formnovalidate {
                        (words.without_password)
                    }
                }
                @if let Some(url) = chrome.brand.links.reset_password {
                    a.link href=(url) { (words.forgot) }
                }
            }
        }
    }
}
