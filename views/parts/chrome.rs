//! What every page shares: brand, words, addresses, and the tokens of its forms.

use maud::{Markup, html};

use crate::copy::Words;
use crate::{Assets, Brand, paths};

/// The frame around a page. Build one per reply; every view-model borrows it.
#[derive(Clone, Copy, Debug)]
pub struct Chrome<'a> {
    /// The company whose pages these are.
    pub brand: &'a Brand<'a>,
    /// What the customer is signing in to: "Acme Portal".
    pub portal: &'a str,
    /// The language of this reply, from [`crate::copy::find`].
    pub words: &'static Words,
    /// Path of the public address without a closing slash: "" or "/auth".
    pub base: &'a str,
    /// Addresses of stylesheets and scripts.
    pub assets: &'a Assets,
    /// The CSRF token, which goes into every form as `csrf`.
    pub csrf: &'a str,
    /// This tab's attempt, if one is open. It goes into every form as `attempt` and into links between steps as a
    /// query.
    pub attempt: Option<&'a str>,
    /// The destination of the attempt. It goes into every form as `return_to`, because a page may stay open for longer
    /// than its attempt is kept.
    pub return_to: Option<&'a str>,
    /// The name being signed in; shown with "Not you?" on every step after the first.
    pub signer: Option<&'a str>,
    /// What to quote when asking for help; trouble pages and refusals show it.
    pub support_code: Option<&'a str>,
    /// Languages to offer, this one included. Fewer than two are not shown.
    pub languages: &'a [LanguageLink<'a>],
}

/// One language at the foot of the page.
#[derive(Clone, Copy, Debug)]
pub struct LanguageLink<'a> {
    /// Its tag, such as "en" or "pt-BR".
    pub tag: &'a str,
    /// Its name in the language itself.
    pub name: &'a str,
    /// The same page in that language.
    pub url: &'a str,
    /// Whether this page is in it.
    pub is_current: bool,
}

impl Chrome<'_> {
    /// A path of [`paths`] under the public address.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The same for a step of the open attempt: a link has no hidden field, so the reference is in the query.
    pub fn step(&self, path: &str) -> String {
        match self.attempt {
            Some(attempt) => format!("{}{path}?{}={}", self.base, paths::ATTEMPT, encoded(attempt)),
            None => self.path(path),
        }
    }

    /// The hidden fields of every form.
    pub(crate) fn tokens(&self) -> Markup {
        html! {
            input type="hidden" name="csrf" value=(self.csrf);
            @if let Some(attempt) = self.attempt {
                input type="hidden" name=(paths::ATTEMPT) value=(attempt);
            }
            @if let Some(return_to) = self.return_to {
                input type="hidden" name=(paths::RETURN_TO) value=(return_to);
            }
        }
    }
}

/// Percent-encodes all but the unreserved characters of RFC 3986.
fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}"); // OK because writing to a String cannot fail
        }
        out
    })
}
