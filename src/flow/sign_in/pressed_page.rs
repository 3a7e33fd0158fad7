//! What the press of a button does, depending on its page: that page may be old, and the press a double click.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::attempt::Attempt;
use crate::domain::ids::{FormReference, PressMark};
use crate::domain::session::after;

/// Within this time, a second press of a button is a double click; later, it is a deliberate reuse of the form.
const DOUBLE_PRESS: Duration = Duration::from_secs(2);

/// What a press on the page of an earlier step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::flow) enum OldPage {
    /// It shows the current step of the attempt.
    LeadsOn,
    /// The same, unless the customer typed into it what belongs to a finished sign-in: that must never continue as
    /// another customer.
    WasFilled,
    /// The first form, reached by the back button: the customer starts over on purpose.
    StartsOver,
}

/// What a press does to the attempt that its form belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// It continues the attempt.
    Continues,
    /// It begins a sign-in of its own.
    StartsAnew,
    /// Nothing: its page is old, and the current step of the attempt is shown.
    IsOld,
}

/// The press of a button, and the page that it is on.
#[derive(Debug, Clone, Copy)]
pub(super) struct PressedPage {
    pub(super) step: FormReference,
    pub(super) old_page: OldPage,
    pub(super) mark: Option<PressMark>,
}

impl PressedPage {
    pub(super) fn starts_over(self) -> bool {
        self.old_page == OldPage::StartsOver
    }

    pub(super) fn act(self, attempt: &Attempt, now: Timestamp) -> Act {
        let is_won = attempt.stage.is_over() || attempt.has_tokens();
        let is_old = attempt.facts.serial != self.step.serial;
        let is_another = self.mark.is_some_and(|mark| attempt.facts.pressed != Some(mark));
        let is_late = now >= after(attempt.facts.changed, DOUBLE_PRESS);
        // A code that was corrected during its first press belongs to the same step.
        let is_mended = self.old_page == OldPage::WasFilled
            && attempt.facts.serial.checked_sub(1) == Some(self.step.serial)
            && attempt.stage.awaits_a_code()
            && is_another
            && !is_late;
        // Input into a form whose sign-in is finished is a separate sign-in, and so is a form that the customer
        // corrected during its first press.
        let is_meant = self.starts_over() && (is_won || is_another || is_late);
        match (is_old, is_mended, is_meant) {
            (true, false, false) => Act::IsOld,
            (true, false, true) => Act::StartsAnew,
            _ if is_won => Act::StartsAnew,
            _ => Act::Continues,
        }
    }
}
