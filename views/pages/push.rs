//! Waiting for the phone.

use maud::{Markup, html};

use crate::parts::icon::Icon;
use crate::parts::layout::Layout;
use crate::parts::problem::Problem;
use crate::parts::resend::ResendWords;
use crate::parts::{layout, problem};
use crate::{Chrome, Resend, Script, paths};

/// The waiting page. It listens to [`crate::paths::PUSH_EVENTS`]; without script a button posts to
/// [`crate::paths::PUSH`].
#[derive(Clone, Copy, Debug)]
pub struct PushPage<'a> {
    /// The frame.
    pub chrome: &'a Chrome<'a>,
    /// The state of the push.
    pub state: PushState<'a>,
    /// "Send again"; none when the cap is reached.
    pub resend: Option<Resend>,
    /// Whether to offer another factor.
    pub is_another_way_offered: bool,
}

/// The state of a push. Durations in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushState<'a> {
    /// On its way, or on the phone.
    Waiting {
        /// The number to tap, if Okta sends one.
        number: Option<&'a str>,
        /// How much longer it can be answered.
        seconds_left: u32,
        /// How long it can be answered in total.
        seconds_total: u32,
        /// Whether "I have approved it" was pressed and nothing had arrived yet.
        is_checked: bool,
        /// Whether it has just been sent again.
        is_resent: bool,
    },
    /// It was approved on the phone; the button continues.
    Approved,
    /// It was declined on the phone.
    Denied,
    /// It was not answered in time.
    Expired,
    /// Too many tries, or sent again too soon.
    Wait {
        /// Until the next try counts.
        seconds: u32,
    },
    /// Okta is slow, rate-limits us or is down.
    NotAnswering {
        /// When to try again, if known.
        retry_seconds: Option<u32>,
    },
}

/// Renders the page.
pub fn push(page: &PushPage<'_>) -> Markup {
    let chrome = page.chrome;
    let words = &chrome.words.push;
    let problem = page.state.problem(chrome);
    let layout = Layout {
        chrome,
        title: words.title, // without the number: titles end up in histories and on shared screens
        is_error: problem.is_some(),
        scripts: &[Script::Countdown, Script::PushWait, Script::FocusSummary],
        is_wide: false,
    };
    layout.page(&html! {
        @if let Some(problem) = problem { (problem.summary(chrome)) }
        @if let PushState::Waiting { number, seconds_left, seconds_total, is_checked, is_resent } = page.state {
            (lead(chrome, number))
            @if is_checked { (problem::notice(words.not_yet, words.not_yet_text)) }
            @if is_resent { p.notice role="status" { (words.resent) } }
            (wait(chrome, seconds_left, seconds_total))
        } @else if page.state == PushState::Approved {
            (lead(chrome, None))
            (approved(chrome))
        } @else {
            (layout::heading(words.title, ""))
        }
        (others(page))
        (layout::signer(chrome))
    })
}

fn lead(chrome: &Chrome<'_>, number: Option<&str>) -> Markup {
    let words = &chrome.words.push;
    html! {
        @match number {
            Some(number) => {
                (layout::heading_centred(&(words.tap)(number), words.sent_number))
                div.centred.is-waiting { p.number { span.unseen { (words.number) " " } (number) } }
            }
            None => {
                (layout::heading_centred(words.title, words.sent))
                div.centred.is-waiting { (layout::emblem(Icon::Phone)) }
            }
        }
    }
}

/// There is nothing to wait for: the script gets that from the event stream at once, and presses the button.
fn approved(chrome: &Chrome<'_>) -> Markup {
    let words = &chrome.words.push;
    html! {
        div.wait data-enhance="push-wait" data-events=(chrome.step(paths::PUSH_EVENTS))
            data-next=(chrome.step(paths::PUSH)) {
            p.wait-words { span role="status" data-state { (words.approved) } }
        }
    }
}

/// The time left as a bar and in words, and the status region, which is there from the start.
fn wait(chrome: &Chrome<'_>, left: u32, total: u32) -> Markup {
    let words = &chrome.words.push;
    // Rounded down to whole minutes: the time left must not be overstated.
    let at_least = if left < 60 { left } else { left - left % 60 };
    html! {
        div.wait data-enhance="push-wait" data-events=(chrome.step(paths::PUSH_EVENTS))
            data-next=(chrome.step(paths::PUSH)) {
            progress.bar max=(total) value=(left.min(total)) aria-label=(words.time_left)
                data-enhance="countdown" data-seconds=(left) {}
            p.wait-words {
                span role="status" data-state data-approved=(words.approved) data-denied=(words.denied)
                    data-expired=(words.expired) data-lost=(words.reconnecting) data-waiting=(words.waiting)
                    data-nearly=(words.nearly) { (words.waiting) }
                (layout::dot())
                span.wait-left data-enhance="countdown" data-seconds=(left) data-resting=(words.left) {
                    ((words.how_long)(at_least.into()))
                }
            }
        }
    }
}

/// The other actions. The script presses the first button when the push is approved; without script the customer does.
fn others(page: &PushPage<'_>) -> Markup {
    let chrome = page.chrome;
    let words = &chrome.words.push;
    let is_approved = page.state == PushState::Approved;
    let is_waiting = is_approved || matches!(page.state, PushState::Waiting { .. });
    // The action that is possible now is the main one.
    let is_resend_main = !is_waiting && page.resend.is_some_and(|resend| resend.wait_seconds == 0);
    html! {
        div.others {
            @if is_waiting {
                form class=[(!is_approved).then_some("scriptless")] method="post" action=(chrome.path(paths::PUSH)) data-claim
                    data-enhance="submit-once" {
                    (chrome.tokens())
                    button.button type="submit" { (words.check) }
                }
            }
            @if let Some(resend) = page.resend { (resend.form(chrome, paths::PUSH_RESEND, ResendWords {
                ready: words.resend,
                resting: words.resend_wait,
                hint: &(words.resend_hint)(resend.wait_seconds.into()),
                is_main: is_resend_main,
            })) }
            (layout::another_way(chrome, page.is_another_way_offered, !is_waiting && !is_resend_main))
        }
    }
}

impl PushState<'_> {
    fn problem(self, chrome: &Chrome<'_>) -> Option<Problem> {
        let words = &chrome.words.problem;
        match self {
            Self::Waiting { .. } | Self::Approved => None,
            Self::Denied => {
                let links = &chrome.brand.links;
                let text = problem::linked(words.push_denied_text, links.change_password.or(links.reset_password));
                Some(Problem::new(words.push_denied, text))
            }
            Self::Expired => Some(Problem::new(words.push_expired, words.push_expired_text)),
            Self::Wait { seconds } => Some(Problem::wait(chrome, seconds)),
            Self::NotAnswering { retry_seconds } => Some(Problem::not_answering(chrome, retry_seconds)),
        }
    }
}
