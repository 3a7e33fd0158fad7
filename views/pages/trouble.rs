//! Every page that reports a failure: what happened, what is kept, what to do.

mod ask;
mod loop_cause;

use maud::{Markup, html};

use crate::copy::TroubleText;
use crate::parts::layout::{self, Layout};
use crate::parts::problem::support_code;
use crate::{Chrome, paths};
use ask::{ask, ask_quoting, fault, set_new_one};

pub use loop_cause::LoopCause;

/// A page of its own for a failure that no form can show. `web` chooses the HTTP status.
#[derive(Clone, Copy, Debug)]
pub struct TroublePage<'a> {
    /// The frame. Set its `support_code`.
    pub chrome: &'a Chrome<'a>,
    /// What happened.
    pub trouble: Trouble,
    /// Where the customer was going, by name or host.
    pub destination: Option<&'a str>,
    /// Where "Try again" leads: an address that GET can open. The sign-in form if none.
    pub retry_url: Option<&'a str>,
    /// Whether Okta's hosted page can do what these pages cannot.
    pub is_hosted_offered: bool,
}

/// What happened. Durations in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Okta wants a new password first.
    PasswordExpired,
    /// The customer has no factor enrolled.
    NotEnrolled,
    /// Okta's policy refuses this customer here.
    NotAllowed,
    /// The portal refuses this customer there; the customer may not be signed in at all.
    NoAccess,
    /// Okta, or our own store, is slow, rate-limits us or is down.
    NotAnswering {
        /// When to try again, if known.
        retry_seconds: Option<u32>,
    },
    /// Too many tries, with no form to show.
    Wait {
        /// Until the next try counts.
        seconds: u32,
    },
    /// The attempt expired or has been finished already.
    AttemptGone,
    /// Another tab or a double click is still at work on this attempt.
    Busy,
    /// A form that did not come from our pages.
    Refused,
    /// A request that cannot be read.
    Unreadable,
    /// There is no page at this address.
    NotFound,
    /// Okta's hosted page sent the browser back without a result.
    HostedFailed,
    /// Signed in, but the portal sends the browser back here again and again.
    RedirectLoop(LoopCause),
    /// The browser sends several live sessions in cookies of this name, so none counts.
    SeveralSessions(&'static str),
    /// The browser sends larger headers than are read: nearly always because of cookies.
    TooManyCookies,
    /// The portal, to which we pass requests on, does not answer.
    PortalAway,
    /// The operator has closed sign-ins for a while.
    Closed,
    /// Our own fault.
    Fault,
}

/// Renders the page.
pub fn trouble(page: &TroublePage<'_>) -> Markup {
    let chrome = page.chrome;
    let content = page.content();
    let is_error = !matches!(page.trouble, Trouble::AttemptGone | Trouble::Closed);
    let layout = Layout {
        chrome,
        title: &content.heading,
        is_error,
        scripts: &[],
        is_wide: false,
    };
    layout.page(&html! {
        (layout::heading(&content.heading, ""))
        div.prose {
            p { (content.text) }
            @if let Some(place) = page.destination.filter(|_| page.keeps_destination()) {
                p { ((chrome.words.trouble.still_going)(place)) }
            }
            @if is_helped_by_okta(page) { p { (chrome.words.trouble.hosted_way) } }
            @if content.asks { p { (ask(chrome)) } }
        }
        div.others { (page.buttons()) }
        @if chrome.signer.is_some() { (layout::signer(chrome)) }
        @if !content.quotes_code { (support_code(chrome)) }
    })
}

/// Whether Okta's hosted page may do what could not be done here.
fn is_helped_by_okta(page: &TroublePage<'_>) -> bool {
    let may_help = matches!(
        page.trouble,
        Trouble::PasswordExpired | Trouble::NotEnrolled | Trouble::NotAllowed
    );
    page.is_hosted_offered && may_help
}

/// The content of a trouble page.
struct TroubleContent {
    heading: String,
    text: Markup,
    /// Whether a sentence of its own says whom to ask.
    asks: bool,
    /// Whether the text contains the support code.
    quotes_code: bool,
}

impl TroubleContent {
    fn new(heading: impl Into<String>, text: impl maud::Render) -> Self {
        Self {
            heading: heading.into(),
            text: html! { (text) },
            asks: false,
            quotes_code: false,
        }
    }

    fn text(text: TroubleText) -> Self {
        Self::new(text.heading, text.text)
    }

    fn quoting(self) -> Self {
        Self {
            quotes_code: true,
            ..self
        }
    }

    fn asking(self) -> Self {
        Self { asks: true, ..self }
    }
}

