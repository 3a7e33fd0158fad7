//! One sample of every state of every page. The one list behind snapshots, gallery and accessibility checks.

mod account;
mod code;
mod extremes;
mod factor;
mod passkey;
mod push;
mod sign_in;
mod sign_out;
mod stage;
mod trouble;

use maud::Markup;

use crate::{
    AccountPage, CodePage, FactorPage, ForgottenPage, PasskeyPage, PushPage, SignInPage, SignOutPage, SignedOutPage,
    TroublePage,
};

pub use stage::Stage;

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

/// Every sample of every page.
pub fn all(stage: &Stage<'_>) -> Vec<Sample> {
    [
        SignInPage::samples(stage),
        FactorPage::samples(stage),
        CodePage::samples(stage),
        PushPage::samples(stage),
        PasskeyPage::samples(stage),
        AccountPage::samples(stage),
        SignOutPage::samples(stage),
        SignedOutPage::samples(stage),
        ForgottenPage::samples(stage),
        TroublePage::samples(stage),
        extremes::samples(stage),
    ]
    .concat()
}

/// The sample of that name.
pub fn find(stage: &Stage<'_>, name: &str) -> Option<Sample> {
    all(stage).into_iter().find(|sample| sample.name == name)
}

fn sample(name: &'static str, html: Markup) -> Sample {
    Sample { name, html }
}
