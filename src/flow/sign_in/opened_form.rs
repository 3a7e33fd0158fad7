//! Forms that were opened but not posted yet. Their attempts are in no store: anybody can open any number of forms, and
//! hardly any is ever filled in. Each page carries its own attempt, sealed; the first post stores it.

use crate::domain::attempt::Attempt;
use crate::domain::ids::{FormReference, Tab, VisitId};
use crate::flow::{Flow, FlowError, OpenedForm, Outcome, Visitor};
use crate::session::HashedId;
use crate::session::secrets::Csrf;

impl Flow {
    /// How a page of this visit refers to its attempt: by tab and step if it is stored, else by the whole attempt,
    /// sealed.
    pub fn attempt_reference(&self, visit: &VisitId, outcome: &Outcome) -> String {
        let Outcome { tab, attempt, .. } = outcome;
        if !outcome.is_stored {
            return self.parts.opened_forms.seal(HashedId::of_visit(visit), tab, attempt);
        }
        attempt.form_ref(*tab).to_string()
    }

    /// The form that a page of this visit carries; `None` for any text but what [`attempt_reference`](Self::attempt_reference) sealed
    /// for it.
    pub fn opened_form(&self, visit: &VisitId, text: &str) -> Option<OpenedForm> {
        let (tab, attempt) = self.parts.opened_forms.open(HashedId::of_visit(visit), text)?;
        Some(OpenedForm { tab, attempt })
    }

    /// The form reference of a post that carries none: that of the page whose token it has, so that equal posts mean
    /// one attempt (SEC-144).
    pub fn form_of_page(&self, token: &str) -> FormReference {
        let tab = Csrf::tab_of_page(token);
        FormReference { tab, serial: 0 }
    }

    /// A fresh form.
    pub(in crate::flow) fn opened(&self, attempt: Attempt) -> Outcome {
        Outcome::opened(self.parts.secrets.ids.new_tab(), attempt)
    }

    /// Stores the attempt; returns false if another request did so before.
    pub(in crate::flow) async fn store_opened(
        &self,
        visitor: &Visitor,
        tab: &Tab,
        attempt: Attempt,
    ) -> Result<bool, FlowError> {
        let opened = self.parts.store.open(visitor.key(), tab, attempt).await;
        let gone = opened.map_err(FlowError::storing_attempt)?;
        let is_ours = gone.is_some();
        self.give_back_unclaimed(gone.unwrap_or_default());
        Ok(is_ours)
    }
}
