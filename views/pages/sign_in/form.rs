//! The fields of the first page, and the links under them.

use maud::{Markup, html};

use super::page::{Remember, SignInMode, SignInPage, SignInProblem};
use super::problem::Side;
use crate::parts::field::Field;
use crate::paths;

pub(super) fn form(page: &SignInPage<'_>) -> Markup {
    let chrome = page.chrome;
    let words = &chrome.words.sign_in;
    let is_name_first = page.mode == SignInMode::NameFirst;
    html! {
        form.form #sign-in method="post" action=(chrome.path(paths::SIGN_IN)) novalidate data-enhance="submit-once" {
            (chrome.tokens())
            (username(page))
            @if !is_name_first { (password(page)) }
            @if let Some(remember) = page.remember { (tick(page, remember)) }
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
                    autofocus[!page.username.is_empty() && page.problem.is_none()] data-enhance="caps-lock"
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

/// A plain checkbox and its label, so that it works without script and is read out with its meaning.
fn tick(page: &SignInPage<'_>, remember: Remember) -> Markup {
    let words = &page.chrome.words.sign_in;
    html! {
        div.tick {
            input.tick-box #remember type="checkbox" name="remember" value="on" checked[remember.is_ticked]
                aria-describedby="remember-hint";
            label.tick-label for="remember" { (words.remember) }
            p.hint.tick-hint #remember-hint { ((words.remember_hint)(remember.seconds)) }
        }
    }
}

/// The links. The first is a button of the same form, so that the name is sent along without script.
fn links(page: &SignInPage<'_>) -> Markup {
    let chrome = page.chrome;
    let words = &chrome.words.sign_in;
    let is_passwordless_offered = page.mode == SignInMode::PasswordFirst && !page.passwordless.is_empty();
    let is_script_needed = page.passwordless.iter().all(|way| way.needs_script());
    html! {
        @if is_passwordless_offered || chrome.brand.links.reset_password.is_some() {
            div.links {
                @if is_passwordless_offered {
                    button.link.needs-script[is_script_needed] type="submit" formaction=(chrome.path(paths::FACTOR)) formnovalidate {
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
