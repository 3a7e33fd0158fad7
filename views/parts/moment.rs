//! Points in time as a reader thinks of them: how long ago, how long until.

use maud::{Markup, html};

use crate::copy::SharedWords;

/// A point in time, given as its distance from now, because a server does not know the reader's time zone.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// RFC 3339, for machines and for the tooltip.
    pub iso: &'a str,
    /// Seconds between it and now; where it is used says whether it is past or future.
    pub seconds: u64,
}

impl Moment<'_> {
    /// "5 minutes ago".
    pub(crate) fn ago(&self, words: &SharedWords) -> Markup {
        self.element(&(words.ago)(self.seconds))
    }

    /// The moment itself, in words that the caller chose.
    pub(crate) fn element(&self, words: &str) -> Markup {
        html! { time datetime=(self.iso) title=(self.iso) { (words) } }
    }
}
