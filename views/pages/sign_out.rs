//! The question before signing out.

use maud::{Markup, html};

use crate::parts::layout::{self, Layout};
use crate::{Chrome, paths};

/// The question. Posts to [`crate::paths::SIGN_OUT`].
#[derive(Clone, Copy, Debug)]
pub struct SignOutPage<'a> {
    /// The frame. Its `signer` is the customer who is signed in.
    pub chrome: &'a Chrome<'a>,
    /// Where "Stay signed in" leads.
    pub stay_url: &'a str,
    /// How many other sessions of this customer go on.
    pub others: u32,
    /// Whether this browser has a session at Okta that ends too.
    pub has_okta_session: bool,
    /// Whether the session store does not answer.
    pub is_store_away: bool,
    /// Posted as `session`: it ends the session when its cookie is gone.
    pub session: &'a str,
}

/// Renders the page.
pub fn sign_out(page: &SignOutPage<'_>) -> Markup {
    let chrome = page.chrome;
    let words = &chrome.words.sign_out;
    let layout = Layout {
        chrome,
        title: words.title,
        is_error: false,
        scripts: &[],
        is_wide: false,
    };
    layout.page(&html! {
        (layout::heading(words.title, chrome.signer.unwrap_or_default()))
        div.prose {
            p { ((words.text)(chrome.portal)) }
            @if page.has_okta_session { p { (words.okta) } }
            @if page.others > 0 { p { ((words.others)(page.others)) } }
            @if page.is_store_away { p { (words.store_away) } }
        }
        form method="post" action=(chrome.path(paths::SIGN_OUT)) data-enhance="submit-once" {
            (chrome.tokens())
            (session_field(page.session))
            div.others {
                button.button type="submit" { (words.submit) }
                a.button.button-quiet href=(page.stay_url) { (words.stay) }
            }
        }
    })
}

/// The hidden field that names the session to end.
pub(crate) fn session_field(session: &str) -> Markup {
    html! { input type="hidden" name="session" value=(session); }
}
