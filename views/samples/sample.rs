//! What a sample is, and the trait of the pages, each of which has some.

use maud::Markup;

use super::stage::Stage;

/// A page in one state.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Kebab-case, unique: `sign-in-mismatch`.
    pub name: &'static str,
    /// The whole document.
    pub html: Markup,
}

/// Implemented by every view-model.
pub trait Samples {
    /// Its states: empty, filled, each problem. Long, mirrored and bare ones of all pages are in `extremes`.
    fn samples(stage: &Stage<'_>) -> Vec<Sample>;
}

pub(super) fn sample(name: &'static str, html: Markup) -> Sample {
    Sample { name, html }
}
