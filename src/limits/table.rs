//! A map that never holds more than a given number of entries.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indexmap::IndexMap;

use super::keys::Named;
use super::saved_failures::KeptRow;
use super::shared_counters::{CounterRowChange, RowValue, TableHome, TouchedRows};

/// How many neighbours compete to stay when the table is full.
const NEIGHBOURS: usize = 8;

/// A value that, from some time on, is equivalent to having no value. Times are counted from the start of the clock.
pub(super) trait Fades {
    fn fades_at(&self) -> Duration;

    /// The cost of losing it. In a full table the lightest values are evicted first, whenever they fade.
    fn weight(&self) -> u32 {
        0
    }
}

/// At most `most` entries. When it is full, a new key replaces the one that weighs least and fades first among a few
/// neighbours; the next eviction looks at other neighbours. That costs the same at any size, and spares keys that are
/// being held.
#[derive(Debug)]
pub(super) struct CounterTable<K, V> {
    most: usize,
    slots: Arc<Mutex<Slots<K, V>>>,
    /// Set where the table is on a page of shared rows.
    touched: Option<TouchedRows<K>>,
}

#[derive(Debug)]
struct Slots<K, V> {
    entries: IndexMap<K, V>,
    hand: usize,
    /// Keys whose stored value has changed; `None` where changes are not tracked.
    changed: Option<HashSet<K>>,
}

impl<K: Named + Hash + Eq + Clone, V: Fades + RowValue> CounterTable<K, V> {
    /// Makes a table, empty unless there is one of this name in its home. Its name is part of the names of shared rows:
    /// never change one.
    pub(super) fn new(home: &TableHome, name: &'static str) -> Self {
        let slots = || {
            Mutex::new(Slots {
                entries: IndexMap::new(),
                hand: 0,
                changed: None,
            })
        };
        let page = home.page.as_ref();
        Self {
            most: home.most,
            slots: home.rows(name, slots),
            touched: page.map(|page| TouchedRows::new(page, name)),
        }
    }

    /// Reads the present value and replaces it, unless `decide` returns none. The table is locked meanwhile.
    pub(super) fn update<R>(&self, key: &K, decide: impl FnOnce(Option<&V>) -> (R, Option<V>)) -> R {
        let mut slots = self.lock();
        self.touch(key, &mut slots);
        let (answer, next) = decide(slots.entries.get(key));
        if let Some(next) = next {
            slots.put(key, next, self.most);
        }
        answer
    }

    /// Removes the value, and returns it.
    pub(super) fn forget(&self, key: &K) -> Option<V> {
        let mut slots = self.lock();
        self.touch(key, &mut slots);
        let at = slots.entries.get_index_of(key)?;
        slots.remove(at)
    }

    /// Tracks changed rows from now on.
    pub(super) fn notes_changes(&self) {
        self.lock().changed = Some(HashSet::new());
    }

    /// The rows that have changed since the last call, in their stored form.
    pub(super) fn take_changed(&self) -> Vec<KeptRow> {
        let mut slots = self.lock();
        let changed = slots.changed.as_mut().map(std::mem::take);
        let row = |key: K| {
            let mut name = Vec::new();
            key.name(&mut name);
            let value = slots.entries.get(&key).and_then(V::at_rest);
            KeptRow { name, value }
        };
        changed.into_iter().flatten().map(row).collect()
    }

    /// The shared rows that were used, whether or not they change.
    pub(super) fn changes(&self, now: Duration) -> Vec<CounterRowChange> {
        let (slots, mut changes) = (self.lock(), Vec::new());
        let Some(touched) = &self.touched else {
            return changes;
        };
        touched.each(|key, row| {
            // A faded value counts as none.
            let value = slots.entries.get(key).filter(|value| value.fades_at() > now);
            let wanted = value.map(V::to_bytes);
            changes.push(CounterRowChange {
                name: row.name.clone(),
                expected: row.bytes.clone(),
                wanted,
                keep_for: value.map_or(Duration::ZERO, |value| value.fades_at().saturating_sub(now)),
            });
        });
        changes
    }

    fn touch(&self, key: &K, slots: &mut Slots<K, V>) {
        let read = self.touched.as_ref().and_then(|touched| touched.first(key));
        if let Some(value) = read {
            slots.put(key, value, self.most);
        }
    }

