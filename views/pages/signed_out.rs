//! What the sign-out did.

use maud::{Markup, html};

use crate::parts::icon::Icon;
use crate::parts::layout::{self, Layout};
use crate::{Chrome, paths};

/// The page after a sign-out.
#[derive(Clone, Copy, Debug)]
pub struct SignedOutPage<'a> {
    /// The frame.
    pub chrome: &'a Chrome<'a>,
    /// How the session ended.
    pub ending: Ending,
    /// What became of the tokens at Okta.
    pub revocation: Revocation,
    /// Whether Okta's session in this browser was ended too.
    pub is_okta_session_ended: bool,
    /// How many other sessions of this customer go on; none if it is not known.
    pub others: Option<u32>,
    /// Where "Sign in again" leads; the sign-in form if none.
    pub sign_in_url: Option<&'a str>,
}

/// How the session of this browser ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It was signed out here, or no other reason is known.
    SignedOut,
    /// It was not used for too long.
    Idle,
    /// It reached its maximum lifetime.
    Absolute,
    /// The customer ended it from another browser.
    OtherBrowser,
    /// The customer had too many sessions.
    TooMany,
    /// The operator ended it.
    Operator,
    /// Okta no longer vouches for the customer.
    Okta,
}

/// What became of the tokens at Okta.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// There were none, or nobody was signed in.
    Nothing,
    /// Okta revoked them.
    Done,
    /// Okta has not confirmed yet; the pending revocation is kept and tried again.
    Pending,
}

/// Renders the page.
pub fn signed_out(page: &SignedOutPage<'_>) -> Markup {
    let chrome = page.chrome;
    let words = &chrome.words.signed_out;
    let layout = Layout {
        chrome,
        title: words.title,
        is_error: false,
        scripts: &[],
        is_wide: false,
    };
    let again = page
        .sign_in_url
        .map_or_else(|| chrome.path(paths::SIGN_IN), str::to_owned);
    layout.page(&html! {
        (layout::heading(words.title, &page.ending.text(chrome)))
        (outcomes(page))
        div.others { a.button href=(again) { (words.again) } }
        // Tells the portal's other tabs, if they are of this origin.
        script src=(chrome.path(paths::COMPANION)) {}
    })
}

impl Ending {
    fn text(self, chrome: &Chrome<'_>) -> String {
        let words = &chrome.words.signed_out;
        let text = match self {
            Self::SignedOut => words.text,
            Self::Idle => words.idle,
            Self::Absolute => words.absolute,
            Self::OtherBrowser => words.other_browser,
            Self::TooMany => words.too_many,
            Self::Operator => words.operator,
            Self::Okta => words.by_okta,
        };
        text(chrome.portal)
    }
}

/// What else ended, what is still pending and what goes on.
fn outcomes(page: &SignedOutPage<'_>) -> Markup {
    let words = &page.chrome.words.signed_out;
    html! {
        ul.outcomes {
            @if page.is_okta_session_ended { (outcome(Icon::Done, words.okta)) }
            @match page.revocation {
                Revocation::Nothing => {}
                Revocation::Done => (outcome(Icon::Done, words.revoked)),
                Revocation::Pending => (outcome(Icon::Pending, words.pending)),
            }
            @if let Some(others) = page.others.filter(|others| *others > 0) {
                (outcome(Icon::Device, &(words.others)(others)))
            }
            (outcome(Icon::Note, words.shared_computer))
        }
    }
}

/// One line of what a sign-out did or did not do.
pub(crate) fn outcome(icon: Icon, text: &str) -> Markup {
    html! { li.outcome { span.outcome-icon { (icon.draw()) } span { (text) } } }
}
