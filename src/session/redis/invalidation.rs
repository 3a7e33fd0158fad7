//! Invalidation messages: a session ended or changed, an attempt moved on. And the local requests that wait for them.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use redis::aio::PubSubStream;
use tokio::sync::watch;

use super::cache::SessionCache;
use super::connection::RedisConnection;
use super::time::rest;
use crate::session::HashedId;

/// If nothing arrives for this long, not even a beacon, the channel is dead, whatever the connection says.
const SILENCE: Duration = Duration::from_secs(2);

const PAUSE: Duration = Duration::from_millis(200);

/// What requests here wait for: the name of an attempt or a session, as it appears in invalidation messages.
#[derive(Debug, Default)]
pub(super) struct Waiting(Mutex<HashMap<String, watch::Sender<()>>>);

impl Waiting {
    /// Must be called before the current state is read; the signal is that the sender was dropped.
    pub(super) fn watch(&self, name: &str) -> watch::Receiver<()> {
        let mut names = self.lock();
        let sender = names.entry(name.to_owned()).or_insert_with(|| watch::Sender::new(()));
        sender.subscribe()
    }

    /// Wakes the requests that wait for this name.
    pub(super) fn wake(&self, name: &str) {
        self.lock().remove(name);
    }

    /// Wakes every waiting request, because messages may have been missed.
    fn wake_all(&self) {
        self.lock().clear();
    }

    /// Removes names that no request waits for any more.
    pub(super) fn sweep(&self) {
        self.lock().retain(|_, sender| sender.receiver_count() > 0);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<()>>> {
        // Every change is one call, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Listens for as long as the process lives.
pub(super) async fn listen(redis: Arc<RedisConnection>, cache: Arc<SessionCache>, waiting: Arc<Waiting>) {
    loop {
        let (number, nodes) = redis.listeners().await;
        for node in nodes.iter() {
            let subscribed = tokio::time::timeout(SILENCE, subscribe(node, &redis)).await;
            if let Ok(Ok(stream)) = subscribed {
                // From here on no message is missed; which ones were missed before is unknown.
                redis.epoch.fetch_add(1, Ordering::AcqRel);
                waiting.wake_all();
                tokio::select! {
                    () = hear(stream, &redis, &cache, &waiting) => {}
                    // The next connection may lead to another node.
                    () = redis.wait_until_left(number) => break,
                }
            }
        }
        rest(PAUSE).await;
    }
}

async fn subscribe(node: &redis::Client, redis: &RedisConnection) -> redis::RedisResult<PubSubStream> {
    let mut channel = node.get_async_pubsub().await?;
    channel.subscribe(redis.name("notices")).await?;
    Ok(channel.into_on_message())
}

async fn hear(mut stream: PubSubStream, redis: &RedisConnection, cache: &SessionCache, waiting: &Waiting) {
    while let Ok(Some(message)) = tokio::time::timeout(SILENCE, stream.next()).await {
        take(message.get_payload_bytes(), redis, cache, waiting);
    }
}

/// Handles one invalidation message.
pub(super) fn take(notice: &[u8], redis: &RedisConnection, cache: &SessionCache, waiting: &Waiting) {
    let notice = std::str::from_utf8(notice).ok();
    let Some((kind, name)) = notice.and_then(|notice| notice.split_at_checked(1)) else {
        return;
    };
    match kind {
        "b" => redis.hears(name),
        "s" => {
            if let Some(id) = HashedId::parse(name) {
                cache.forget(id);
            }
            waiting.wake(name);
        }
        // A changed attempt, or a lease that rests.
        _ => waiting.wake(name),
    }
}
