//! One sample of every state of every page. The one list behind snapshots, gallery and accessibility checks.

mod account;
mod code;
mod extremes;
mod factor;
mod passkey;
mod push;
mod sample;
mod sign_in;
mod sign_out;
mod stage;
mod trouble;

use crate::{
    AccountPage, CodePage, FactorPage, ForgottenPage, PasskeyPage, PushPage, SignInPage, SignOutPage, SignedOutPage,
    TroublePage,
};

pub use sample::{Sample, Samples};
pub use stage::Stage;

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
