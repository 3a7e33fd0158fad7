//! With a name alone, Okta's refusal of a code or a push looks like its acceptance (SEC-106, 0025).
//!
//! A browser that has proved nothing learns nothing about the account: not whether it exists, nor which factors it has,
//! nor that it is locked. So that timing does not reveal it either, sent and unsent challenges take the same time, and
//! so do the answers to them (SEC-107).

use jiff::Timestamp;

use super::okta_answers::OktaQuestion;
use super::tries::is_wrong;
use crate::domain::attempt::{Event, Unsent};
use crate::domain::factor::Factor;
use crate::domain::problem::Refusal;
use crate::domain::session::{after, until};
use crate::flow::Flow;
use crate::flow::okta_call::Outage;

impl Flow {
    /// The page that an acceptance would have led to.
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
        self.tell_of_refusal(source, "wrong", None);
        Event::Refused {
            factor: source,
            refusal: Refusal::WrongCode,
        }
    }

    /// Gives sent and unsent challenges for a name alone the same total time.
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

    /// Delays wrong codes that came with a name alone. Before any has been measured, the time of sending one is used.
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

    /// Delays polls of an unanswered push, for a name alone.
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
