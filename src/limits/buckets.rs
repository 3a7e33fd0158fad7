//! Rates: a burst, then one per period. The governor crate keeps the state of each key.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::ShrinkableKeyedStateStore;
use governor::{Quota, RateLimiter};

use super::keys::Named;
use super::mode::Mode;
use super::settings::Rate;
use super::shared_counters::{CounterRowChange, RowValue, TableParts};
use super::table::{CounterTable, Fades};
use super::ticks::Ticks;

/// One bucket per key.
pub(super) struct Buckets<K: Named + Hash + Eq + Clone> {
    limiter: RateLimiter<Question<K>, Store<K>, Ticks, NoOpMiddleware<Nanos>>,
    ticks: Ticks,
    store: Store<K>,
}

impl<K: Named + Hash + Eq + Clone> Buckets<K> {
    pub(super) fn new(rate: Rate, TableParts { ticks, home }: TableParts<'_>, name: &'static str) -> Self {
        let quota = Quota::with_period(rate.every)
            .unwrap_or(Quota::per_second(rate.burst))
            .allow_burst(rate.burst);
        let store = Store(Arc::new(CounterTable::new(home, name)));
        let ticks = ticks.standing();
        let limiter = RateLimiter::new(quota, store.clone(), ticks.clone());
        ticks.goes();
        Self { limiter, ticks, store }
    }

    /// How long this key has to wait. Zero means that it is allowed, and in [`Mode::Take`] that it has been charged.
    pub(super) fn ask(&self, key: &K, mode: Mode) -> Duration {
        let question = Question { key: key.clone(), mode };
        match self.limiter.check_key(&question) {
            Ok(()) => Duration::ZERO,
            Err(not_until) => not_until.wait_time_from(self.ticks.now()),
        }
    }

    /// Makes the bucket full again, and says whether it was not.
    pub(super) fn forget(&self, key: &K) -> bool {
        let now = self.ticks.since_start();
        self.store.0.forget(key).is_some_and(|full_at| full_at.fades_at() > now)
    }

    pub(super) fn changes(&self) -> Vec<CounterRowChange> {
        self.store.0.changes(self.ticks.since_start())
    }

    pub(super) fn sweep(&self) {
        self.limiter.retain_recent();
    }
}

impl<K: Named + Hash + Eq + Clone> fmt::Debug for Buckets<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buckets").finish_non_exhaustive()
    }
}

/// The type that governor uses as a key. Governor cannot query without charging; the store can, when this says so.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Question<K> {
    key: K,
    mode: Mode,
}

impl<K: Hash> Hash for Question<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

/// When a bucket is full again.
#[derive(Debug, Clone, Copy)]
struct FullAt(Nanos);

impl RowValue for FullAt {
    fn to_bytes(&self) -> Vec<u8> {
        self.0.as_u64().to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let nanos = u64::from_be_bytes(bytes.try_into().ok()?);
        Some(Self(Nanos::new(nanos)))
    }
}

impl Fades for FullAt {
    fn fades_at(&self) -> Duration {
        self.0.into()
    }
}

#[derive(Debug)]
struct Store<K>(Arc<CounterTable<K, FullAt>>);

impl<K> Clone for Store<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: Named + Hash + Eq + Clone> StateStore for Store<K> {
    type Key = Question<K>;

    fn measure_and_replace<T, F, E>(&self, question: &Question<K>, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        self.0.update(&question.key, |present| {
            match decide(present.map(|full_at| full_at.0)) {
                Ok((answer, next)) => {
                    let next = (question.mode == Mode::Take).then_some(FullAt(next));
                    (Ok(answer), next)
                }
                Err(refusal) => (Err(refusal), None),
            }
        })
    }
}

impl<K: Named + Hash + Eq + Clone> ShrinkableKeyedStateStore<Question<K>> for Store<K> {
    fn retain_recent(&self, drop_below: Nanos) {
        self.0.sweep(drop_below.into());
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn is_empty(&self) -> bool {
        self.0.len() == 0
    }
}
