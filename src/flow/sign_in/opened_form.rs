//! Forms that were opened but not posted yet. Their attempts are in no store: anybody can open any number of forms, and
//! hardly any is ever filled in. Each page carries its own attempt, sealed; the first post stores it.

use crate::domain::attempt::Attempt;
use crate::domain::factor::Factor;
use crate::domain::ids::{FormReference, Tab, VisitId};
use crate::flow::one_step::OneStep;
use crate::flow::{Flow, FlowError, OpenedForm, Outcome, Visitor};
use crate::limits::{AccountKey, Throttled, Unavailable};
use crate::session::secrets::Csrf;
use crate::session::{ChangeError, HashedId};

/// What the limits said to a password; `None` where they are still to be asked.
pub(super) type Checked = Option<Result<(), Throttled>>;

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

    /// Stores the attempt, and checks the limits for a password of this account if one is given. `None` if another
    /// request has stored the attempt before: then nothing is counted.
    pub(in crate::flow) async fn store_opened(
        &self,
        visitor: &Visitor,
        tab: &Tab,
        attempt: Attempt,
        password_of: Option<&AccountKey>,
    ) -> Result<Option<Checked>, FlowError> {
        let store = &*self.parts.store;
        let (opened, checked) = match password_of.filter(|_| store.rows().is_some()) {
            Some(account) => self.open_and_check(visitor, tab, attempt, account).await,
            None => (store.open(visitor.key(), tab, attempt).await, None),
        };
        Ok(opened.map_err(FlowError::storing_attempt)?.map(|evicted| {
            self.give_back_unclaimed(evicted);
            checked
        }))
    }

    async fn open_and_check(
        &self,
        visitor: &Visitor,
        tab: &Tab,
        attempt: Attempt,
        account: &AccountKey,
    ) -> (Result<Option<Vec<Attempt>>, ChangeError>, Checked) {
        let store = &*self.parts.store;
        let step = OneStep::new(store, |rows| async move {
            match store.open_with_rows(visitor.key(), tab, attempt, rows).await {
                Ok(Some(opened)) => (Ok(Some(opened.evicted)), Ok(opened.rows)),
                Ok(None) => (Ok(None), Err(Unavailable)),
                Err(error) => (Err(error), Err(Unavailable)),
            }
        });
        let limits = &self.parts.limits;
        let checked = limits.check_sign_in_on(&step, account, Factor::Password, visitor.address);
        let checked = checked.await.ok();
        (step.outcome().await, checked)
    }
}
