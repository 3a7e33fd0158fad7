use super::sample::{Sample, Samples, sample};
use super::stage::{Cast, Stage};
use crate::{Factor, FieldProblem, Remember, SignInMode, SignInNotice, SignInPage, SignInProblem, sign_in};

impl Samples for SignInPage<'_> {
    fn samples(stage: &Stage<'_>) -> Vec<Sample> {
        let brand = stage.brand(Cast::Acme);
        let chrome = stage.chrome(&brand, Cast::Acme);
        let empty = SignInPage {
            chrome: &chrome,
            mode: SignInMode::PasswordFirst,
            username: "",
            passwordless: &Factor::ALL,
            remember: None,
            is_hosted_offered: false,
            problem: None,
            notice: None,
        };
        let filled = SignInPage {
            username: "robin@example.com",
            ..empty
        };
        let passkey = SignInPage {
            passwordless: &[Factor::Passkey],
            ..empty
        };
        let named = SignInPage {
            mode: SignInMode::NameFirst,
            passwordless: &[],
            ..empty
        };
        let remember = |is_ticked| SignInPage {
            remember: Some(Remember {
                is_ticked,
                seconds: 30 * 86_400,
            }),
            ..filled
        };
        let mut samples = vec![
            sample("sign-in-remember", sign_in(&remember(false))),
            sample(
                "sign-in-remember-ticked",
                sign_in(&SignInPage {
                    problem: Some(SignInProblem::Mismatch),
                    ..remember(true)
                }),
            ),
            sample("sign-in", sign_in(&empty)),
            sample("sign-in-filled", sign_in(&filled)),
            sample("sign-in-passkey", sign_in(&passkey)),
            sample("sign-in-name-first", sign_in(&named)),
        ];
        samples.extend(notices(filled));
        samples.extend(problems(filled));
        samples
    }
}

fn notices(filled: SignInPage<'_>) -> Vec<Sample> {
    let with = |notice| {
        sign_in(&SignInPage {
            notice: Some(notice),
            ..filled
        })
    };
    let destination = Some("portal.acme.example");
    let hosted = SignInPage {
        is_hosted_offered: true,
        username: "",
        ..filled
    };
    vec![
        sample(
            "sign-in-started-again",
            with(SignInNotice::StartedAgain { destination }),
        ),
        sample("sign-in-session-ended", with(SignInNotice::SessionEnded)),
        sample("sign-in-more-needed", with(SignInNotice::MoreNeeded)),
        sample("sign-in-somebody-else", with(SignInNotice::SomebodyElse)),
        sample("sign-in-hosted", sign_in(&hosted)),
    ]
}

fn problems(filled: SignInPage<'_>) -> Vec<Sample> {
    let with = |problem| {
        sign_in(&SignInPage {
            problem: Some(problem),
            ..filled
        })
    };
    let fields = |username, password| with(SignInProblem::Fields { username, password });
    let (empty, long) = (Some(FieldProblem::Empty), Some(FieldProblem::TooLong));
    let empty_form = SignInPage { username: "", ..filled };
    let both = SignInProblem::Fields {
        username: empty,
        password: empty,
    };
    vec![
        sample("sign-in-mismatch", with(SignInProblem::Mismatch)),
        sample("sign-in-no-password", fields(None, empty)),
        sample("sign-in-no-name", fields(empty, None)),
        sample(
            "sign-in-nothing",
            sign_in(&SignInPage {
                problem: Some(both),
                ..empty_form
            }),
        ),
        sample("sign-in-too-long", fields(long, long)),
        sample("sign-in-wait", with(SignInProblem::Wait { seconds: 90 })),
        sample("sign-in-closed", with(SignInProblem::Closed)),
        sample("sign-in-open-too-long", with(SignInProblem::OpenTooLong)),
        sample("sign-in-cookie-not-kept", with(SignInProblem::CookieNotKept)),
        sample(
            "sign-in-not-answering",
            with(SignInProblem::NotAnswering {
                retry_seconds: Some(30),
            }),
        ),
    ]
}
