//! Failures in a row: waits that grow, then a hold that keeps the account from being locked at Okta (SEC-110, SEC-111).

use std::time::Duration;

use super::keys::Digest;
use super::settings::FailureRules;
use super::table::{Fades, Table};
use super::ticks::Ticks;

/// One row per visitor key.
#[derive(Debug)]
pub(super) struct Failures {
    rules: FailureRules,
    ticks: Ticks,
    table: Table<Digest, Row>,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    count: u32,
    open_at: Duration,
    fades_at: Duration,
}

impl Fades for Row {
    fn fades_at(&self) -> Duration {
        self.fades_at
    }
}

impl Failures {
    pub(super) fn new(rules: FailureRules, ticks: Ticks, most: usize) -> Self {
        Self {
            rules,
            ticks,
            table: Table::new(most),
        }
    }

    /// How long the next try has to wait.
    pub(super) fn wait(&self, who: &Digest) -> Duration {
        let now = self.ticks.since_start();
        self.table.update(who, |row| {
            let open_at = row.map_or(now, |row| row.open_at);
            (open_at.saturating_sub(now), None)
        })
    }

    /// One more. The row is remembered for a hold's time after it opens again, so that the first failure after a hold
    /// holds at once: Okta goes on counting too.
    pub(super) fn note(&self, who: &Digest, is_on_device: bool) {
        let now = self.ticks.since_start();
        self.table.update(who, |row| {
            let remembered = row.filter(|row| row.fades_at > now);
            let count = remembered.map_or(0, |row| row.count).saturating_add(1);
            let open_at = now.saturating_add(self.wait_after(count, is_on_device));
            let row = Row {
                count,
                open_at,
                fades_at: open_at.saturating_add(self.rules.hold),
            };
            ((), Some(row))
        });
    }

    pub(super) fn forget(&self, who: &Digest) {
        self.table.forget(who);
    }

    pub(super) fn sweep(&self) {
        self.table.sweep(self.ticks.since_start());
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    fn wait_after(&self, count: u32, is_on_device: bool) -> Duration {
        let held_after = if is_on_device {
            self.rules.device_held_after
        } else {
            self.rules.held_after
        };
        if count >= held_after {
            return self.rules.hold;
        }
        let Some(doublings) = count.checked_sub(self.rules.free) else {
            return Duration::ZERO;
        };
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        let wait = self.rules.first_wait.saturating_mul(factor);
        wait.min(self.rules.longest_wait)
    }
}
