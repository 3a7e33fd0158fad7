use super::sample::{Sample, Samples, sample};
use super::stage::{Cast, Stage};
use crate::{Factor, FactorPage, FactorProblem, Way, factor};

/// Every factor, as an organisation with everything switched on would offer them.
pub(super) const WAYS: [Way<'_>; 7] = [
    Way {
        factor: Factor::Sms,
        hint: Some("••• 42"),
        is_last_used: false,
    },
    Way {
        factor: Factor::Voice,
        hint: None,
        is_last_used: false,
    },
    Way {
        factor: Factor::Otp,
        hint: None,
        is_last_used: true,
    },
    Way {
        factor: Factor::Push,
        hint: None,
        is_last_used: false,
    },
    Way {
        factor: Factor::Email,
        hint: Some("r•••@example.com"),
        is_last_used: false,
    },
    Way {
        factor: Factor::Passkey,
        hint: None,
        is_last_used: false,
    },
    Way {
        factor: Factor::Password,
        hint: None,
        is_last_used: false,
    },
];

const fn only(factor: Factor) -> [Way<'static>; 1] {
    [Way {
        factor,
        hint: None,
        is_last_used: false,
    }]
}

impl Samples for FactorPage<'_> {
    fn samples(stage: &Stage<'_>) -> Vec<Sample> {
        let brand = stage.brand(Cast::Acme);
        let chrome = stage.chrome(&brand, Cast::Acme);
        let page = FactorPage {
            chrome: &chrome,
            ways: &WAYS,
            is_hosted_offered: false,
            problem: None,
        };
        let with = |problem| {
            factor(&FactorPage {
                problem: Some(problem),
                ..page
            })
        };
        vec![
            sample("factor", factor(&page)),
            sample("factor-none", factor(&FactorPage { ways: &[], ..page })),
            sample(
                "factor-hosted",
                factor(&FactorPage {
                    is_hosted_offered: true,
                    ..page
                }),
            ),
            sample(
                "factor-hosted-none",
                factor(&FactorPage {
                    ways: &[],
                    is_hosted_offered: true,
                    ..page
                }),
            ),
            sample(
                "factor-only-passkey",
                factor(&FactorPage {
                    ways: &only(Factor::Passkey),
                    ..page
                }),
            ),
            sample("factor-nothing-chosen", with(FactorProblem::NothingChosen)),
            sample("factor-not-set-up", with(FactorProblem::NotSetUp)),
            sample("factor-no-number", with(FactorProblem::PushWithoutNumber)),
            sample("factor-passkey-refused", with(FactorProblem::PasskeyRefused)),
            sample("factor-wait", with(FactorProblem::Wait { seconds: 45 })),
            sample("factor-closed", with(FactorProblem::Closed)),
            sample(
                "factor-not-answering",
                with(FactorProblem::NotAnswering { retry_seconds: None }),
            ),
        ]
    }
}
