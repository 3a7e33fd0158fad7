//! Answering with a passkey.

use okta_direct_auth::Assertion;

use super::claim::Claimed;
use super::okta_answers::OktaQuestion;
use super::pressed_page::OldPage;
use crate::domain::attempt::{Event, Stage};
use crate::domain::factor::Factor;
use crate::domain::ids::FormReference;
use crate::domain::problem::Refusal;
use crate::flow::okta_call::without_state;
use crate::flow::{Flow, FlowError, Outcome, Visitor};
use crate::limits::Share;

/// The assertion of the browser's authenticator, as the form carried it: base64url text, unchecked.
#[derive(Debug, Clone, Default)]
pub struct PasskeyAnswer {
    /// `response.authenticatorData`.
    pub authenticator_data: String,
    /// `response.clientDataJSON`.
    pub client_data: String,
    /// `response.signature`.
    pub signature: String,
    /// `response.userHandle`, when the authenticator returned one.
    pub user_handle: Option<String>,
}

impl Flow {
    /// Passes the assertion on to Okta unchanged.
    pub async fn answer_passkey(
        &self,
        visitor: Visitor,
        form_ref: FormReference,
        answer: PasskeyAnswer,
    ) -> Result<Outcome, FlowError> {
        let work = match self.claim(&visitor, &form_ref, OldPage::WasFilled, None).await? {
            Claimed::Ours(work) => *work,
            Claimed::Answered(outcome) => return Ok(*outcome),
        };
        let Stage::Passkey { pending, .. } = &work.attempt.stage else {
            return self.abandon(&visitor, work).await;
        };
        let user_handle = answer.user_handle.as_deref().filter(|handle| !handle.is_empty());
        let assertion = Assertion::parse(
            &answer.authenticator_data,
            &answer.client_data,
            &answer.signature,
            user_handle,
        );
        let event = match assertion {
            Ok(assertion) => {
                let device = visitor.device();
                let call = pending.clone().answer(&self.parts.okta, &assertion, &device);
                self.answered(
                    Factor::Passkey,
                    OktaQuestion::Answer,
                    without_state(self.call(Share::SignIn, call).await),
                )
            }
            // There is no assertion, for example because the browser's dialog was closed: Okta need not be asked.
            Err(_) => Event::Refused {
                factor: Factor::Passkey,
                refusal: Refusal::PasskeyRefused,
            },
        };
        self.commit(&visitor, work, event).await
    }
}