impl TroublePage<'_> {
    fn content(&self) -> TroubleContent {
        let chrome = self.chrome;
        let words = &chrome.words.trouble;
        let problems = &chrome.words.problem;
        match self.trouble {
            Trouble::PasswordExpired => TroubleContent::new(words.password_expired, set_new_one(chrome)),
            Trouble::NotEnrolled => TroubleContent::text(words.not_enrolled).asking(),
            Trouble::NotAllowed => {
                TroubleContent::new((words.not_allowed)(chrome.portal), ask_quoting(chrome)).quoting()
            }
            Trouble::NoAccess => TroubleContent::text(words.no_access).asking(),
            Trouble::NotAnswering { retry_seconds } => TroubleContent::new(
                problems.not_answering,
                (words.not_answering_text)(retry_seconds.map(Into::into)),
            ),
            Trouble::Wait { seconds } => TroubleContent::new(problems.wait, (words.wait_text)(seconds.into())),
            Trouble::AttemptGone => TroubleContent::new(words.attempt_gone.heading, self.attempt_gone_text()),
            Trouble::Busy => TroubleContent::text(words.busy),
            Trouble::Refused => TroubleContent::text(words.refused),
            Trouble::Unreadable => TroubleContent::text(words.unreadable),
            Trouble::NotFound => TroubleContent::text(words.not_found),
            Trouble::HostedFailed => TroubleContent::text(words.hosted_failed).asking(),
            Trouble::RedirectLoop(round_trip) => {
                TroubleContent::new(words.redirect_loop, (words.going_round_text)(chrome.portal, round_trip)).asking()
            }
            Trouble::SeveralSessions(cookie) => {
                TroubleContent::new(words.several_sessions, (words.several_sessions_text)(cookie)).asking()
            }
            Trouble::TooManyCookies => TroubleContent::text(words.too_many_cookies).asking(),
            Trouble::PortalAway => {
                TroubleContent::new((words.portal_away)(chrome.portal), words.portal_away_text).asking()
            }
            Trouble::Closed => TroubleContent::text(words.closed).asking(),
            Trouble::Fault => TroubleContent::new(words.fault, fault(chrome)).quoting(),
        }
    }

    fn attempt_gone_text(&self) -> String {
        let words = &self.chrome.words.trouble;
        match self.destination {
            Some(place) => format!("{} {}", words.attempt_gone.text, (words.attempt_gone_to)(place)),
            None => words.attempt_gone.text.to_owned(),
        }
    }

    /// Whether trying again leads on to the customer's destination, and the text does not say so yet.
    fn keeps_destination(&self) -> bool {
        matches!(
            self.trouble,
            Trouble::NotAnswering { .. }
                | Trouble::Wait { .. }
                | Trouble::HostedFailed
                | Trouble::Closed
                | Trouble::Fault
        )
    }

    /// The buttons: the likeliest first, always at least one.
    fn buttons(&self) -> Markup {
        let chrome = self.chrome;
        let words = chrome.words;
        let links = &chrome.brand.links;
        let sign_in = chrome.path(paths::SIGN_IN);
        let retry = self.retry_url.unwrap_or(&sign_in);
        match self.trouble {
            Trouble::PasswordExpired => self.help_buttons(links.reset_password, words.trouble.set_password),
            Trouble::NotEnrolled => self.help_buttons(links.manage_factors, words.trouble.not_enrolled_link),
            Trouble::NotAllowed => self.help_buttons(None, ""),
            Trouble::NoAccess => {
                let account = chrome.path(paths::ACCOUNT);
                html! { a.button href=(account) { (words.account.manage) } }
            }
            Trouble::AttemptGone | Trouble::Refused | Trouble::NotFound => {
                html! { a.button href=(sign_in) { (words.shared.back_to_sign_in) } }
            }
            Trouble::PortalAway | Trouble::Closed => html! {
                a.button href=(retry) { (words.shared.try_again) }
            },
            Trouble::SeveralSessions(_) => html! {
                a.button href=(retry) { (words.shared.back_to_sign_in) }
            },
            Trouble::NotAnswering { .. }
            | Trouble::Wait { .. }
            | Trouble::Busy
            | Trouble::Unreadable
            | Trouble::HostedFailed
            | Trouble::RedirectLoop(_)
            | Trouble::TooManyCookies
            | Trouble::Fault => html! {
                a.button href=(retry) { (words.shared.try_again) }
                @if self.retry_url.is_some() {
                    a.button.button-quiet href=(sign_in) { (words.shared.back_to_sign_in) }
                }
            },
        }
    }

    /// Buttons for Okta's hosted page if it is offered, for the operator's page if there is one, and for the way back.
    fn help_buttons(&self, url: Option<&str>, label: &str) -> Markup {
        let (chrome, is_helped) = (self.chrome, is_helped_by_okta(self));
        html! {
            @if is_helped {
                a.button href=(chrome.step(paths::HOSTED)) { (chrome.words.sign_in.hosted) }
            }
            @if let Some(url) = url { a.button.button-quiet[is_helped] href=(url) { (label) } }
            a.button.button-quiet[is_helped || url.is_some()] href=(chrome.path(paths::SIGN_IN)) {
                (chrome.words.shared.back_to_sign_in)
            }
        }
    }
}
