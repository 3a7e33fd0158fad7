use super::sample::{Sample, Samples, sample};
use super::stage::{Cast, Stage};
use crate::{PasskeyPage, PasskeyProblem, passkey};

const OPTIONS: &str = r#"{"challenge":"3m0JvYh1Q2aLr8TzWk5Xc7Bn9Pd4Gs6U","timeout":60000,"userVerification":"preferred","allowCredentials":[{"id":"c2ltLWNyZWRlbnRpYWwtMDAx","type":"public-key"}]}"#;

impl Samples for PasskeyPage<'_> {
    fn samples(stage: &Stage<'_>) -> Vec<Sample> {
        let brand = stage.brand(Cast::Acme);
        let chrome = stage.chrome(&brand, Cast::Acme);
        let page = PasskeyPage {
            chrome: &chrome,
            options: OPTIONS,
            is_another_way_offered: true,
            problem: None,
        };
        let with = |problem| {
            passkey(&PasskeyPage {
                problem: Some(problem),
                ..page
            })
        };
        vec![
            sample("passkey", passkey(&page)),
            sample(
                "passkey-only-way",
                passkey(&PasskeyPage {
                    is_another_way_offered: false,
                    ..page
                }),
            ),
            sample("passkey-wait", with(PasskeyProblem::Wait { seconds: 60 })),
            sample(
                "passkey-not-answering",
                with(PasskeyProblem::NotAnswering { retry_seconds: Some(5) }),
            ),
        ]
    }
}
