//! Consecutive failures, per account and factor: waits that grow, then a hold, then no more tries at all (SEC-110,
//! SEC-111).
//!
//! Okta counts wrong passwords until a right one and locks the account at its own threshold. It never resets them with
//! time, so neither do we: between two successes strangers have a fixed number of failures, however long they take.
//! Before the last of them they wait a day, so that a customer who knows the password gets in once a burst of guesses
//! is over.

use std::time::Duration;

use super::keys::{AccountKey, account_and_factor};
use super::mode::Mode;
use super::saved_failures::KeptRow;
use super::settings::FailureRules;
use super::shared_counters::{CounterRowChange, RowValue, TableParts, from_nanos, nanos};
use super::table::{CounterTable, Fades};
use super::throttled::NEVER;
use super::ticks::Ticks;
use crate::domain::factor::Factor;

/// One row per visitor and factor. The row of [`AccountKey::of_anybody`] counts every failure of the account, as Okta
/// does; the other rows count those of one visitor, whom the failures of strangers do not delay.
#[derive(Debug)]
pub(super) struct Failures {
    rules: FailureRules,
    ticks: Ticks,
    table: CounterTable<(AccountKey, Factor), Row>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Row {
    count: u32,
    open_at: Duration,
    /// Tries that Okta has not answered yet. Any of them may fail, so they count as failures where it matters.
    under_way: u32,
    /// When they count as over in any case, because no caller waits longer for an answer.
    settled_at: Duration,
    fades_at: Duration,
}

/// The name of their table.
pub(super) const TABLE: &str = "failures";

/// When a stored row has faded, in the time that limits count in; `None` for one of another version.
pub(super) fn fades_at(stored: &[u8]) -> Option<Duration> {
    Row::from_bytes(stored).map(|row| row.fades_at)
}

impl RowValue for Row {
    fn to_bytes(&self) -> Vec<u8> {
        let counts = [self.count, self.under_way].map(u32::to_be_bytes);
        let moments = [self.open_at, self.settled_at, self.fades_at].map(nanos);
        [counts.concat(), moments.concat()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (counts, moments) = bytes.split_first_chunk::<8>()?;
        let ([count, under_way], []) = counts.as_chunks::<4>() else {
            return None;
        };
        let ([open_at, settled_at, fades_at], []) = moments.as_chunks::<8>() else {
            return None;
        };
        Some(Self {
            count: u32::from_be_bytes(*count),
            under_way: u32::from_be_bytes(*under_way),
            open_at: from_nanos(*open_at),
            settled_at: from_nanos(*settled_at),
            fades_at: from_nanos(*fades_at),
        })
    }

    /// A try in progress ends with its process.
    fn at_rest(&self) -> Option<Vec<u8>> {
        let settled = Self {
            under_way: 0,
            settled_at: Duration::ZERO,
            ..*self
        };
        (self.count > 0).then(|| settled.to_bytes())
    }
}

impl Fades for Row {
    fn fades_at(&self) -> Duration {
        self.fades_at
    }

    /// So a flood of names that failed once evicts no name that is about to be held.
    fn weight(&self) -> u32 {
        self.count
    }
}

impl Failures {
    pub(super) fn new(rules: FailureRules, TableParts { ticks, home }: TableParts<'_>) -> Self {
        Self {
            rules,
            ticks: ticks.clone(),
            table: CounterTable::new(home, TABLE),
        }
    }

    /// How long the next try has to wait; [`NEVER`] if time does not end the wait. In [`Mode::Take`] a permitted try
    /// counts as in progress until its end is reported.
    pub(super) fn ask(&self, who: &AccountKey, factor: Factor, mode: Mode) -> Duration {
        if !is_guessed(factor) {
            return Duration::ZERO;
        }
        let (now, all) = (self.ticks.since_start(), who.of_anybody());
        if !who.is_anybody() && self.count(&all, factor) >= self.rules.most {
            return NEVER;
        }
        let most = self.most(who, factor);
        let wait = self.table.update(&(*who, factor), |row| {
            let row = row.copied().unwrap_or_default();
            match row.wait(now, self.rules.free, most) {
                Duration::ZERO if mode == Mode::Take => (Duration::ZERO, Some(self.begun(row, now))),
                wait => (wait, None),
            }
        });
        if wait.is_zero() && mode == Mode::Take && !who.is_anybody() {
            self.change(&all, factor, |row| self.begun(row, now));
        }
        wait
    }

    /// The failures in a row that count, and how long the next try of this visitor has to wait.
    pub(super) fn look(&self, who: &AccountKey, factor: Factor) -> (u32, Duration) {
        let now = self.ticks.since_start();
        let count = self.table.update(&(*who, factor), |row| {
            let counting = row.filter(|row| now < row.fades_at);
            (counting.map_or(0, |row| row.count), None)
        });
        (count, self.ask(who, factor, Mode::Look))
    }

    /// The try failed.
    pub(super) fn failed(&self, who: &AccountKey, factor: Factor) {
        if !is_guessed(factor) {
            return;
        }
        let now = self.ticks.since_start();
        for who in rows(who) {
            self.change(&who, factor, |row| {
                let count = row.count.saturating_add(1);
                let open_at = now.saturating_add(self.wait_after(count, &who));
                Row {
                    count,
                    open_at,
                    fades_at: open_at.saturating_add(self.rules.remembered),
                    ..row.ended()
                }
            });
        }
    }

