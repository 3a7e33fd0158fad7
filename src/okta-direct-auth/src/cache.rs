//! Something fetched once and kept: the good old copy outlives a failed fetch.

use std::{
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use tokio::sync::Mutex;

use crate::{Clock, Error, ErrorKind};

/// Between tries to renew a copy that still works, and between fetches that a stranger's token can cause.
const RETRY_PAUSE: Duration = Duration::from_secs(30);

pub(crate) struct Cache<T> {
    held: RwLock<Option<Held<T>>>,
    /// Whoever fetches holds it, so there is one fetch at a time.
    gate: Mutex<Gate>,
    /// Lets those who waited for a fetch that failed give up too, instead of trying one after the other.
    failures: AtomicU64,
    /// A copy older than this is worse than none. Without it the old copy is good for ever.
    usable_for: Option<Duration>,
}

/// A fetched value and how long it needs no renewal.
pub(crate) struct Fetched<T> {
    pub(crate) value: T,
    pub(crate) fresh_for: Duration,
}

struct Held<T> {
    value: Arc<T>,
    fetched_at: SystemTime,
    fresh_for: Duration,
}

#[derive(Default)]
struct Gate {
    failed_at: Option<SystemTime>,
    forced_at: Option<SystemTime>,
}

impl<T> Cache<T> {
    pub(crate) fn new(usable_for: Option<Duration>) -> Self {
        Self {
            held: RwLock::new(None),
            gate: Mutex::default(),
            failures: AtomicU64::new(0),
            usable_for,
        }
    }

    /// The value, renewed if need be.
    pub(crate) async fn get<F>(&self, clock: &dyn Clock, fetch: F) -> Result<Arc<T>, Error>
    where
        F: Future<Output = Result<Fetched<T>, Error>>,
    {
        if let Some(fresh) = self.fresh(clock.now()) {
            return Ok(fresh);
        }
        let old = self.usable(clock.now());
        let failures = self.failures.load(Ordering::Relaxed);
        let mut gate = match &old {
            // Someone is renewing it already, and the old copy still does.
            Some(old) => match self.gate.try_lock() {
                Ok(gate) => gate,
                Err(_) => return Ok(Arc::clone(old)),
            },
            None => self.gate.lock().await,
        };
        if let Some(fresh) = self.fresh(clock.now()) {
            return Ok(fresh);
        }
        let has_just_failed = match old {
            Some(_) => is_within(gate.failed_at, clock.now(), RETRY_PAUSE),
            None => self.failures.load(Ordering::Relaxed) != failures,
        };
        if has_just_failed {
            return old.ok_or_else(|| Error::new(ErrorKind::Unavailable, "fetch_just_failed"));
        }
        match fetch.await {
            Ok(fetched) => Ok(self.keep(fetched, clock.now(), &mut gate)),
            Err(error) => {
                gate.failed_at = Some(clock.now());
                self.failures.fetch_add(1, Ordering::Relaxed);
                old.ok_or(error)
            }
        }
    }

    /// The value after `seen` turned out not to be enough. Fetches seldom, however often it is asked.
    pub(crate) async fn beyond<F>(&self, seen: &Arc<T>, clock: &dyn Clock, fetch: F) -> Arc<T>
    where
        F: Future<Output = Result<Fetched<T>, Error>>,
    {
        let mut gate = self.gate.lock().await;
        let current = self.usable(clock.now()).unwrap_or_else(|| Arc::clone(seen));
        let is_newer = !Arc::ptr_eq(&current, seen);
        if is_newer || is_within(gate.forced_at, clock.now(), RETRY_PAUSE) {
            return current;
        }
        gate.forced_at = Some(clock.now());
        match fetch.await {
            Ok(fetched) => self.keep(fetched, clock.now(), &mut gate),
            Err(_) => current,
        }
    }

    fn keep(&self, fetched: Fetched<T>, now: SystemTime, gate: &mut Gate) -> Arc<T> {
        gate.failed_at = None;
        let value = Arc::new(fetched.value);
        let held = Held {
            value: Arc::clone(&value),
            fetched_at: now,
            fresh_for: fetched.fresh_for,
        };
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(held);
        value
    }

    fn fresh(&self, now: SystemTime) -> Option<Arc<T>> {
        self.younger_than(now, |held| Some(held.fresh_for))
    }

    fn usable(&self, now: SystemTime) -> Option<Arc<T>> {
        self.younger_than(now, |_| self.usable_for)
    }

    fn younger_than(
        &self,
        now: SystemTime,
        limit: impl Fn(&Held<T>) -> Option<Duration>,
    ) -> Option<Arc<T>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let held = held.as_ref()?;
        let age = now.duration_since(held.fetched_at).unwrap_or_default();
        let is_young = limit(held).is_none_or(|limit| age < limit);
        is_young.then(|| Arc::clone(&held.value))
    }
}

fn is_within(then: Option<SystemTime>, now: SystemTime, pause: Duration) -> bool {
    then.is_some_and(|then| now.duration_since(then).unwrap_or_default() < pause)
}

impl<T> fmt::Debug for Cache<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cache(..)")
    }
}
