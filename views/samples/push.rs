use super::sample::{Sample, Samples, sample};
use super::stage::{Cast, Stage};
use crate::{PushPage, PushState, Resend, push};

pub(super) const WAITING: PushState<'_> = PushState::Waiting {
    number: Some("95"),
    seconds_left: 216,
    seconds_total: 300,
    is_checked: false,
    is_resent: false,
};

const fn waiting(is_checked: bool, is_resent: bool) -> PushState<'static> {
    PushState::Waiting {
        number: None,
        seconds_left: 288,
        seconds_total: 300,
        is_checked,
        is_resent,
    }
}

impl Samples for PushPage<'_> {
    fn samples(stage: &Stage<'_>) -> Vec<Sample> {
        let brand = stage.brand(Cast::Acme);
        let chrome = stage.chrome(&brand, Cast::Acme);
        let resend = Some(Resend { wait_seconds: 12 });
        let page = PushPage {
            chrome: &chrome,
            state: WAITING,
            resend,
            is_another_way_offered: true,
        };
        let of = |state| push(&PushPage { state, ..page });
        let mut samples = vec![
            sample("push-number", of(WAITING)),
            sample("push", of(waiting(false, false))),
            sample("push-not-yet", of(waiting(true, false))),
            sample("push-resent", of(waiting(false, true))),
            sample("push-no-more", push(&PushPage { resend: None, ..page })),
            sample(
                "push-approved",
                push(&PushPage {
                    state: PushState::Approved,
                    resend: None,
                    is_another_way_offered: false,
                    ..page
                }),
            ),
            sample("push-wait", of(PushState::Wait { seconds: 30 })),
        ];
        samples.extend(over(page));
        samples
    }
}

fn over(page: PushPage<'_>) -> Vec<Sample> {
    let after = |state, wait_seconds| {
        push(&PushPage {
            state,
            resend: Some(Resend { wait_seconds }),
            ..page
        })
    };
    let of = |state| after(state, 0);
    let retry_seconds = Some(20);
    vec![
        sample("push-denied", of(PushState::Denied)),
        sample("push-denied-resting", after(PushState::Denied, 60)),
        sample("push-expired", of(PushState::Expired)),
        sample("push-expired-resting", after(PushState::Expired, 20)),
        sample("push-not-answering", of(PushState::NotAnswering { retry_seconds })),
    ]
}
