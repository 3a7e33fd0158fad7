//! Which accounts have counts for anything but a password. A sign-in resets them, more than twenty rows; where replicas
//! share them, one row tells that an account has none, as most have with a password alone.

use std::time::Duration;

use super::keys::AccountKey;
use super::shared_counters::{CounterRowChange, RowValue, TableParts, from_nanos, nanos};
use super::table::{CounterTable, Fades};
use super::ticks::Ticks;

/// Longer than any of these counts lasts without being noted again: failures are remembered for a year.
const LASTS: Duration = Duration::from_hours(2 * 400 * 24);

#[derive(Debug)]
pub(super) struct OtherFactors {
    ticks: Ticks,
    /// `None` where one process counts by itself, for which looking costs nothing.
    table: Option<CounterTable<AccountKey, Until>>,
}

/// Until when there may be such counts.
#[derive(Debug, Clone, Copy)]
struct Until(Duration);

impl Fades for Until {
    fn fades_at(&self) -> Duration {
        self.0
    }
}

impl RowValue for Until {
    fn to_bytes(&self) -> Vec<u8> {
        nanos(self.0).to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(from_nanos(bytes)))
    }
}

impl OtherFactors {
    pub(super) fn new(TableParts { ticks, home }: TableParts<'_>) -> Self {
        Self {
            ticks: ticks.clone(),
            table: home.page.is_some().then(|| CounterTable::new(home, "other_factors")),
        }
    }

    /// To be called with every decision that may add such a count.
    pub(super) fn note(&self, account: &AccountKey) {
        let (now, Some(table)) = (self.ticks.since_start(), &self.table) else {
            return;
        };
        table.update(&account.of_anybody(), |until| {
            // Written rarely: half of the time is enough for any count.
            let is_noted = until.is_some_and(|until| until.0 > now + LASTS / 2);
            ((), (!is_noted).then(|| Until(now + LASTS)))
        });
    }

    /// Whether the account may have such counts.
    pub(super) fn may_count(&self, account: &AccountKey) -> bool {
        let table = self.table.as_ref();
        table.is_none_or(|table| table.update(&account.of_anybody(), |until| (until.is_some(), None)))
    }

    pub(super) fn changes(&self) -> Vec<CounterRowChange> {
        let now = self.ticks.since_start();
        self.table.as_ref().map(|table| table.changes(now)).unwrap_or_default()
    }
}
