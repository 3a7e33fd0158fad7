//! How tries to sign in ended, as the help desk is told.

use std::net::IpAddr;

use jiff::Timestamp;

use super::attempt::Event;
use super::factor::Factor;
use super::problem::Refusal;

/// How one try with a factor ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastTry {
    /// When.
    pub at: Timestamp,
    /// What the log calls the user.
    pub user: String,
    /// With which factor; `None` where Okta's own page was used.
    pub factor: Option<Factor>,
    /// How: a word of [`word_of`], [`SIGNED_IN`], [`THROTTLED`], [`CLOSED`], or one of a later version.
    pub result: String,
    /// The limit that held it back, as the metric and the log call it.
    pub limit: Option<String>,
    /// The network that it came from: an IPv4 /24 or an IPv6 /48.
    pub network: IpAddr,
    /// The support code of its page.
    pub support_code: String,
}

/// A session began.
pub const SIGNED_IN: &str = "signed_in";

/// A limit of this service held the try back.
pub const THROTTLED: &str = "throttled";

/// So many tries failed that time does not end the wait.
pub const CLOSED: &str = "closed";

/// The factor of an event and the word for how the try ended: those of the log, where it has one. `None` for events that
/// end no try.
pub fn word_of(event: &Event) -> Option<(Factor, &'static str)> {
    match event {
        Event::MoreNeeded { factor, .. } => Some((*factor, "next_step")),
        Event::Sent { source, .. } => Some((*source, "sent")),
        Event::Pushed(_) => Some((Factor::Push, "sent")),
        // Okta's reason is in the log; the page does not show that there was one.
        Event::Unsent { factor, .. } => Some((*factor, "not_sent")),
        Event::Refused { factor, refusal } => Some((*factor, word(*refusal, *factor)?)),
        // A session begins, which is noted by itself, or the try goes on.
        Event::Accepted { .. }
        | Event::Proven { .. }
        | Event::SessionStarted(_)
        | Event::Named(_)
        | Event::PasswordChosen
        | Event::CodeChosen
        | Event::StillPending(_)
        | Event::PasskeyAsked(_)
        | Event::Left(_)
        | Event::CameBack(_)
        | Event::OtherWay
        | Event::SameWay => None,
    }
}

fn word(refusal: Refusal, factor: Factor) -> Option<&'static str> {
    Some(match refusal {
        Refusal::WrongCredentials => "wrong_credentials",
        Refusal::WrongCode => "wrong_code",
        Refusal::Declined => "push_declined",
        Refusal::ChallengeExpired if factor == Factor::Push => "push_expired",
        Refusal::ChallengeExpired => "code_expired",
        Refusal::FlowExpired => "start_again",
        Refusal::NotSetUp => "not_set_up",
        Refusal::NothingSetUp => "nothing_set_up",
        Refusal::PasskeyRefused => "passkey_refused",
        Refusal::PasswordExpired => "password_expired",
        Refusal::PolicyRefused => "policy_refused",
        Refusal::NotAssigned => "not_assigned",
        Refusal::NumberMissing => "number_missing",
        Refusal::NotDelivered => "not_delivered",
        // Noted by itself, with the limit.
        Refusal::HeldBack { .. } | Refusal::Closed => return None,
        Refusal::RateLimited { .. } => "okta_limited",
        Refusal::Unavailable { .. } => "unavailable",
        Refusal::Nonsense => "nonsense",
        Refusal::Misconfigured => "misconfigured",
    })
}
