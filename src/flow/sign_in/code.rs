//! Answering with a code.

use okta_direct_auth::Code as OktaCode;
use secrecy::SecretString;

use super::claim::{Claimed, Work};
use super::okta_answers::OktaQuestion;
use super::pressed_page::OldPage;
use crate::domain::attempt::{Event, Origin, Stage};
use crate::domain::factor::Factor;
use crate::domain::ids::FormReference;
use crate::domain::input::Code;
use crate::domain::problem::Refusal;
use crate::flow::okta_call::without_state;
use crate::flow::{Flow, FlowError, Outcome, Visitor};
use crate::limits::{AccountKey, Share};

impl Flow {
    /// Has Okta check the typed code.
    pub async fn answer(
        &self,
        visitor: Visitor,
        form_ref: FormReference,
        typed: SecretString,
    ) -> Result<Outcome, FlowError> {
        let mut work = match self.claim(&visitor, &form_ref, OldPage::WasFilled, None).await? {
            Claimed::Ours(work) => *work,
            Claimed::Answered(outcome) => return Ok(*outcome),
        };
        let source = match &work.attempt.stage {
            Stage::Otp { .. } => Factor::Otp,
            Stage::SentCode { source, .. } => *source,
            _ => return self.abandon(&visitor, work).await,
        };
        let code = match Code::parse(&typed, source) {
            Ok(code) => OktaCode::from(code.into_secret()),
            Err(bad_input) => {
                let outcome = self.abandon(&visitor, work).await?;
                return Ok(Outcome {
                    bad_input: Some(bad_input),
                    ..outcome
                });
            }
        };
        let account = self.account_of(&visitor, &work);
        if let Some(account) = &account
            && let Err(throttled) = self.parts.limits.check_code(account, source).await
        {
            return self.throttled(&visitor, work, source, throttled).await;
        }
        let began = self.now();
        let event = self.offer(&visitor, &work, source, &code).await;
        if let Some(account) = &account {
            self.record_try(&visitor, &mut work, account, source, &event).await;
        }
        match &work.attempt.stage {
            Stage::Otp { origin: Origin::Name } => self.hold_back(&self.timing_floors.codes, &event, began).await,
            Stage::SentCode {
                origin: Origin::Name, ..
            } => self.hold_code(source, &event, began).await,
            _ => {}
        }
        self.commit(&visitor, work, event).await
    }

    /// The account that the code is counted against: strangers with a name alone must not block a customer who has
    /// already proved a factor.
    fn account_of(&self, visitor: &Visitor, work: &Work) -> Option<AccountKey> {
        let login = work.attempt.facts.login.as_ref()?;
        let account = self.account(visitor, login);
        Some(match work.attempt.stage.origin() {
            Some(Origin::Mfa(_)) => account.confirmed(),
            Some(Origin::Name) | None => account,
        })
    }

    async fn offer(&self, visitor: &Visitor, work: &Work, source: Factor, code: &OktaCode) -> Event {
        let (okta, device) = (&self.parts.okta, visitor.device());
        let mut asked = OktaQuestion::Answer;
        let answer = match (&work.attempt.stage, &work.attempt.facts.login) {
            (Stage::SentCode { expires, is_dead, .. }, _) if *is_dead || self.now() >= *expires => {
                return Event::Refused {
                    factor: source,
                    refusal: Refusal::ChallengeExpired,
                };
            }
            (Stage::SentCode { pending: None, .. }, _) => return self.never_right(source),
            (
                Stage::SentCode {
                    pending: Some(pending), ..
                },
                _,
            ) => without_state(
                self.call(Share::SignIn, pending.clone().answer(okta, code, &device))
                    .await,
            ),
            (
                Stage::Otp {
                    origin: Origin::Mfa(mfa),
                },
                _,
            ) => without_state(
                self.call(Share::SignIn, mfa.clone().answer_otp(okta, code, &device))
                    .await,
            ),
            (Stage::Otp { origin: Origin::Name }, Some(login)) => {
                asked = OktaQuestion::CodeForName;
                let context = visitor.context(&work.attempt);
                self.call(Share::SignIn, okta.otp(login.as_str(), code, &context)).await
            }
            _ => {
                return Event::Refused {
                    factor: source,
                    refusal: Refusal::FlowExpired,
                };
            }
        };
        self.answered(source, asked, answer)
    }
}
