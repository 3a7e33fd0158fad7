//! Writes the last use of sessions to Redis, rarely and in batches.

use jiff::Timestamp;

use super::cache::SessionCache;
use super::connection::RedisConnection;
use crate::session::{HashedId, StoreError};

/// Last uses written in one step.
const AT_ONCE: usize = 500;

/// Writes every last use that is not in Redis yet.
pub(super) async fn write_now(redis: &RedisConnection, cache: &SessionCache) -> Result<(), StoreError> {
    let known = cache.take_unwritten();
    let uses: Vec<_> = known.iter().map(|known| (known.id, known.last_used())).collect();
    let written = write(redis, &uses).await;
    if written.is_err() {
        cache.give_back(known);
    }
    written
}

/// Writes these last uses.
pub(super) async fn write(redis: &RedisConnection, uses: &[(HashedId, Timestamp)]) -> Result<(), StoreError> {
    for uses in uses.chunks(AT_ONCE) {
        let written = redis.run::<()>(&redis.scripts().touch, |call| {
            for (id, used) in uses {
                call.arg(id.to_text()).arg(used.as_millisecond());
            }
        });
        written.await?;
    }
    Ok(())
}