    /// The try did not fail, which does not make it a sign-in: it is only no longer in progress.
    pub(super) fn passed(&self, who: &AccountKey, factor: Factor) {
        for who in rows(who).filter(|_| is_guessed(factor)) {
            self.change(&who, factor, Row::ended);
        }
    }

    /// These factors have signed the account in. A visitor who was refused another factor may try it again (SEC-110),
    /// but Okta still counts the failures of that other factor, and so strangers' failures stay.
    /// Of the other factors, only `among` are looked at.
    pub(super) fn succeeded(&self, who: &AccountKey, accepted: &[Factor], among: &[Factor]) {
        let all = who.of_anybody();
        for factor in among.iter().copied().filter(|factor| is_guessed(*factor)) {
            if accepted.contains(&factor) {
                self.table.forget(&(all, factor));
            } else if self.count(&all, factor) > self.rules.outside_most {
                let count = self.rules.outside_most;
                self.change(&all, factor, |row| Row { count, ..row });
            }
            self.table.forget(&(who.confirmed(), factor));
        }
    }

    /// Resets every failure of the account, for an operator, and says how many there were of each factor.
    pub(super) fn reset(&self, who: &AccountKey) -> Vec<(Factor, u32)> {
        let now = self.ticks.since_start();
        let mut failures = Vec::new();
        for factor in Factor::ALL {
            // The row of anybody counts those of the other one too.
            let rows = [who.of_anybody(), who.of_anybody().confirmed()];
            let gone = rows.map(|who| self.table.forget(&(who, factor)));
            let counting = gone.into_iter().flatten().filter(|row| now < row.fades_at);
            let count = counting.map(|row| row.count).max().unwrap_or_default();
            if count > 0 {
                failures.push((factor, count));
            }
        }
        failures
    }

    /// Takes over the rows that an earlier process stored, and tracks changed rows from now on; returns the obsolete
    /// rows.
    pub(super) fn restore(&self, known: Vec<KeptRow>) -> Vec<KeptRow> {
        let (now, mut stale) = (self.ticks.since_start(), Vec::new());
        self.table.notes_changes();
        for KeptRow { name, value } in known {
            let key = account_and_factor(&name);
            let row = value.as_deref().and_then(Row::from_bytes);
            match key.zip(row).filter(|(_, row)| now < row.fades_at) {
                Some((key, row)) => self.table.update(&key, |_| ((), Some(row))),
                None => stale.push(KeptRow { name, value: None }),
            }
        }
        // Rows that did not fit are to be deleted as well; the others are stored already.
        let changed = self.table.take_changed().into_iter();
        stale.extend(changed.filter(|row| row.value.is_none()));
        stale
    }

    /// The rows that have changed since the last call, in their stored form.
    pub(super) fn take_changed(&self) -> Vec<KeptRow> {
        self.table.take_changed()
    }

    pub(super) fn changes(&self) -> Vec<CounterRowChange> {
        self.table.changes(self.ticks.since_start())
    }

    pub(super) fn sweep(&self) {
        self.table.sweep(self.ticks.since_start());
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    fn count(&self, who: &AccountKey, factor: Factor) -> u32 {
        self.table
            .update(&(*who, factor), |row| (row.map_or(0, |row| row.count), None))
    }

    fn change(&self, who: &AccountKey, factor: Factor, change: impl FnOnce(Row) -> Row) {
        self.table.update(&(*who, factor), |row| {
            ((), Some(change(row.copied().unwrap_or_default())))
        });
    }

    fn begun(&self, row: Row, now: Duration) -> Row {
        let settled_at = now.saturating_add(self.rules.longest_call);
        Row {
            under_way: row.under_way(now).saturating_add(1),
            settled_at,
            fades_at: row.fades_at.max(settled_at),
            ..row
        }
    }

    /// Okta locks only passwords. At a code strangers are delayed, not shut out, until there were too many failures in
    /// all.
    fn most(&self, who: &AccountKey, factor: Factor) -> u32 {
        if who.is_anybody() && factor == Factor::Password {
            self.rules.outside_most
        } else {
            self.rules.most
        }
    }

    fn wait_after(&self, count: u32, who: &AccountKey) -> Duration {
        if who.is_anybody() && count.saturating_add(1) >= self.rules.outside_most {
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

impl Row {
    fn wait(&self, now: Duration, free: u32, most: u32) -> Duration {
        if self.count >= most {
            return NEVER;
        }
        if now < self.open_at {
            return self.open_at.saturating_sub(now);
        }
        // From the last free failure on, one try at a time, so that many simultaneous tries cannot fail together.
        match self.under_way(now) {
            0 => Duration::ZERO,
            under_way if self.count.saturating_add(under_way) < free => Duration::ZERO,
            _ => self.settled_at.saturating_sub(now),
        }
    }

    fn under_way(&self, now: Duration) -> u32 {
        if now < self.settled_at { self.under_way } else { 0 }
    }

    fn ended(self) -> Self {
        Self {
            under_way: self.under_way.saturating_sub(1),
            ..self
        }
    }
}

/// The rows that count this visitor's tries.
fn rows(who: &AccountKey) -> impl Iterator<Item = AccountKey> + use<> {
    let own = (!who.is_anybody()).then_some(*who);
    std::iter::once(who.of_anybody()).chain(own)
}

/// A push or a passkey cannot be guessed, so nobody is shut out of them (SEC-112).
fn is_guessed(factor: Factor) -> bool {
    match factor {
        Factor::Password | Factor::Otp | Factor::Sms | Factor::Voice | Factor::Email => true,
        Factor::Push | Factor::Passkey => false,
    }
}