    /// Drops what has faded by `now`.
    pub(super) fn sweep(&self, now: Duration) {
        let mut slots = self.lock();
        for at in (0..slots.entries.len()).rev() {
            let has_faded = |(_, value): (&K, &V)| value.fades_at() <= now;
            if slots.entries.get_index(at).is_some_and(has_faded) {
                slots.remove(at);
            }
        }
        let keep = slots.entries.len() * 2;
        slots.entries.shrink_to(keep);
    }

    pub(super) fn len(&self) -> usize {
        self.lock().entries.len()
    }

    fn lock(&self) -> MutexGuard<'_, Slots<K, V>> {
        // OK because every change is one call on the map: a panic leaves nothing half done.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq + Clone, V: Fades + RowValue> Slots<K, V> {
    fn put(&mut self, key: &K, value: V, most: usize) {
        if let Some(present) = self.entries.get_mut(key) {
            let former = std::mem::replace(present, value);
            if let Some(changed) = &mut self.changed
                && former.at_rest() != present.at_rest()
            {
                changed.insert(key.clone());
            }
            return;
        }
        if self.entries.len() >= most {
            let at = self.least_missed();
            self.remove(at);
        }
        self.changes(key, &value);
        self.entries.insert(key.clone(), value);
    }

    /// Removes an entry and fills the gap with the last one.
    fn remove(&mut self, at: usize) -> Option<V> {
        let (gone, value) = self.entries.swap_remove_index(at)?;
        self.changes(&gone, &value);
        Some(value)
    }

    /// Records that a value was added or removed, if its kind is stored.
    fn changes(&mut self, key: &K, value: &V) {
        if let Some(changed) = &mut self.changed
            && value.at_rest().is_some()
        {
            changed.insert(key.clone());
        }
    }

    fn least_missed(&mut self) -> usize {
        let length = self.entries.len().max(1);
        let start = self.hand;
        self.hand = (start + NEIGHBOURS) % length;
        (start..start + NEIGHBOURS)
            .map(|at| at % length)
            .min_by_key(|at| {
                let entry = self.entries.get_index(*at);
                entry.map(|(_, value)| (value.weight(), value.fades_at()))
            })
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{CounterTable, Fades, Named, RowValue, TableHome};

    impl Fades for Duration {
        fn fades_at(&self) -> Duration {
            *self
        }
    }

    impl RowValue for Duration {
        fn to_bytes(&self) -> Vec<u8> {
            crate::limits::shared_counters::nanos(*self).to_vec()
        }

        fn from_bytes(bytes: &[u8]) -> Option<Self> {
            Some(crate::limits::shared_counters::from_nanos(bytes.try_into().ok()?))
        }
    }

    impl Named for u32 {
        fn name(&self, into: &mut Vec<u8>) {
            into.extend(self.to_be_bytes());
        }
    }

    fn put(table: &CounterTable<u32, Duration>, key: u32, seconds: u64) {
        table.update(&key, |_| ((), Some(Duration::from_secs(seconds))));
    }

    fn get(table: &CounterTable<u32, Duration>, key: u32) -> Option<u64> {
        table.update(&key, |value| (value.map(Duration::as_secs), None))
    }

    #[test]
    fn sec_113_a_flood_of_keys_leaves_the_size_and_the_held_key_alone() {
        let table = CounterTable::new(&TableHome::here(64), "test");
        put(&table, 1_000_000, 999);
        for key in 0..100_000 {
            put(&table, key, 1);
            assert!(table.len() <= 64);
        }
        assert_eq!(get(&table, 1_000_000), Some(999));
        assert_eq!(get(&table, 99_999), Some(1));
    }

    #[test]
    fn sweeping_and_forgetting_leave_every_other_key_findable() {
        let table = CounterTable::new(&TableHome::here(1_000), "test");
        for key in 0..500 {
            put(&table, key, u64::from(key % 10));
        }
        table.forget(&7);
        table.forget(&7);
        table.sweep(Duration::from_secs(4));
        for key in 0..500 {
            let expected = (key != 7 && key % 10 > 4).then_some(u64::from(key % 10));
            assert_eq!(get(&table, key), expected, "{key}");
        }
        table.sweep(Duration::from_secs(9));
        assert_eq!(table.len(), 0);
    }
}
