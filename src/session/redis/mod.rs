//! The store in Redis or Valkey, shared by replicas: what `store.kind = "redis"` means.
//!
//! Redis holds everything, sealed; each change is one script, so that nobody comes between. Every key has one hash tag:
//! a cluster keeps all of them on one node, which is what lets a session start, its attempt finish and the former
//! session end in one step (docs/decisions/0013). What this process remembers of sessions it may use only while notices
//! arrive ([`redis`]); everything else is asked each time.

mod address;
mod attempts;
mod cache;
mod calls;
mod connection;
mod ends;
mod format;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod invalidation;
mod last_use;
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
mod tombstones;

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

/// What a Redis store is made with.
#[derive(Debug)]
pub struct RedisSettings {
    /// Where Redis is.
    pub address: RedisAddress,
    /// The hash tag of every key.
    pub prefix: String,
    /// How long a session that was seen may pass while Redis does not answer.
    pub grace: Duration,
    /// How much is kept.
    pub bounds: Bounds,
    /// A use is in Redis at most this long after it happened, and those of one session cost about one write in this
    /// time. Well below the idle limit.
    pub uses_every: Duration,
}

/// The store of `store.kind = "redis"`.
#[derive(Debug)]
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

impl RedisStore {
    /// A store that connects by itself, again and again: Redis may be away when this process starts. Must be called
    /// inside a runtime that lives as long as the store.
    pub fn open(settings: RedisSettings, sealer: &Sealer, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        if settings.address.is_tls {
            // redis-rs takes the provider of the process. OK to ignore because an error means that there is one.
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        }
        let mut replica = [0; 12];
        entropy.fill(&mut replica);
        let replica = URL_SAFE_NO_PAD.encode(replica);
        let redis = Arc::new(RedisConnection::new(settings.address, &settings.prefix, replica));
        let (cache, waiting) = (Arc::new(SessionCache::new()), Arc::new(Waiting::default()));
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
    /// A name that nobody else gives.
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
            tracing::warn!(%error, "uses of sessions could not be written; they are written later");
        }
    }
}

/// What opened; `None` for a damaged record, which ends only what it stands for (SEC-415). One that only another
/// replica can read is trouble of this one, not the customer's.
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
