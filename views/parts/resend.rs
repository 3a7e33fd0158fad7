//! "Send a new code", "Send again": a button with a pause between two uses.

use maud::{Markup, html};

use crate::Chrome;

/// Asking for another code or another push.
#[derive(Clone, Copy, Debug)]
pub struct Resend {
    /// Seconds until the server accepts it; 0 is now. A script counts them down; without script a line of text gives
    /// them.
    pub wait_seconds: u32,
}

/// What the button says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResendWords<'a> {
    pub(crate) ready: &'a str,
    /// With `{}` for the time.
    pub(crate) resting: &'a str,
    /// Shown without script.
    pub(crate) hint: &'a str,
    /// Whether it is the main button.
    pub(crate) is_main: bool,
}

impl Resend {
    /// The form with its button. The server answers a press that is too early, so the button works without script.
    pub(crate) fn form(self, chrome: &Chrome<'_>, path: &str, words: ResendWords<'_>) -> Markup {
        let is_resting = self.wait_seconds > 0;
        html! {
            form.resend method="post" action=(chrome.path(path)) data-enhance="submit-once" {
                (chrome.tokens())
                button.button.button-quiet[!words.is_main] type="submit" aria-describedby=[is_resting.then_some("resend-hint")]
                    data-enhance=[is_resting.then_some("countdown")]
                    data-seconds=[is_resting.then_some(self.wait_seconds)]
                    data-resting=[is_resting.then_some(words.resting)] { (words.ready) }
                @if is_resting {
                    p.hint.scriptless id="resend-hint" { (words.hint) }
                }
            }
        }
    }
}
