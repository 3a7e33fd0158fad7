//! The pages of the phones.

use maud::{DOCTYPE, Markup, html};

use crate::{
    account::{Account, AccountState, Factor, Message},
    accounts::{PASSWORD, full_login, rank},
    phone::{PromptView, Screen},
    transactions::PromptState,
    world::World,
};

const OTP_STEP_S: i64 = 30;
/// How many prompts the page shows; older ones are in the JSON.
const SHOWN_PROMPTS: usize = 10;

fn layout(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · okta-sim" }
                link rel="stylesheet" href="/phone/assets/phone.css";
                script type="module" src="/phone/assets/phone.js" {}
            }
            body { (body) }
        }
    }
}

pub(super) fn list(world: &World) -> Markup {
    let mut accounts: Vec<Account> = world.lock().accounts.values().cloned().collect();
    accounts.sort_by(|a, b| rank(&a.login).cmp(&rank(&b.login)).then_with(|| a.login.cmp(&b.login)));
    let body = html! {
        main.list {
            header.head {
                h1 { "Phones" }
                p { "One for each account of the simulated org. The password is " code { (PASSWORD) } " wherever there is one." }
                p.quiet { "Issuer " code { (world.issuer(None)) } }
            }
            ul.people {
                @for account in &accounts {
                    li {
                        a.person href={ "/phone/" (account.login) } {
                            span.avatar aria-hidden="true" { (initials(account)) }
                            span.who {
                                strong { (account.name()) }
                                span { (account.login) }
                                span.quiet { (shows(account)) }
                            }
                        }
                    }
                }
            }
        }
    };
    layout("Phones", &body)
}

pub(super) fn show(world: &World, login: &str) -> Option<Markup> {
    let account = world.lock().account(login).cloned()?;
    let live = live(world, login)?;
    let body = html! {
        main.one {
            nav { a href="/phone" { "All phones" } }
            div.phone {
                header.owner {
                    span.avatar aria-hidden="true" { (initials(&account)) }
                    div {
                        h1 { (account.name()) }
                        p.quiet { (account.login) }
                    }
                }
                p.quiet { (shows(&account)) }
                div #live data-live={ "/phone/" (account.login) } aria-live="polite" { (live) }
                noscript { p.quiet { "Without script this page shows the phone as it was: reload to see more." } }
                (sessions(world, &account))
                section.passkeys {
                    button type="button" hidden data-passkey data-login=(account.login) data-user=(account.id)
                        data-name=(account.name()) data-rp=(world.settings.rp_id) { "Create a passkey in this browser" }
                    p.quiet data-passkey-says role="status" {}
                }
            }
        }
    };
    Some(layout(&account.name(), &body))
}

/// The administrator's buttons that end the account's sessions at the application.
fn sessions(world: &World, account: &Account) -> Markup {
    let state = world.lock();
    let said = state.logouts.get(&account.login);
    html! {
        @if state.universal_logout.is_some() {
            section.sessions {
                form method="post" action={ "/phone/" (account.login) "/end-sessions" } {
                    button name="format" value="email" { "End all sessions (Universal Logout)" }
                    button name="format" value="iss_sub" { "The same, by issuer and subject" }
                }
                p.quiet role="status" {
                    @if let Some((answer, at)) = said { "Answered " (answer) " at " (moment(at)) }
                }
            }
        }
    }
}

/// The part of the page that changes while it is open.
pub(super) fn live(world: &World, login: &str) -> Option<Markup> {
    let screen = Screen::of(world, login)?;
    let left = OTP_STEP_S - world.now_s().rem_euclid(OTP_STEP_S);
    let prompts = || screen.prompts.iter().take(SHOWN_PROMPTS);
    let waiting = prompts().filter(|prompt| prompt.state == PromptState::Pending);
    let is_quiet = screen.otp.is_none()
        && screen.prompts.is_empty()
        && screen.texts.is_empty()
        && screen.calls.is_empty()
        && screen.emails.is_empty();
    Some(html! {
        @for prompt in waiting { (question(&full_login(login), prompt)) }
        @if let Some(otp) = &screen.otp { (authenticator(otp, left, world.clock_is_real())) }
        (messages("Texts", &screen.texts))
        (messages("Calls", &screen.calls))
        (messages("Emails", &screen.emails))
        @let over: Vec<_> = prompts().filter(|prompt| prompt.state != PromptState::Pending).collect();
        @if !over.is_empty() {
            section { h2 { "Answered requests" } @for prompt in over { p.entry { (state_label(prompt.state)) " " (moment(&prompt.at)) } } }
        }
        @if is_quiet { p.empty { "Nothing has arrived yet." } }
    })
}

