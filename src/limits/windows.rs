//! Allowances: at most a number in any period. A rate would allow nearly twice as many.

use std::hash::Hash;
use std::time::Duration;

use super::keys::Named;
use super::mode::Mode;
use super::settings::Allowance;
use super::shared_counters::{CounterRowChange, RowValue, TableParts, from_nanos, nanos};
use super::table::{CounterTable, Fades};
use super::ticks::Ticks;

/// One sliding window per key.
#[derive(Debug)]
pub(super) struct Windows<K> {
    allowance: Allowance,
    ticks: Ticks,
    table: CounterTable<K, Taken>,
}

/// What is charged to a key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) used: usize,
    pub(super) allowance: Allowance,
    /// How long until the next use; zero while some are left.
    pub(super) wait: Duration,
}

/// When each use stops counting, oldest first; never empty, never more than allowed.
#[derive(Debug)]
struct Taken(Vec<Duration>);

impl Fades for Taken {
    fn fades_at(&self) -> Duration {
        self.0.last().copied().unwrap_or_default()
    }
}

impl RowValue for Taken {
    fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|end| nanos(*end)).collect()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (ends, rest) = bytes.as_chunks::<8>();
        let is_whole = rest.is_empty() && !ends.is_empty();
        is_whole.then(|| Self(ends.iter().map(|end| from_nanos(*end)).collect()))
    }
}

impl<K: Named + Hash + Eq + Clone> Windows<K> {
    pub(super) fn new(allowance: Allowance, TableParts { ticks, home }: TableParts<'_>, name: &'static str) -> Self {
        Self {
            allowance,
            ticks: ticks.clone(),
            table: CounterTable::new(home, name),
        }
    }

    /// How long this key has to wait. Zero means that it is allowed, and in [`Mode::Take`] that it has been charged.
    pub(super) fn ask(&self, who: &K, mode: Mode) -> Duration {
        let now = self.ticks.since_start();
        self.table.update(who, |taken| {
            let taken = taken.map_or(&[][..], |taken| &taken.0);
            // No larger than needed: every account that waits for a push has several.
            let mut counting = Vec::with_capacity(taken.len() + 1);
            counting.extend(taken.iter().filter(|end| **end > now));
            let most = usize::try_from(self.allowance.most.get()).unwrap_or(usize::MAX);
            if counting.len() >= most {
                let first_end = counting.first().copied().unwrap_or(now);
                return (first_end.saturating_sub(now), None);
            }
            counting.push(now.saturating_add(self.allowance.within));
            let next = (mode == Mode::Take).then_some(Taken(counting));
            (Duration::ZERO, next)
        })
    }

    /// What is charged to this key; `None` if nothing is.
    pub(super) fn look(&self, who: &K) -> Option<Window> {
        let now = self.ticks.since_start();
        let wait = self.ask(who, Mode::Look);
        self.table.update(who, |taken| {
            let used = taken.map_or(0, |taken| taken.0.iter().filter(|end| **end > now).count());
            let window = Window {
                used,
                allowance: self.allowance,
                wait,
            };
            ((used > 0).then_some(window), None)
        })
    }

    /// Returns everything that was charged to this key, and says how much that was.
    pub(super) fn forget(&self, who: &K) -> usize {
        let now = self.ticks.since_start();
        let taken = self.table.forget(who);
        taken.map_or(0, |taken| taken.0.iter().filter(|end| **end > now).count())
    }

    pub(super) fn changes(&self) -> Vec<CounterRowChange> {
        self.table.changes(self.ticks.since_start())
    }

    pub(super) fn sweep(&self) {
        self.table.sweep(self.ticks.since_start());
    }
}
