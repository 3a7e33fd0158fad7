//! The store in Redis or Valkey, shared by replicas: `store.kind = "redis"`.
//!
//! Redis holds everything that matters, sealed. Each change is one script, so that no other client comes in between.
//! All keys have the same hash tag: a cluster keeps them on one node, which allows a session to start, its attempt to
//! finish and the former session to end in one step (docs/decisions/0013). This process may use its cached sessions
//! only while invalidation messages arrive (`connection`); everything else is queried each time.

mod address;
mod attempts;
mod cache;
mod calls;
mod connection;
mod copying;
mod desk;
mod durability;
mod ends;
mod examination;
mod format;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod invalidation;
mod key_names;
mod last_use;
mod logout_notices;
mod reach;
mod renewals;
mod replay_guard;
mod revocations;
mod rows;
mod scripts;
mod sentinels;
mod sessions;
mod start;
#[cfg(test)]
mod tests;
mod time;
mod tombstones;
mod unanswered;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::FutureExt as _;
use tokio::task::JoinHandle;

use super::record::{BadRecord, Records};
use super::{Answer, Bounds, RowStore, Sealer, Store, StoreError, Unreadable};
use crate::clock::{Clock, Entropy};
use crate::domain::session::after;
use crate::panics::lasting;
use cache::SessionCache;
use connection::RedisConnection;
use invalidation::Waiting;

pub use address::{HostPort, RedisAddress, Setup};
pub use copying::RedisContent;
pub use durability::Weakness;
pub use examination::{NoRedis, RedisFacts, examine};

/// Settings of a Redis store.
#[derive(Debug)]
pub struct RedisSettings {
    /// Where Redis is.
    pub address: RedisAddress,
    /// The hash tag of every key.
    pub prefix: String,
    /// While Redis does not answer, a session is still accepted for this long after it was last known to be live.
    pub grace: Duration,
    /// The bounds of what is kept.
    pub bounds: Bounds,
    /// The last use of a session is in Redis at most this long after it happened, at the cost of about one write per
    /// session in this time. Must be well below the idle limit.
    pub uses_every: Duration,
    /// Whether a command copies this store, or into it: then an unfinished copy is no reason to refuse it.
    pub is_for_copy: bool,
}

/// The store of `store.kind = "redis"`.
pub struct RedisStore {
    redis: Arc<RedisConnection>,
    cache: Arc<SessionCache>,
    waiting: Arc<Waiting>,
    records: Records,
    bounds: Bounds,
    grace: Duration,
    uses_every: Duration,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    tasks: Vec<JoinHandle<()>>,
}

// Only the name: this is shared as `dyn Store`, which keeps what is derived, for all that it holds, in the program.
impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").finish_non_exhaustive()
    }
}

impl RedisStore {
    /// Opens a store that connects, and reconnects, by itself: Redis may be down when this process starts. Must be
    /// called inside a runtime that lives as long as the store.
    pub fn open(settings: RedisSettings, sealer: &Sealer, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        if settings.address.is_tls {
            // redis-rs uses the process's crypto provider. OK to ignore because an error means that one is installed.
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        }
        let mut replica = [0; 12];
        entropy.fill(&mut replica);
        let replica = URL_SAFE_NO_PAD.encode(replica);
        let redis = Arc::new(RedisConnection::new(
            settings.address,
            &settings.prefix,
            settings.is_for_copy,
            replica,
        ));
        let (cache, waiting) = (
            Arc::new(SessionCache::new(settings.bounds.sessions)),
            Arc::new(Waiting::default()),
        );
        let tasks = vec![
            tokio::spawn(lasting("keeping the connection to Redis", {
                let (redis, sealer) = (Arc::clone(&redis), sealer.clone());
                move || Arc::clone(&redis).keep(sealer.clone())
            })),
            tokio::spawn(lasting("listening to Redis", {
                let redis = Arc::clone(&redis);
                let (cache, waiting) = (Arc::clone(&cache), Arc::clone(&waiting));
                move || invalidation::listen(Arc::clone(&redis), Arc::clone(&cache), Arc::clone(&waiting))
            })),
            tokio::spawn(lasting("writing uses to Redis", {
                let (redis, cache) = (Arc::clone(&redis), Arc::clone(&cache));
                let (clock, every) = (Arc::clone(&clock), settings.uses_every);
                move || write_uses(Arc::clone(&redis), Arc::clone(&cache), Arc::clone(&clock), every)
            })),
        ];
        Self {
            redis,
            cache,
            waiting,
            records: Records::new(sealer.clone()),
            bounds: settings.bounds,
            grace: settings.grace,
            uses_every: settings.uses_every,
            clock,
            entropy,
            tasks,
        }
    }
}

impl RedisStore {
    /// A random name, unique to this call.
    fn nonce(&self) -> String {
        let mut bytes = [0; 12];
        self.entropy.fill(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

impl Drop for RedisStore {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Store for RedisStore {
    fn rows(&self) -> Option<&dyn RowStore> {
        Some(self)
    }

    fn close(&self) -> Answer<'_, ()> {
        last_use::write_now(&self.redis, &self.cache).boxed()
    }
}

async fn write_uses(redis: Arc<RedisConnection>, cache: Arc<SessionCache>, clock: Arc<dyn Clock>, every: Duration) {
    loop {
        clock.sleep_until(after(clock.now(), every)).await;
        if let Err(error) = last_use::write_now(&redis, &cache).await
            && !error.is_logged
        {
            tracing::warn!(
                error = &error as &dyn StdError,
                "uses of sessions could not be written; they are written later"
            );
        }
    }
}

/// The opened record; `None` for a damaged one, which affects only that record (SEC-415). A record that only another
/// replica can read is an error of this replica, and must not sign the customer out.
pub(super) fn readable<T>(opened: Result<T, BadRecord>, what: &str) -> Result<Option<T>, StoreError> {
    match opened {
        Ok(record) => Ok(Some(record)),
        Err(BadRecord::Sealed(why @ (Unreadable::Newer(_) | Unreadable::NoKey(_)))) => {
            Err(StoreError::new(format!("{what} cannot be read: {why}")))
        }
        Err(why) => {
            tracing::error!(%why, what, "a record of the store cannot be read");
            Ok(None)
        }
    }
}