fn question(login: &str, prompt: &PromptView) -> Markup {
    html! {
        section.prompt {
            h2 { "Did you just try to sign in?" }
            @if prompt.numbers.is_empty() { p { "Okta Verify asks for this account." } }
            @else { p { "Tap the number you see on the sign-in page." } }
            form method="post" action={ "/phone/" (login) "/prompts/" (prompt.id) } {
                @if prompt.numbers.is_empty() {
                    button.main name="answer" value="approve" { "Approve" }
                } @else {
                    div.numbers {
                        @for number in &prompt.numbers { button.number name="number" value=(number) { (number) } }
                    }
                    input type="hidden" name="answer" value="number";
                }
            }
            form method="post" action={ "/phone/" (login) "/prompts/" (prompt.id) } {
                button name="answer" value="deny" { "Deny" }
            }
        }
    }
}

fn authenticator(otp: &str, left: i64, ticks: bool) -> Markup {
    let (first, last) = otp.split_at_checked(3).unwrap_or((otp, ""));
    html! {
        section.otp {
            h2 { "Authenticator" }
            p.code aria-label=(otp) { span { (first) } span { (last) } }
            @if ticks {
                progress max=(OTP_STEP_S) value=(left) data-left=(left) aria-hidden="true" { }
                p.quiet aria-hidden="true" { span data-seconds { (left) } " seconds left" }
            } @else { p.quiet { "The clock stands still until it is moved." } }
        }
    }
}

fn messages(title: &str, messages: &[Message]) -> Markup {
    html! {
        @if !messages.is_empty() {
            section {
                h2 { (title) }
                @for message in messages { div.bubble { p { (message.body) } p.quiet { (moment(&message.at)) } } }
            }
        }
    }
}

const fn state_label(state: PromptState) -> &'static str {
    match state {
        PromptState::Pending => "Waiting since",
        PromptState::Approved => "Approved, asked at",
        PromptState::Denied => "Denied, asked at",
        PromptState::Expired => "Ran out, asked at",
        PromptState::Replaced => "Replaced by a newer one, asked at",
    }
}

/// The time of day of an RFC 3339 timestamp.
fn moment(at: &str) -> &str {
    at.get(11..19).unwrap_or(at)
}

fn initials(account: &Account) -> String {
    [&account.given_name, &account.family_name]
        .iter()
        .filter_map(|name| name.chars().next())
        .collect()
}

fn shows(account: &Account) -> String {
    let mut parts: Vec<&str> = Vec::new();
    parts.extend(account.password.as_ref().map(|_| "password"));
    parts.extend(account.factors.iter().map(|factor| match factor {
        Factor::Otp => "authenticator code",
        Factor::Push if account.number_challenge => "Okta Verify with number",
        Factor::Push => "Okta Verify",
        Factor::Sms => "text",
        Factor::Voice => "call",
        Factor::Email => "email",
        Factor::Passkey => "passkey",
    }));
    let state = match account.state {
        AccountState::Active if account.must_have_second && account.factors.is_empty() => {
            " · a second factor is missing"
        }
        AccountState::Active => "",
        AccountState::Locked => " · locked",
        AccountState::PasswordExpired => " · password expired",
        AccountState::Unassigned => " · not assigned to the application",
        AccountState::Denied => " · refused by policy",
    };
    format!("{}{state}", parts.join(", "))
}
