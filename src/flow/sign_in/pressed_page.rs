//! What the press of a button does, by the page that it is on: that page may be old, and the press a double click.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::attempt::Attempt;
use crate::domain::ids::{FormReference, PressMark};
use crate::domain::session::after;

/// Within this time, a second press of a button is a double click; later, the form is used again on purpose.
const DOUBLE_PRESS: Duration = Duration::from_secs(2);

/// What to do with a page whose step is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::flow) enum OldPage {
    /// Show where the attempt stands now.
    LeadsOn,
    /// The same, unless the customer typed into it what belongs to a sign-in that is over: that must never continue as
    /// another person's.
    WasFilled,
    /// The first form, reached by "back": the customer starts over on purpose.
    StartsOver,
}

/// What a press does to the attempt that its form belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// It goes on with it.
    Continues,
    /// It begins a sign-in of its own.
    StartsAnew,
    /// Nothing: its page is old, and where the attempt stands now is shown.
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
        // A code that was corrected while its first press was on its way belongs to the same step.
        let is_mended = self.old_page == OldPage::WasFilled
            && attempt.facts.serial.checked_sub(1) == Some(self.step.serial)
            && attempt.stage.awaits_a_code()
            && is_another
            && !is_late;
        // What was typed into a form whose sign-in is over is a sign-in of its own, and so is what a customer corrected
        // in a form while its first press was on its way.
        let is_meant = self.starts_over() && (is_won || is_another || is_late);
        match (is_old, is_mended, is_meant) {
            (true, false, false) => Act::IsOld,
            (true, false, true) => Act::StartsAnew,
            _ if is_won => Act::StartsAnew,
            _ => Act::Continues,
        }
    }
}
