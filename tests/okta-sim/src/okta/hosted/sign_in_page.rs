//! What the hosted page shows at each step. It works without script.

use maud::{Markup, html};

use crate::{
    account::{Account, Factor},
    browsers::{SignIn, Step},
    okta::hosted::{
        factor,
        page::framed,
        step::{may_begin_without_password, offered},
    },
    policy::Policy,
    reply::Reply,
    state::State,
    transactions::OobTransaction,
};

pub(super) fn show(state: &State, sign_in: &SignIn, policy: Policy, token: &str) -> Reply {
    let account = state.account(&sign_in.login);
    let (title, fields) = match (&sign_in.step, account) {
        (Step::NewPassword, Some(_)) => ("Your password has expired", new_password()),
        (Step::ChooseFactor, Some(account)) => ("Verify it's you", choices(&offered(account, &sign_in.shown))),
        (Step::AppCode, Some(_)) => ("Verify with your authenticator app", app_code()),
        (Step::OutOfBand { oob_code }, Some(_)) => out_of_band(state.oob.get(oob_code)),
        (Step::AddApp, Some(account)) => ("Set up an authenticator app", add_app(account)),
        (Step::Identify, _) | (_, None) => ("Sign in", identify(sign_in, policy)),
    };
    let is_known = sign_in.step != Step::Identify;
    let body = html! {
        p.quiet { "to continue to " (sign_in.asked.client) }
        @if is_known { p { (sign_in.login) } }
        @if let Some(note) = &sign_in.note { p.note role="alert" { (note) } }
        form method="post" action="/signin" {
            input type="hidden" name="state_token" value=(token);
            (fields)
        }
        form method="post" action="/signin" {
            input type="hidden" name="state_token" value=(token);
            @if matches!(sign_in.step, Step::AppCode | Step::OutOfBand { .. }) {
                button name="action" value="back" { "Verify with something else" }
            }
            button name="action" value="cancel" { "Cancel" }
        }
    };
    framed(200, title, &body)
}

fn identify(sign_in: &SignIn, policy: Policy) -> Markup {
    let hint = sign_in.asked.login_hint.as_deref();
    let typed = Some(sign_in.login.as_str()).filter(|login| !login.is_empty());
    html! {
        label for="username" { "Username" }
        input #username name="username" value=[typed.or(hint)] autocomplete="username" autocapitalize="none" required;
        label for="password" { "Password" }
        input #password name="password" type="password" autocomplete="current-password";
        button.main name="action" value="sign-in" { "Sign in" }
        @if may_begin_without_password(policy) {
            button name="action" value="other-way" { "Sign in without a password" }
        }
    }
}

fn new_password() -> Markup {
    html! {
        label for="new-password" { "New password" }
        input #new-password name="new_password" type="password" autocomplete="new-password" required;
        label for="confirm-password" { "Repeat password" }
        input #confirm-password name="confirm_password" type="password" autocomplete="new-password" required;
        button.main name="action" value="new-password" { "Change password" }
    }
}

fn choices(factors: &[Factor]) -> Markup {
    html! {
        input type="hidden" name="action" value="choose";
        @for factor in factors { button name="factor" value=(factor::name(*factor)) { (offer(*factor)) } }
    }
}

const fn offer(factor: Factor) -> &'static str {
    match factor {
        Factor::Otp => "Enter a code from your authenticator app",
        Factor::Push => "Get a push notification from Okta Verify",
        Factor::Sms => "Receive a code by text",
        Factor::Voice => "Receive a code by call",
        Factor::Email => "Receive a code by email",
        Factor::Passkey => "Use a passkey",
    }
}

fn app_code() -> Markup {
    html! { (code_field("otp")) button.main name="action" value="verify" { "Verify" } }
}

fn code_field(name: &str) -> Markup {
    html! {
        label for="code" { "Enter code" }
        input #code name=(name) autocomplete="one-time-code" autocapitalize="characters" required;
    }
}

fn out_of_band(sent: Option<&OobTransaction>) -> (&'static str, Markup) {
    let title = match sent.map(|sent| sent.factor) {
        Some(Factor::Push) => "Verify with Okta Verify",
        Some(Factor::Email) => "Verify with your email",
        _ => "Verify with your phone",
    };
    let prompt = sent.and_then(|sent| sent.prompt.as_ref());
    let number = prompt.and_then(|prompt| prompt.right_number.as_deref());
    let fields = html! {
        @if prompt.is_some() {
            @if let Some(number) = number { p { "On your phone, tap " strong.number-shown { (number) } } }
            @else { p { "A push notification was sent to your phone." } }
            button.main name="action" value="check" { "Check again" }
        } @else {
            p { "A code was sent." }
            (code_field("binding_code"))
            button.main name="action" value="verify" { "Verify" }
        }
    };
    (title, fields)
}

fn add_app(account: &Account) -> Markup {
    html! {
        p { "This application asks for a second factor. Enter this key in your authenticator app:" }
        p { code.key { (account.app_key()) } }
        (code_field("otp"))
        button.main name="action" value="verify" { "Verify" }
    }
}
