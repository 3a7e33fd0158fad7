//! Remembering how tries ended, for the help desk.

use std::error::Error as StdError;

use crate::domain::attempt::{Event, Facts};
use crate::domain::factor::Factor;
use crate::domain::network::network_of;
use crate::domain::past_try::{CLOSED, PastTry, SIGNED_IN, THROTTLED, word_of};
use crate::domain::session::Session;
use crate::flow::{Flow, Visitor};
use crate::limits::Throttled;

impl Flow {
    /// Remembers the event, if it ends a try. Right and wrong proofs cost the same.
    pub(in crate::flow) async fn note_event(&self, visitor: &Visitor, about: &Facts, event: &Event) {
        if let (Some(login), Some((factor, result))) = (&about.login, word_of(event)) {
            self.note(visitor, login.as_str(), (Some(factor), result, None)).await;
        }
    }

    /// Remembers that a session began.
    pub(in crate::flow) async fn note_sign_in(&self, visitor: &Visitor, about: &Facts, session: &Session) {
        let login = about.login.as_ref().map_or(session.identity.login(), |it| it.as_str());
        let factor = about.accepted.last().copied();
        self.note(visitor, login, (factor, SIGNED_IN, None)).await;
    }

    /// Remembers that a limit held a try back.
    pub(in crate::flow) async fn note_throttled(
        &self,
        visitor: &Visitor,
        about: &Facts,
        factor: Factor,
        throttled: Throttled,
    ) {
        let Some(login) = &about.login else {
            return;
        };
        let (result, limit) = if throttled.is_closed() {
            (CLOSED, None)
        } else {
            (THROTTLED, Some(throttled.scope))
        };
        self.note(visitor, login.as_str(), (Some(factor), result, limit)).await;
    }

    async fn note(
        &self,
        visitor: &Visitor,
        login: &str,
        (factor, result, limit): (Option<Factor>, &str, Option<&str>),
    ) {
        let one = PastTry {
            at: self.now(),
            user: self.parts.secrets.pseudonyms.of(login),
            factor,
            result: result.to_owned(),
            limit: limit.map(str::to_owned),
            network: network_of(visitor.address),
            support_code: visitor.support_code.clone(),
        };
        let account = self.parts.limits.account(login).hash();
        if let Err(error) = self.parts.store.note_try(account, one).await
            && !error.is_logged
        {
            // Only the help desk misses it: the log has the request.
            tracing::debug!(error = &error as &dyn StdError, "a past try could not be remembered");
        }
    }
}
