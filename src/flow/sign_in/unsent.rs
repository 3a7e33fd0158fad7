//! With a name alone, Okta's "no" to a code or a push looks like its "yes" (SEC-106, 0025).
//!
//! A browser that has proved nothing is told nothing about the account: not whether it exists, nor which factors it
//! has, nor that it is locked. So that timing does not tell either, what was sent and what was not takes the same time,
//! and so do the answers to it (SEC-107).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use okta_direct_auth::{CodePending, Error, ErrorKind, PushPending};

use super::okta::OktaQuestion;
use super::timing_floor::TimingFloor;
use super::tries::is_wrong;
use crate::domain::attempt::{Event, Unsent};
use crate::domain::factor::Factor;
use crate::domain::problem::Refusal;
use crate::domain::session::{after, until};
use crate::flow::Flow;
use crate::flow::call::Outage;

/// What Okta usually answers, used until this process has seen a real answer.
const USUAL_LIFE: Duration = Duration::from_mins(5);
const USUAL_INTERVAL: Duration = Duration::from_secs(5);

/// What the latest codes and pushes that Okta sent looked like.
#[derive(Debug, Default)]
pub(in crate::flow) struct Shapes(Mutex<HashMap<Factor, Shape>>);

#[derive(Debug, Clone, Copy)]
struct Shape {
    expires_in: Duration,
    interval: Duration,
    has_number: bool,
}

impl Shapes {
    pub(in crate::flow) fn note_code(&self, source: Factor, pending: &CodePending) {
        let shape = Shape {
            expires_in: pending.expires_in(),
            interval: USUAL_INTERVAL,
            has_number: false,
        };
        self.change(|seen| seen.insert(source, shape));
    }

    pub(in crate::flow) fn note_push(&self, pending: &PushPending) {
        let shape = Shape {
            expires_in: pending.expires_in(),
            interval: pending.interval(),
            has_number: pending.number().is_some(),
        };
        self.change(|seen| seen.insert(Factor::Push, shape));
    }

    fn of(&self, factor: Factor) -> Shape {
        let usual = Shape {
            expires_in: USUAL_LIFE,
            interval: USUAL_INTERVAL,
            has_number: false,
        };
        self.change(|seen| seen.get(&factor).copied().unwrap_or(usual))
    }

    fn change<R>(&self, change: impl FnOnce(&mut HashMap<Factor, Shape>) -> R) -> R {
        // Every change is one call, so a panic in another thread leaves nothing half done.
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How long Okta takes to send a challenge, by factor, and for the codes and polls that follow.
#[derive(Debug, Default)]
pub(in crate::flow) struct ChallengeFloors {
    challenges: [TimingFloor; 4],
    codes: TimingFloor,
    polls: TimingFloor,
}

impl ChallengeFloors {
    fn challenge(&self, factor: Factor) -> &TimingFloor {
        let [sms, voice, email, push] = &self.challenges;
        match factor {
            Factor::Sms => sms,
            Factor::Voice => voice,
            Factor::Email => email,
            // The other factors are never sent.
            Factor::Push | Factor::Password | Factor::Otp | Factor::Passkey => push,
        }
    }
}

/// Whether a refusal says something about one account. What it says about this service, the org or the client's network
/// is the same for every name.
pub(in crate::flow) fn tells_of_the_account(outage: &Outage<Error>) -> bool {
    let Outage::Refused(error) = outage else {
        return false;
    };
    match error.kind() {
        ErrorKind::UnknownLogin
        | ErrorKind::WrongCredentials
        | ErrorKind::PasswordNotSet
        | ErrorKind::PasswordExpired
        | ErrorKind::NotEnrolled
        | ErrorKind::FactorNotPrompted
        | ErrorKind::NoSupportedFactor
        | ErrorKind::PolicyDenied
        | ErrorKind::NotAssigned
        | ErrorKind::Denied
        | ErrorKind::AcrUnmet
        | ErrorKind::TooManyFactors
        | ErrorKind::DeliveryFailed => true,
        // There is a phone or mailbox, and something was sent to it just now.
        ErrorKind::RateLimited => matches!(
            error.cause(),
            "sms_recently_sent" | "call_recently_made" | "email_recently_sent"
        ),
        _ => false,
    }
}

impl Flow {
    /// The page that Okta's "yes" would have led to.
    pub(in crate::flow) fn unsent(&self, factor: Factor) -> Event {
        let shape = self.shapes.of(factor);
        let is_push = factor == Factor::Push;
        let has_number = shape.has_number || self.parts.settings.rules.require_number;
        let like = Unsent {
            expires_in: shape.expires_in,
            interval: shape.interval,
            number: (is_push && has_number).then(|| self.some_number()),
        };
        Event::Unsent { factor, like }
    }

    /// Two digits, as Okta shows them.
    fn some_number(&self) -> String {
        let secrets = &self.parts.secrets;
        let number = u16::from_be_bytes([secrets.ids.random_byte(), secrets.ids.random_byte()]) % 100;
        format!("{number:02}")
    }

    /// The answer to a code that was never sent. Okta knows of none, so it is not asked.
    pub(in crate::flow) fn never_right(&self, source: Factor) -> Event {
        if let Err(held_back) = self.parts.breaker.check() {
            return self.refused(source, OktaQuestion::Answer, Outage::HeldBack(held_back));
        }
        self.parts.observer.tried(source, "wrong");
        Event::Refused {
            factor: source,
            refusal: Refusal::WrongCode,
        }
    }

    /// Makes what was sent for a name alone take as long as what was not, and the other way round.
    pub(in crate::flow) async fn hold_challenge(&self, factor: Factor, event: &Event, began: Timestamp) {
        let timing = self.timing_floors.sent.challenge(factor);
        let (now, random) = (self.now(), self.parts.secrets.ids.random_byte());
        let took = until(began, now);
        let floor = match event {
            Event::Sent { .. } | Event::Pushed(_) => timing.level(took, now, random),
            Event::Unsent { .. } => timing.floor(took, now, random),
            _ => return,
        };
        self.parts.clock.sleep_until(after(began, floor)).await;
    }

    /// Holds back wrong codes that came with a name alone. Before any has been seen, the time of sending one stands in
    /// for it.
    pub(in crate::flow) async fn hold_code(&self, source: Factor, event: &Event, began: Timestamp) {
        let (timing, now) = (&self.timing_floors.sent.codes, self.now());
        let took = until(began, now);
        if is_wrong(event) {
            let floor = timing.floor(took, now, self.parts.secrets.ids.random_byte());
            let least = self.timing_floors.sent.challenge(source).usual();
            let moment = after(began, floor.max(least));
            self.parts.clock.sleep_until(moment).await;
        } else if let Event::Accepted { .. } | Event::MoreNeeded { .. } = event {
            timing.right(took);
        }
    }

    /// Holds back polls of a push that has not been answered yet, for a name alone.
    pub(in crate::flow) async fn hold_poll(&self, event: &Event, began: Timestamp) {
        let (timing, now) = (&self.timing_floors.sent.polls, self.now());
        let (took, random) = (until(began, now), self.parts.secrets.ids.random_byte());
        let floor = match event {
            Event::StillPending(Some(_)) => timing.level(took, now, random),
            Event::StillPending(None) => timing.floor(took, now, random),
            _ => return,
        };
        let least = self.timing_floors.sent.challenge(Factor::Push).usual();
        let moment = after(began, floor.max(least));
        self.parts.clock.sleep_until(moment).await;
    }
}
