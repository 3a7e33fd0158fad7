//! Choosing a factor, and asking for a new code or push.

use std::sync::Arc;

use okta_direct_auth::Channel;

use super::apply::ClaimMark;
use super::claim::{Claimed, Work};
use super::okta_answers::OktaQuestion;
use super::pressed_page::OldPage;
use crate::domain::attempt::{Attempt, Event, Origin, Stage};
use crate::domain::factor::Factor;
use crate::domain::ids::FormReference;
use crate::domain::input::Login;
use crate::domain::problem::Refusal;
use crate::domain::session::until;
use crate::flow::okta_call::without_state;
use crate::flow::{Flow, FlowError, Outcome, Visitor};
use crate::limits::{Share, Throttled};

impl Flow {
    /// Continues with the chosen factor. A waiting push is abandoned: a late answer to it no longer counts. A code that
    /// was sent stays valid until another challenge has really replaced it.
    pub async fn choose(
        &self,
        visitor: Visitor,
        form_ref: FormReference,
        factor: Factor,
    ) -> Result<Outcome, FlowError> {
        let mut work = match self.claim(&visitor, &form_ref, OldPage::LeadsOn, None).await? {
            Claimed::Ours(work) => *work,
            Claimed::Answered(outcome) => return Ok(*outcome),
        };
        if !work.attempt.choices(&self.parts.settings.ways).contains(&factor) || work.attempt.stage.origin().is_none() {
            return self.abandon(&visitor, work).await;
        }
        if let Err(throttled) = self.may_ask(&work.attempt, factor, &visitor).await {
            if self.waits_for(&work.attempt, factor) {
                // What was sent is still valid: its page is shown again, and nothing is sent.
                return self.commit(&visitor, work, Event::SameWay).await;
            }
            return self.throttled(&visitor, work, factor, throttled).await;
        }
        if matches!(work.attempt.stage, Stage::Push(_)) && factor != Factor::Push {
            let left = self
                .apply(&visitor, work.step(), Event::OtherWay, ClaimMark::Kept)
                .await?;
            match left {
                Some(attempt) if matches!(attempt.stage, Stage::Choose { .. }) => {
                    (work.attempt, work.revision) = (Arc::unwrap_or_clone(attempt), None);
                }
                Some(_) => return self.abandon(&visitor, work).await,
                None => return Ok(self.start_again(&visitor, Some(&work.attempt))),
            }
        }
        self.ask(visitor, work, factor).await
    }

    pub async fn resend(&self, visitor: Visitor, form_ref: FormReference) -> Result<Outcome, FlowError> {
        let work = match self.claim(&visitor, &form_ref, OldPage::LeadsOn, None).await? {
            Claimed::Ours(work) => *work,
            Claimed::Answered(outcome) => return Ok(*outcome),
        };
        let factor = match &work.attempt.stage {
            Stage::SentCode { source, .. } => *source,
            Stage::Push(_) => Factor::Push,
            _ => return self.abandon(&visitor, work).await,
        };
        if let Err(throttled) = self.may_ask(&work.attempt, factor, &visitor).await {
            return self.throttled(&visitor, work, factor, throttled).await;
        }
        self.ask(visitor, work, factor).await
    }

    /// Whether a challenge that was sent for this factor can still be answered.
    fn waits_for(&self, attempt: &Attempt, factor: Factor) -> bool {
        let now = self.now();
        match &attempt.stage {
            Stage::SentCode {
                source,
                expires,
                is_dead,
                ..
            } => *source == factor && !is_dead && now < *expires,
            Stage::Push(push) => factor == Factor::Push && push.over.is_none() && now < push.expires,
            _ => false,
        }
    }

    async fn ask(&self, visitor: Visitor, work: Work, factor: Factor) -> Result<Outcome, FlowError> {
        let event = self.event_of(&visitor, &work.attempt, factor).await;
        let is_sent = matches!(event, Event::Sent { .. } | Event::Pushed(_) | Event::Unsent { .. });
        let mut outcome = self.commit(&visitor, work, event).await?;
        outcome.is_sent = is_sent;
        Ok(outcome)
    }

