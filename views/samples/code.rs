use super::sample::{Sample, Samples, sample};
use super::stage::{Cast, Stage};
use crate::{CodePage, CodeProblem, CodeSource, Resend, code};

const RESTING: Option<Resend> = Some(Resend { wait_seconds: 30 });
const READY: Option<Resend> = Some(Resend { wait_seconds: 0 });

impl Samples for CodePage<'_> {
    fn samples(stage: &Stage<'_>) -> Vec<Sample> {
        let brand = stage.brand(Cast::Acme);
        let chrome = stage.chrome(&brand, Cast::Acme);
        let otp = CodePage {
            chrome: &chrome,
            source: CodeSource::Otp,
            resend: None,
            is_resent: false,
            is_another_way_offered: true,
            problem: None,
        };
        let hint = Some("••• 42");
        let sms = CodePage {
            source: CodeSource::Sms { hint },
            resend: RESTING,
            ..otp
        };
        let mut samples = sources(sms);
        samples.extend(problems(otp, sms));
        samples.push(sample("code-otp", code(&otp)));
        samples.push(sample(
            "code-only-way",
            code(&CodePage {
                is_another_way_offered: false,
                ..otp
            }),
        ));
        samples
    }
}

fn sources(sms: CodePage<'_>) -> Vec<Sample> {
    let from = |source| code(&CodePage { source, ..sms });
    let hint = Some("r•••@example.com");
    vec![
        sample("code-sms", code(&sms)),
        sample("code-sms-unknown", from(CodeSource::Sms { hint: None })),
        sample("code-sms-ready", code(&CodePage { resend: READY, ..sms })),
        sample("code-sms-resent", code(&CodePage { is_resent: true, ..sms })),
        sample(
            "code-voice",
            from(CodeSource::Voice {
                hint: Some("••• 42")
            }),
        ),
        sample("code-email", from(CodeSource::Email { hint })),
    ]
}

fn problems<'a>(otp: CodePage<'a>, sms: CodePage<'a>) -> Vec<Sample> {
    let app = |problem| {
        code(&CodePage {
            problem: Some(problem),
            ..otp
        })
    };
    let sent = |problem| {
        code(&CodePage {
            problem: Some(problem),
            ..sms
        })
    };
    let gone = CodePage {
        problem: Some(CodeProblem::Expired),
        resend: READY,
        ..sms
    };
    let retry_seconds = Some(60);
    vec![
        sample("code-empty", app(CodeProblem::Empty)),
        sample("code-wrong", app(CodeProblem::Wrong { left: None })),
        sample("code-wrong-two-left", sent(CodeProblem::Wrong { left: Some(2) })),
        sample("code-expired", code(&gone)),
        sample("code-wait", sent(CodeProblem::Wait { seconds: 30 })),
        sample("code-closed", sent(CodeProblem::Closed)),
        sample("code-open-too-long", app(CodeProblem::OpenTooLong)),
        sample("code-not-answering", app(CodeProblem::NotAnswering { retry_seconds })),
    ]
}
