//! A cache for one fetched value: when a renewal fails, the previous copy stays in use.

mod pause;
mod sought;

pub(crate) use self::sought::Asker;

use std::{
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use tokio::sync::Mutex;

use self::{
    pause::{RETRY_PAUSE, is_within},
    sought::Sought,
};
use crate::{Clock, Error, ErrorKind};

pub(crate) struct Cache<T> {
    held: RwLock<Option<Held<T>>>,
    /// Held by the task that fetches, so there is one fetch at a time.
    gate: Mutex<Gate>,
    /// Counts failed fetches: tasks that waited for one give up too, instead of trying one after the other.
    failures: AtomicU64,
    /// A copy older than this must not be used. Without a limit an old copy stays usable for ever.
    usable_for: Option<Duration>,
}

/// A fetched value, and how long it stays fresh.
pub(crate) struct Fetched<T> {
    pub(crate) value: T,
    pub(crate) fresh_for: Duration,
}

struct Held<T> {
    value: Arc<T>,
    fetched_at: SystemTime,
    fresh_for: Duration,
}

/// Something that the cached copy does not hold, and the source that named it.
#[derive(Clone, Copy)]
pub(crate) struct Missing<'a, T> {
    pub(crate) asker: Asker,
    /// Its name, if it has one.
    pub(crate) what: Option<&'a str>,
    pub(crate) is_in: fn(&T, Option<&str>) -> bool,
}

#[derive(Default)]
struct Gate {
    failed_at: Option<SystemTime>,
    sought: Sought,
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

    /// The value, renewed if necessary. The call is made up only then: it is large, and hardly anybody makes it.
    pub(crate) async fn get<F>(&self, clock: &dyn Clock, fetch: impl FnOnce() -> F) -> Result<Arc<T>, Error>
    where
        F: Future<Output = Result<Fetched<T>, Error>>,
    {
        if let Some(fresh) = self.fresh(clock.now()) {
            return Ok(fresh);
        }
        let old = self.usable(clock.now());
        let failures = self.failures.load(Ordering::Relaxed);
        let mut gate = match &old {
            // Another task is renewing it already, and the old copy is still usable.
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
        match Box::pin(fetch()).await {
            Ok(fetched) => Ok(self.keep(fetched, clock.now(), &mut gate)),
            Err(error) => {
                gate.failed_at = Some(clock.now());
                self.failures.fetch_add(1, Ordering::Relaxed);
                old.ok_or(error)
            }
        }
    }

    /// Looks for what the cached copy did not hold. Returns the current copy if it holds it by now, or else a newly
    /// fetched one, which may not hold it either. `None`: nothing was fetched, because it is too soon or the fetch
    /// failed. There is one fetch at a time, and a task that waited for one looks at its result first.
    pub(crate) async fn beyond<F>(&self, missing: Missing<'_, T>, clock: &dyn Clock, fetch: F) -> Option<Arc<T>>
    where
        F: Future<Output = Result<Fetched<T>, Error>>,
    {
        let Missing { asker, what, is_in } = missing;
        let mut gate = self.gate.lock().await;
        let current = self.usable(clock.now());
        if let Some(current) = current.filter(|current| is_in(current, what)) {
            return Some(current);
        }
        if !gate.sought.begin(asker, what, clock.now()) {
            return None;
        }
        let fetched = fetch.await.ok()?;
        if is_in(&fetched.value, what) {
            gate.sought.found(what);
        }
        Some(self.keep(fetched, clock.now(), &mut gate))
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

    fn younger_than(&self, now: SystemTime, limit: impl Fn(&Held<T>) -> Option<Duration>) -> Option<Arc<T>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let held = held.as_ref()?;
        let age = now.duration_since(held.fetched_at).unwrap_or_default();
        let is_young = limit(held).is_none_or(|limit| age < limit);
        is_young.then(|| Arc::clone(&held.value))
    }
}

impl<T> fmt::Debug for Cache<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cache(..)")
    }
}
