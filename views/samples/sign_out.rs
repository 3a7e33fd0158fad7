use super::sample::{Sample, Samples, sample};
use super::stage::{Cast, Stage};
use crate::{Chrome, Ending, ForgottenPage, Revocation, SignOutPage, SignedOutPage, forgotten, sign_out, signed_out};

const SESSION: &str = "c2Vzc2lvbg.cHJvb2Y";

impl Samples for SignOutPage<'_> {
    fn samples(stage: &Stage<'_>) -> Vec<Sample> {
        let brand = stage.brand(Cast::Acme);
        let chrome = stage.chrome(&brand, Cast::Acme);
        let page = SignOutPage {
            chrome: &chrome,
            stay_url: "/account",
            others: 0,
            has_okta_session: false,
            is_store_away: false,
            session: SESSION,
        };
        let more = SignOutPage {
            others: 2,
            has_okta_session: true,
            ..page
        };
        let nobody = Chrome { signer: None, ..chrome };
        let away = SignOutPage {
            chrome: &nobody,
            is_store_away: true,
            ..page
        };
        vec![
            sample("sign-out", sign_out(&page)),
            sample("sign-out-more", sign_out(&more)),
            sample("sign-out-store-away", sign_out(&away)),
        ]
    }
}

impl Samples for SignedOutPage<'_> {
    fn samples(stage: &Stage<'_>) -> Vec<Sample> {
        let brand = stage.brand(Cast::Acme);
        let chrome = stage.chrome(&brand, Cast::Acme);
        let page = SignedOutPage {
            chrome: &chrome,
            ending: Ending::SignedOut,
            revocation: Revocation::Done,
            is_okta_session_ended: false,
            others: None,
            sign_in_url: None,
        };
        let pending = SignedOutPage {
            revocation: Revocation::Pending,
            others: Some(1),
            ..page
        };
        let nothing = SignedOutPage {
            revocation: Revocation::Nothing,
            ..page
        };
        let ended = |ending| signed_out(&SignedOutPage { ending, ..page });
        vec![
            sample("signed-out", signed_out(&page)),
            sample("signed-out-idle", ended(Ending::Idle)),
            sample("signed-out-absolute", ended(Ending::Absolute)),
            sample("signed-out-elsewhere", ended(Ending::OtherBrowser)),
            sample("signed-out-too-many", ended(Ending::TooMany)),
            sample("signed-out-operator", ended(Ending::Operator)),
            sample("signed-out-by-okta", ended(Ending::Okta)),
            sample(
                "signed-out-okta",
                signed_out(&SignedOutPage {
                    is_okta_session_ended: true,
                    ..page
                }),
            ),
            sample("signed-out-pending", signed_out(&pending)),
            sample("signed-out-nothing", signed_out(&nothing)),
        ]
    }
}

impl Samples for ForgottenPage<'_> {
    fn samples(stage: &Stage<'_>) -> Vec<Sample> {
        let page = |cast| {
            let brand = stage.brand(cast);
            let chrome = stage.chrome(&brand, cast);
            forgotten(&ForgottenPage {
                chrome: &Chrome { signer: None, ..chrome },
                session: SESSION,
                idle_seconds: 1_800,
                latest_seconds: 41_000,
            })
        };
        vec![
            sample("forgotten", page(Cast::Acme)),
            sample("forgotten-long", page(Cast::Long)),
        ]
    }
}
