//! A sign-out that may have ended only this browser's part of the session.

use maud::{Markup, html};

use super::sign_out::session_field;
use super::signed_out::outcome;
use crate::parts::icon::Icon;
use crate::parts::layout::{self, Layout};
use crate::parts::problem::support_code;
use crate::{Chrome, paths};

/// Shown in place of [`crate::SignedOutPage`] when it is unknown whether the session has ended. Posts to
/// [`crate::paths::SIGN_OUT`].
#[derive(Clone, Copy, Debug)]
pub struct ForgottenPage<'a> {
    /// The frame. Set its `support_code`.
    pub chrome: &'a Chrome<'a>,
    /// Posted as `session`: it ends the session without its cookie.
    pub session: &'a str,
    /// Ends after this many seconds without use.
    pub idle_seconds: u64,
    /// Ends after this many seconds at the latest.
    pub latest_seconds: u64,
}

/// Renders the page.
pub fn forgotten(page: &ForgottenPage<'_>) -> Markup {
    let chrome = page.chrome;
    let words = &chrome.words.forgotten;
    let layout = Layout {
        chrome,
        title: words.title,
        is_error: true,
        scripts: &[],
        is_wide: false,
    };
    let limits = (words.limits)(page.idle_seconds, page.latest_seconds);
    layout.page(&html! {
        (layout::heading(words.title, words.text))
        ul.outcomes {
            (outcome(Icon::Done, &(words.this_browser)(chrome.portal)))
            (outcome(Icon::Pending, &limits))
            (outcome(Icon::Note, chrome.words.signed_out.shared_computer))
        }
        form method="post" action=(chrome.path(paths::SIGN_OUT)) data-enhance="submit-once" {
            (chrome.tokens())
            (session_field(page.session))
            div.others {
                button.button type="submit" { (chrome.words.shared.try_again) }
                a.button.button-quiet href=(chrome.path(paths::SIGN_IN)) { (chrome.words.shared.back_to_sign_in) }
            }
        }
        (support_code(chrome))
    })
}
