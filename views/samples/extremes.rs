//! Pages with the longest, mirrored, odd and missing contents.

use super::sample::{Sample, sample};
use super::stage::{Cast, LONG_NAME, Stage};
use super::{account, factor, push};
use crate::{
    AccountPage, Chrome, CodePage, CodeSource, Factor, FactorPage, Person, PushPage, Resend, SessionRow, SignInMode,
    SignInPage, SignInProblem, Trouble, TroublePage,
};

pub(super) fn samples(stage: &Stage<'_>) -> Vec<Sample> {
    let names = |cast| match cast {
        Cast::Long => Names {
            sign_in: "sign-in-long",
            factor: "factor-long",
            code: "code-long",
            push: "push-long",
            account: "account-long",
            trouble: "trouble-long",
        },
        Cast::Bare => Names {
            sign_in: "sign-in-bare",
            factor: "factor-bare",
            code: "code-bare",
            push: "push-bare",
            account: "account-bare",
            trouble: "trouble-bare",
        },
        Cast::Acme | Cast::Emoji | Cast::Mirrored => Names {
            sign_in: "sign-in-mirrored",
            factor: "factor-mirrored",
            code: "code-mirrored",
            push: "push-mirrored",
            account: "account-mirrored",
            trouble: "trouble-mirrored",
        },
    };
    let emoji = stage.brand(Cast::Emoji);
    let emoji = stage.chrome(&emoji, Cast::Emoji);
    let casts = [Cast::Long, Cast::Mirrored, Cast::Bare];
    let mut samples: Vec<_> = casts
        .into_iter()
        .flat_map(|cast| of(stage, cast, &names(cast)))
        .collect();
    samples.push(sample(
        "sign-in-emoji",
        crate::sign_in(&sign_in_page(&emoji, "👩‍🚀@example.com")),
    ));
    samples
}

struct Names {
    sign_in: &'static str,
    factor: &'static str,
    code: &'static str,
    push: &'static str,
    account: &'static str,
    trouble: &'static str,
}

fn of(stage: &Stage<'_>, cast: Cast, names: &Names) -> Vec<Sample> {
    let brand = stage.brand(cast);
    let chrome = stage.chrome(&brand, cast);
    let username = if cast == Cast::Long {
        LONG_NAME
    } else {
        "robin@example.com"
    };
    let factor = FactorPage {
        chrome: &chrome,
        ways: &factor::WAYS,
        is_hosted_offered: true,
        problem: None,
    };
    let trouble = TroublePage {
        chrome: &chrome,
        trouble: Trouble::NotAllowed,
        destination: Some(username),
        retry_url: None,
        is_hosted_offered: true,
    };
    vec![
        sample(names.sign_in, crate::sign_in(&sign_in_page(&chrome, username))),
        sample(names.factor, crate::factor(&factor)),
        sample(names.code, crate::code(&code_page(&chrome, cast))),
        sample(names.push, crate::push(&push_page(&chrome))),
        sample(names.account, long_account(&chrome, username)),
        sample(names.trouble, crate::trouble(&trouble)),
    ]
}

const RESTING: Option<Resend> = Some(Resend { wait_seconds: 95 });

fn code_page<'a>(chrome: &'a Chrome<'a>, cast: Cast) -> CodePage<'a> {
    CodePage {
        chrome,
        source: CodeSource::Email {
            hint: (cast == Cast::Long).then_some(LONG_NAME),
        },
        resend: RESTING,
        is_resent: true,
        is_another_way_offered: true,
        problem: None,
    }
}

fn push_page<'a>(chrome: &'a Chrome<'a>) -> PushPage<'a> {
    PushPage {
        chrome,
        state: push::WAITING,
        resend: RESTING,
        is_another_way_offered: true,
    }
}

fn sign_in_page<'a>(chrome: &'a Chrome<'a>, username: &'a str) -> SignInPage<'a> {
    SignInPage {
        chrome,
        mode: SignInMode::PasswordFirst,
        username,
        passwordless: &Factor::ALL,
        remember: None,
        is_hosted_offered: true,
        problem: Some(SignInProblem::Mismatch),
        notice: None,
    }
}

fn long_account(chrome: &Chrome<'_>, login: &str) -> maud::Markup {
    let mut others = account::OTHERS;
    if let Some(first) = others.first_mut() {
        *first = SessionRow {
            device: login,
            ..*first
        };
    }
    let person = Person { name: login, login };
    crate::account(&AccountPage {
        person,
        others: Some(&others),
        ..account::page(chrome)
    })
}
