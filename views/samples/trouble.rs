use super::sample::{Sample, Samples, sample};
use super::stage::{Cast, Stage};
use crate::{Chrome, LoopCause, Trouble, TroublePage, trouble};

/// Every trouble there is.
const ALL: [(&str, Trouble); 18] = [
    ("trouble-password-expired", Trouble::PasswordExpired),
    ("trouble-not-enrolled", Trouble::NotEnrolled),
    ("trouble-not-allowed", Trouble::NotAllowed),
    ("trouble-no-access", Trouble::NoAccess),
    (
        "trouble-not-answering",
        Trouble::NotAnswering {
            retry_seconds: Some(30),
        },
    ),
    ("trouble-wait", Trouble::Wait { seconds: 120 }),
    ("trouble-attempt-gone", Trouble::AttemptGone),
    ("trouble-busy", Trouble::Busy),
    ("trouble-refused", Trouble::Refused),
    ("trouble-unreadable", Trouble::Unreadable),
    ("trouble-not-found", Trouble::NotFound),
    ("trouble-hosted-failed", Trouble::HostedFailed),
    ("trouble-going-round", Trouble::RedirectLoop(LoopCause::OtherHost)),
    (
        "trouble-several-sessions",
        Trouble::SeveralSessions("__Secure-portico-session"),
    ),
    ("trouble-too-many-cookies", Trouble::TooManyCookies),
    ("trouble-portal-away", Trouble::PortalAway),
    ("trouble-closed", Trouble::Closed),
    ("trouble-fault", Trouble::Fault),
];

/// Those where Okta's hosted page may help.
const HOSTED: [(&str, Trouble); 3] = [
    ("trouble-password-expired-hosted", Trouble::PasswordExpired),
    ("trouble-not-enrolled-hosted", Trouble::NotEnrolled),
    ("trouble-not-allowed-hosted", Trouble::NotAllowed),
];

impl Samples for TroublePage<'_> {
    fn samples(stage: &Stage<'_>) -> Vec<Sample> {
        let brand = stage.brand(Cast::Acme);
        let chrome = Chrome {
            attempt: None,
            return_to: None,
            signer: None,
            ..stage.chrome(&brand, Cast::Acme)
        };
        let page = |kind| TroublePage {
            chrome: &chrome,
            trouble: kind,
            destination: Some("portal.acme.example"),
            retry_url: None,
            is_hosted_offered: false,
        };
        let mut samples: Vec<_> = ALL.map(|(name, kind)| sample(name, trouble(&page(kind)))).into();
        let retry = TroublePage {
            retry_url: Some("/sign-in/push"),
            destination: None,
            ..page(Trouble::Fault)
        };
        samples.push(sample("trouble-fault-retry", trouble(&retry)));
        let helped_by_okta = HOSTED.map(|(name, kind)| {
            let page = TroublePage {
                chrome: &Chrome {
                    attempt: Some("AwMDAwMDAwMDAwMD.2"),
                    ..chrome
                },
                is_hosted_offered: true,
                ..page(kind)
            };
            sample(name, trouble(&page))
        });
        samples.extend(helped_by_okta);
        samples
    }
}
