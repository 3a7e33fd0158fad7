//! Allowances of an account in two parts: one for strangers, one for visitors who have proved something.
//!
//! Neither part can use up the other, so a stranger who knows a name shuts nobody out (0024). The phone or the mailbox
//! behind the account gets at most the sum of both.

use std::time::Duration;

use super::keys::AccountKey;
use super::mode::Mode;
use super::settings::Split;
use super::shared_counters::{CounterRowChange, TableParts};
use super::windows::{Window, Windows};

#[derive(Debug)]
pub(super) struct SplitWindows {
    proven: Windows<AccountKey>,
    strangers: Windows<AccountKey>,
}

impl SplitWindows {
    pub(super) fn new(split: Split, at: TableParts<'_>, [proven, strangers]: [&'static str; 2]) -> Self {
        Self {
            proven: Windows::new(split.proven, at, proven),
            strangers: Windows::new(split.strangers, at, strangers),
        }
    }

    /// How long this visitor has to wait. Zero means that they are allowed, and in [`Mode::Take`] that they have been
    /// charged.
    pub(super) fn ask(&self, who: &AccountKey, mode: Mode) -> Duration {
        self.of(who).ask(&who.pooled(), mode)
    }

    /// What is charged to this visitor's part; `None` if nothing is.
    pub(super) fn look(&self, who: &AccountKey) -> Option<Window> {
        self.of(who).look(&who.pooled())
    }

    /// Returns everything that was charged to this visitor's part, and says how much that was.
    pub(super) fn forget(&self, who: &AccountKey) -> usize {
        self.of(who).forget(&who.pooled())
    }

    pub(super) fn changes(&self) -> impl Iterator<Item = CounterRowChange> + use<> {
        self.proven.changes().into_iter().chain(self.strangers.changes())
    }

    pub(super) fn sweep(&self) {
        self.proven.sweep();
        self.strangers.sweep();
    }

    fn of(&self, who: &AccountKey) -> &Windows<AccountKey> {
        if who.is_anybody() {
            &self.strangers
        } else {
            &self.proven
        }
    }
}
