//! What happened, what is kept, what to do: every page that stands for a failure.

mod ask;

use maud::{Markup, html};

use crate::copy::TroubleText;
use crate::parts::layout;
use crate::parts::layout::Layout;
use crate::parts::problem::support_code;
use crate::{Chrome, paths};
use ask::{ask, ask_quoting, fault, set_new_one};

/// A page of its own for what no form can show. `web` chooses the status.
#[derive(Clone, Copy, Debug)]
pub struct TroublePage<'a> {
    /// The frame. Set its `support_code`.
    pub chrome: &'a Chrome<'a>,
    /// What happened.
    pub trouble: Trouble,
    /// Where the customer was going, by name or host.
    pub destination: Option<&'a str>,
    /// Where "Try again" leads: an address that GET can open. The sign-in form when none.
    pub retry_url: Option<&'a str>,
    /// Whether the way that Okta hosts can do what these pages cannot.
    pub is_hosted_offered: bool,
}

/// What happened. Durations in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Okta wants a new password first.
    PasswordExpired,
    /// Nothing is set up that could confirm this person.
    NotEnrolled,
    /// Okta's policy refuses this person here.
    NotAllowed,
    /// The portal does not let this person in there, who may not be signed in at all.
    NoAccess,
    /// Okta, or our own store, is slow, limiting or gone.
    NotAnswering {
        /// When to try again, if known.
        retry_seconds: Option<u32>,
    },
    /// Too many tries, with no form to show.
    Wait {
        /// Until the next one counts.
        seconds: u32,
    },
    /// The attempt ran out or was finished elsewhere.
    AttemptGone,
    /// Another tab or a double click is still at work on this attempt.
    Busy,
    /// A form that did not come from our pages.
    Refused,
    /// A request that nobody can read.
    Unreadable,
    /// Nothing stands at this address.
    NotFound,
    /// Okta's own pages led back without a result.
    HostedFailed,
    /// Signed in, but the portal sends the browser back here again and again.
    RedirectLoop(LoopCause),
    /// The browser shows several live sessions in cookies of this name, so none counts.
    SeveralSessions(&'static str),
    /// The browser sends more in its headers than is read: nearly always cookies.
    TooManyCookies,
    /// The portal, to which we hand requests on, does not answer.
    PortalAway,
    /// Our own fault.
    Fault,
}

/// What was seen of a browser that goes round in circles between the portal and the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoopCause {
    /// The portal is on another host, and our cookie does not go there.
    OtherHost,
    /// The portal's proxy does not hand our cookie on.
    CookieLost,
    /// The portal shows the cookie of another session, or of one that is over.
    OtherSession,
    /// The clocks of our machines differ.
    Clock,
}

/// Renders the page.
pub fn trouble(page: &TroublePage<'_>) -> Markup {
    let chrome = page.chrome;
    let content = page.content();
    let is_error = page.trouble != Trouble::AttemptGone;
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
        div.others { (page.ways_on()) }
        @if chrome.signer.is_some() { (layout::signer(chrome)) }
        @if !content.quotes_code { (support_code(chrome)) }
    })
}

/// Whether Okta's own page may do what could not be done here.
fn is_helped_by_okta(page: &TroublePage<'_>) -> bool {
    let is_beyond_us = matches!(
        page.trouble,
        Trouble::PasswordExpired | Trouble::NotEnrolled | Trouble::NotAllowed
    );
    page.is_hosted_offered && is_beyond_us
}

/// What a page of trouble says.
struct TroubleContent {
    heading: String,
    text: Markup,
    /// Whether to name whom to ask in a sentence of its own.
    asks: bool,
    /// Whether the text has the support code in it.
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
            Trouble::AttemptGone => TroubleContent::new(words.attempt_gone.heading, self.gone()),
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
            Trouble::Fault => TroubleContent::new(words.fault, fault(chrome)).quoting(),
        }
    }

    fn gone(&self) -> String {
        let words = &self.chrome.words.trouble;
        match self.destination {
            Some(place) => format!("{} {}", words.attempt_gone.text, (words.attempt_gone_to)(place)),
            None => words.attempt_gone.text.to_owned(),
        }
    }

    /// Whether trying again leads on to where the customer was going, and the text has not said so.
    fn keeps_destination(&self) -> bool {
        matches!(
            self.trouble,
            Trouble::NotAnswering { .. } | Trouble::Wait { .. } | Trouble::HostedFailed | Trouble::Fault
        )
    }

    /// The buttons: the likeliest first, never none.
    fn ways_on(&self) -> Markup {
        let chrome = self.chrome;
        let words = chrome.words;
        let links = &chrome.brand.links;
        let sign_in = chrome.path(paths::SIGN_IN);
        let retry = self.retry_url.unwrap_or(&sign_in);
        match self.trouble {
            Trouble::PasswordExpired => self.beyond_us(links.reset_password, words.trouble.set_password),
            Trouble::NotEnrolled => self.beyond_us(links.manage_factors, words.trouble.not_enrolled_link),
            Trouble::NotAllowed => self.beyond_us(None, ""),
            Trouble::NoAccess => {
                let account = chrome.path(paths::ACCOUNT);
                html! { a.button href=(account) { (words.account.manage) } }
            }
            Trouble::AttemptGone | Trouble::Refused | Trouble::NotFound => {
                html! { a.button href=(sign_in) { (words.shared.back_to_sign_in) } }
            }
            Trouble::PortalAway => html! {
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

    /// Okta's page where it is offered, the operator's if there is one, and the way back.
    fn beyond_us(&self, url: Option<&str>, label: &str) -> Markup {
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
