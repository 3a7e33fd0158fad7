//! Budgets per hour, for sends that cost money: a total, of which strangers may spend half.
//!
//! They may be far too large to keep the time of each send, so sends are counted in slots of five minutes. A slot
//! counts until its last moment is an hour ago, so no period of an hour holds more than the budget.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::time::Duration;

use super::keys::Named;
use super::mode::Mode;
use super::shared_counters::{CounterRowChange, RowValue, TableParts};
use super::table::{CounterTable, Fades};
use super::ticks::Ticks;

/// Length of a slot, in seconds.
const SLOT: u64 = 300;

/// A count stops counting this many slots after its own: the slots of an hour, and the one that was under way.
const SLOTS: u64 = 3600 / SLOT + 1;

/// The rest of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// For visitors who have proved something: known browsers, and others after another factor.
    pub in_all: u32,
    /// For strangers.
    pub for_strangers: u32,
}

/// One budget per key. Sends by strangers count against the whole; the other half they cannot spend.
#[derive(Debug)]
pub(super) struct Budget<K> {
    in_all: Tallies<K>,
    of_strangers: Tallies<K>,
}

impl<K: Named + Hash + Eq + Clone> Budget<K> {
    pub(super) fn new(most: NonZeroU32, at: TableParts<'_>, [in_all, of_strangers]: [&'static str; 2]) -> Self {
        Self {
            in_all: Tallies::new(most.get(), at, in_all),
            of_strangers: Tallies::new(most.get() / 2, at, of_strangers),
        }
    }

    /// How long this visitor has to wait. Zero means that they are allowed, and in [`Mode::Take`] that they have been
    /// charged.
    pub(super) fn ask(&self, key: &K, is_stranger: bool, mode: Mode) -> Duration {
        let wait = self.in_all.ask(key, mode);
        if is_stranger {
            return wait.max(self.of_strangers.ask(key, mode));
        }
        wait
    }

    pub(super) fn left(&self, key: &K) -> Left {
        let in_all = self.in_all.left(key);
        Left {
            in_all,
            for_strangers: in_all.min(self.of_strangers.left(key)),
        }
    }

    pub(super) fn changes(&self) -> impl Iterator<Item = CounterRowChange> + use<K> {
        self.in_all.changes().into_iter().chain(self.of_strangers.changes())
    }

    pub(super) fn sweep(&self) {
        self.in_all.sweep();
        self.of_strangers.sweep();
    }
}

#[derive(Debug)]
struct Tallies<K> {
    most: u32,
    ticks: Ticks,
    table: CounterTable<K, Tally>,
}

/// Counts by slot, oldest first; never empty, no slot twice, no count of zero.
#[derive(Debug, Clone)]
struct Tally(Vec<(u64, u32)>);

impl<K: Named + Hash + Eq + Clone> Tallies<K> {
    fn new(most: u32, TableParts { ticks, home }: TableParts<'_>, name: &'static str) -> Self {
        Self {
            most,
            ticks: ticks.clone(),
            table: CounterTable::new(home, name),
        }
    }

    fn ask(&self, key: &K, mode: Mode) -> Duration {
        let now = self.ticks.since_start();
        self.table.update(key, |tally| {
            let mut counting = counting(tally, now);
            if sum(&counting) >= self.most {
                let first = counting.first().map_or(slot(now), |(slot, _)| *slot);
                return (ends(first).saturating_sub(now), None);
            }
            match counting.last_mut() {
                Some((last, count)) if *last == slot(now) => *count = count.saturating_add(1),
                _ => counting.push((slot(now), 1)),
            }
            let next = (mode == Mode::Take).then_some(Tally(counting));
            (Duration::ZERO, next)
        })
    }

    fn left(&self, key: &K) -> u32 {
        let now = self.ticks.since_start();
        self.table.update(key, |tally| {
            let taken = sum(&counting(tally, now));
            (self.most.saturating_sub(taken), None)
        })
    }

    fn changes(&self) -> Vec<CounterRowChange> {
        self.table.changes(self.ticks.since_start())
    }

    fn sweep(&self) {
        self.table.sweep(self.ticks.since_start());
    }
}

fn counting(tally: Option<&Tally>, now: Duration) -> Vec<(u64, u32)> {
    let slots = tally.map_or(&[][..], |tally| &tally.0).iter();
    slots.filter(|(slot, _)| ends(*slot) > now).copied().collect()
}

fn sum(slots: &[(u64, u32)]) -> u32 {
    slots.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
}

fn slot(now: Duration) -> u64 {
    now.as_secs() / SLOT
}

/// When the counts of a slot stop counting.
fn ends(slot: u64) -> Duration {
    Duration::from_secs(slot.saturating_add(SLOTS).saturating_mul(SLOT))
}

impl Fades for Tally {
    fn fades_at(&self) -> Duration {
        self.0.last().map_or(Duration::ZERO, |(slot, _)| ends(*slot))
    }

    fn weight(&self) -> u32 {
        sum(&self.0)
    }
}

impl RowValue for Tally {
    fn to_bytes(&self) -> Vec<u8> {
        let bytes = |(slot, count): &(u64, u32)| [&slot.to_be_bytes()[..], &count.to_be_bytes()].concat();
        self.0.iter().flat_map(bytes).collect()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (slots, []) = bytes.as_chunks::<12>() else {
            return None;
        };
        let read = |bytes: &[u8; 12]| {
            let (slot, count) = bytes.split_first_chunk::<8>()?;
            let count = u32::from_be_bytes(count.try_into().ok()?);
            Some((u64::from_be_bytes(*slot), count))
        };
        let slots: Vec<_> = slots.iter().map(read).collect::<Option<_>>()?;
        (!slots.is_empty()).then_some(Self(slots))
    }
}
