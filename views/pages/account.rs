//! The account page: who is signed in, how, and in which other browsers.

use maud::{Markup, html};

use crate::parts::icon::Icon;
use crate::parts::layout::{self, Layout};
use crate::{Chrome, Factor, Moment, paths};

/// The customer's own sessions.
#[derive(Clone, Copy, Debug)]
pub struct AccountPage<'a> {
    /// The frame. Its `signer` is not used.
    pub chrome: &'a Chrome<'a>,
    /// The customer.
    pub person: Person<'a>,
    /// The browser of this session: "Firefox on Windows"; empty if unknown.
    pub device: &'a str,
    /// The factors that they used, in the order of use.
    pub factors: &'a [Factor],
    /// Whether they signed in on Okta's hosted page, which does not say with which factors.
    pub is_hosted: bool,
    /// When they signed in.
    pub since: Moment<'a>,
    /// When this session ends at the latest.
    pub ends: Moment<'a>,
    /// It ends earlier after this many seconds without a visit.
    pub idle_seconds: u64,
    /// The address of the portal, for the main button.
    pub portal_url: Option<&'a str>,
    /// Their other sessions, the last used first; none if they were not looked up.
    pub others: Option<&'a [SessionRow<'a>]>,
    /// What the last button press did.
    pub notice: Option<AccountNotice>,
}

/// The customer who is signed in. What Okta did not give is empty.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// Their name.
    pub name: &'a str,
    /// What they sign in with.
    pub login: &'a str,
}

/// Another session of the same customer.
#[derive(Clone, Copy, Debug)]
pub struct SessionRow<'a> {
    /// What the field `session` posts to [`crate::paths::ACCOUNT_END`]; never the session's own id.
    pub handle: &'a str,
    /// Its browser: "Firefox on Windows"; empty if unknown.
    pub device: &'a str,
    /// When it began.
    pub since: Moment<'a>,
    /// When it was last used.
    pub last_used: Moment<'a>,
}

/// What the last button press did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountNotice {
    /// One session was ended.
    Ended,
    /// All other sessions were ended.
    OthersEnded {
        /// How many.
        count: u32,
    },
    /// The session had ended already.
    AlreadyEnded,
}

/// Renders the page.
pub fn account(page: &AccountPage<'_>) -> Markup {
    let chrome = page.chrome;
    let words = &chrome.words.account;
    let layout = Layout {
        chrome,
        title: words.title,
        is_error: false,
        scripts: &[],
        is_wide: true,
    };
    layout.page(&html! {
        (layout::heading(words.title, page.person.name))
        @if let Some(notice) = page.notice { p.notice role="status" { (notice.text(chrome)) } }
        (facts(page))
        div.others {
            @if let Some(url) = page.portal_url { a.button href=(url) { ((words.to_portal)(chrome.portal)) } }
            a.button.button-quiet href=(chrome.path(paths::SIGN_OUT)) { (words.sign_out) }
        }
        @if let Some(sessions) = page.others { (others(page.chrome, sessions)) }
        (manage(chrome))
    })
}

/// Who is signed in, how and since when, and when this session ends.
fn facts(page: &AccountPage<'_>) -> Markup {
    let words = page.chrome.words;
    let ends = (words.account.ends_text)(&(words.shared.within)(page.ends.seconds), page.idle_seconds);
    html! {
        dl.facts {
            @if !page.person.login.is_empty() {
                div { dt { (words.account.login) } dd { bdi translate="no" { (page.person.login) } } }
            }
            @if !page.factors.is_empty() || page.is_hosted {
                div {
                    dt { (words.account.how) }
                    dd {
                        @if page.factors.is_empty() { (words.account.at_okta) }
                        @for (index, factor) in page.factors.iter().enumerate() {
                            @if index > 0 { ", " }
                            (factor.name(&words.way))
                        }
                    }
                }
            }
            div { dt { (words.account.this_browser) } dd { bdi { (device(page.chrome, page.device)) } } }
            div { dt { (words.account.since) } dd { (page.since.ago(&words.shared)) } }
            div { dt { (words.account.ends) } dd { (page.ends.element(&ends)) } }
        }
    }
}

fn others(chrome: &Chrome<'_>, sessions: &[SessionRow<'_>]) -> Markup {
    let words = &chrome.words.account;
    html! {
        section.section aria-labelledby="others" {
            h2 #others { (words.others) }
            @if sessions.is_empty() {
                p.lead { (words.no_others) }
            } @else {
                ul.sessions {
                    @for (index, row) in sessions.iter().enumerate() { li { (session(chrome, row, index)) } }
                }
                form method="post" action=(chrome.path(paths::ACCOUNT_END_OTHERS)) data-enhance="submit-once" {
                    (chrome.tokens())
                    button.button.button-quiet type="submit" { (words.end_others) }
                }
            }
        }
    }
}

fn session(chrome: &Chrome<'_>, row: &SessionRow<'_>, index: usize) -> Markup {
    let words = chrome.words;
    let device = device(chrome, row.device);
    html! {
        form.session method="post" action=(chrome.path(paths::ACCOUNT_END)) data-enhance="submit-once" {
            (chrome.tokens())
            input type="hidden" name="session" value=(row.handle);
            span.session-icon { (Icon::Device.draw()) }
            span.session-text id={ "session-" (index) } {
                bdi.session-device { (device) }
                span.hint {
                    (words.account.signed_in) " " (row.since.ago(&words.shared)) ", "
                    (words.account.last_used) " " (row.last_used.ago(&words.shared))
                }
            }
            button.button.button-quiet.button-small type="submit" aria-label=((words.account.end_label)(device))
                aria-describedby={ "session-" (index) } { (words.account.end) }
        }
    }
}

fn device<'a>(chrome: &Chrome<'_>, device: &'a str) -> &'a str {
    if device.is_empty() {
        chrome.words.account.unknown_device
    } else {
        device
    }
}

fn manage(chrome: &Chrome<'_>) -> Markup {
    let words = &chrome.words.account;
    let links = &chrome.brand.links;
    html! {
        @if links.change_password.is_some() || links.manage_factors.is_some() {
            nav.section aria-labelledby="manage" {
                h2 #manage { (words.manage) }
                div.links {
                    @if let Some(url) = links.change_password { a.link href=(url) { (words.change_password) } }
                    @if let Some(url) = links.manage_factors { a.link href=(url) { (words.manage_factors) } }
                }
            }
        }
    }
}

impl AccountNotice {
    fn text(self, chrome: &Chrome<'_>) -> String {
        let words = &chrome.words.account;
        match self {
            Self::Ended => words.ended.to_owned(),
            Self::OthersEnded { count } => (words.others_ended)(count),
            Self::AlreadyEnded => words.already_ended.to_owned(),
        }
    }
}
