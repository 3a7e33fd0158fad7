use super::sample::{Sample, Samples, sample};
use super::stage::{Cast, Stage};
use crate::{AccountNotice, AccountPage, Factor, Moment, Person, SessionRow, account};

const fn moment(seconds: u64) -> Moment<'static> {
    Moment {
        iso: "2026-01-15T10:24:00Z",
        seconds,
    }
}

pub(super) const OTHERS: [SessionRow<'_>; 3] = [
    SessionRow {
        handle: "s1",
        device: "Firefox on Windows",
        since: moment(90_000),
        last_used: moment(240),
    },
    SessionRow {
        handle: "s2",
        device: "Safari on iPhone",
        since: moment(400_000),
        last_used: moment(7_300),
    },
    SessionRow {
        handle: "s3",
        device: "",
        since: moment(7_200),
        last_used: moment(30),
    },
];

/// The page of a customer with a second factor and no other session.
pub(super) const fn page<'a>(chrome: &'a crate::Chrome<'a>) -> AccountPage<'a> {
    AccountPage {
        chrome,
        person: Person {
            name: "Robin Fairweather",
            login: "robin@example.com",
        },
        device: "Chrome on Linux",
        factors: &[Factor::Password, Factor::Push],
        is_hosted: false,
        since: moment(1_500),
        ends: moment(41_700),
        idle_seconds: 1_800,
        portal_url: Some("https://portal.acme.example/"),
        others: Some(&[]),
        notice: None,
    }
}

impl Samples for AccountPage<'_> {
    fn samples(stage: &Stage<'_>) -> Vec<Sample> {
        let brand = stage.brand(Cast::Acme);
        let chrome = stage.chrome(&brand, Cast::Acme);
        let alone = page(&chrome);
        let busy = AccountPage {
            others: Some(&OTHERS),
            ..alone
        };
        let with = |notice| {
            account(&AccountPage {
                notice: Some(notice),
                ..busy
            })
        };
        vec![
            sample("account", account(&alone)),
            sample("account-others", account(&busy)),
            sample(
                "account-hosted",
                account(&AccountPage {
                    factors: &[],
                    is_hosted: true,
                    ..alone
                }),
            ),
            sample("account-ended", with(AccountNotice::Ended)),
            sample("account-already-ended", with(AccountNotice::AlreadyEnded)),
            sample(
                "account-others-ended",
                account(&AccountPage {
                    notice: Some(AccountNotice::OthersEnded { count: 3 }),
                    ..alone
                }),
            ),
            sample(
                "account-nameless",
                account(&AccountPage {
                    person: Person { name: "", login: "" },
                    device: "",
                    factors: &[],
                    portal_url: None,
                    ..alone
                }),
            ),
        ]
    }
}