    /// Requests the challenge that the factor needs.
    async fn event_of(&self, visitor: &Visitor, attempt: &Attempt, factor: Factor) -> Event {
        let channel = match factor {
            Factor::Password => return Event::PasswordChosen,
            Factor::Otp => return Event::CodeChosen,
            Factor::Passkey => return self.ask_passkey(visitor, attempt).await,
            Factor::Push => Channel::Push,
            Factor::Sms => Channel::Sms,
            Factor::Voice => Channel::Voice,
            Factor::Email => Channel::Email,
        };
        self.ask_out_of_band(visitor, attempt, factor, channel).await
    }

    /// Checks the cool-downs and caps: first those of the attempt, then those of the account.
    async fn may_ask(&self, attempt: &Attempt, factor: Factor, visitor: &Visitor) -> Result<(), Throttled> {
        let (facts, now) = (&attempt.facts, self.now());
        let cooled = |at| match until(now, at) {
            wait if wait.is_zero() => Ok(()),
            wait => Err(Throttled {
                scope: "cool_down",
                wait,
            }),
        };
        let Some(login) = &facts.login else {
            return Ok(());
        };
        let (account, limits) = (self.account(visitor, login), &self.parts.limits);
        if matches!(attempt.stage.origin(), Some(Origin::Name)) && factor != Factor::Password {
            limits.check_sign_in(&account, factor, visitor.address).await?;
        }
        let proven = match attempt.stage.origin() {
            Some(Origin::Mfa(_)) => account.confirmed(),
            Some(Origin::Name) | None => account,
        };
        match factor {
            Factor::Sms | Factor::Voice | Factor::Email => {
                if facts.sends >= self.parts.settings.rules.sends {
                    return Err(Throttled {
                        scope: "sends_per_attempt",
                        wait: until(now, facts.expires),
                    });
                }
                cooled(facts.messages_at)?;
                limits.check_send(&proven, visitor.address).await
            }
            Factor::Push => {
                cooled(facts.pushes_at)?;
                limits.check_push(&proven).await
            }
            Factor::Password | Factor::Otp | Factor::Passkey => Ok(()),
        }
    }

    async fn ask_out_of_band(&self, visitor: &Visitor, attempt: &Attempt, factor: Factor, channel: Channel) -> Event {
        let (okta, began) = (&self.parts.okta, self.now());
        match (attempt.stage.origin(), &attempt.facts.login) {
            (Some(Origin::Mfa(mfa)), _) => {
                let device = visitor.device();
                let call = mfa.clone().challenge(okta, channel, &device);
                let answer = without_state(self.call(Share::SignIn, call).await);
                self.challenged(factor, OktaQuestion::Challenge, answer)
            }
            (Some(Origin::Name), Some(login)) => {
                let context = visitor.context(attempt);
                let call = okta.out_of_band(login.as_str(), channel, &context);
                let answer = self.call(Share::SignIn, call).await;
                // A known browser has proved more than a name, so the real answer is shown.
                let asked = match self.known_to(visitor, login) {
                    Some(_) => OktaQuestion::Challenge,
                    None => OktaQuestion::ChallengeForName,
                };
                let event = self.challenged(factor, asked, answer);
                self.hold_challenge(factor, &event, began).await;
                event
            }
            _ => Event::Refused {
                factor,
                refusal: Refusal::FlowExpired,
            },
        }
    }

    async fn ask_passkey(&self, visitor: &Visitor, attempt: &Attempt) -> Event {
        let okta = &self.parts.okta;
        let answer = if let Some(Origin::Mfa(mfa)) = attempt.stage.origin() {
            let device = visitor.device();
            without_state(self.call(Share::SignIn, mfa.clone().webauthn(okta, &device)).await)
        } else {
            let context = visitor.context(attempt);
            let login = attempt.facts.login.as_ref().map(Login::as_str);
            self.call(Share::SignIn, okta.webauthn(login, &context)).await
        };
        match answer {
            Ok(pending) => Event::PasskeyAsked(pending),
            Err(outage) => self.refused(Factor::Passkey, OktaQuestion::Challenge, outage),
        }
    }
}
