//! Checks that this process may read what is in Redis, and that Redis is set up to keep it.

use redis::aio::ConnectionLike;
use redis::{Client, RedisResult};
use thiserror::Error;

use super::address::{Connection, Setup};
use super::connection::RedisConnection;
use crate::session::secrets::keys::Purpose;
use crate::session::{Sealer, Unreadable};

/// The version of the key layout. A higher one is refused.
const FORMAT: u32 = 1;

const KEY_CHECK: &[u8] = b"portico";

/// Why the content of Redis must not be used.
#[derive(Debug, Clone, Error)]
pub(super) enum Stranger {
    /// A later version wrote it.
    #[error(
        "redis holds what a newer version of Portico wrote (format {0}; this version knows up to {FORMAT}); start that \
         version, or set another store.prefix, which signs everybody out"
    )]
    Newer(String),
    /// It was sealed with other keys.
    #[error(
        "redis holds what was sealed with other keys ({0}); give every replica the same key ring (store.keys_file), or set \
         another store.prefix, which signs everybody out"
    )]
    OtherKeys(Unreadable),
}

/// Checks the content, writes a key check under the present keys, and warns of settings that lose sessions.
pub(super) async fn check(
    redis: &RedisConnection,
    (connection, nodes): (&mut Connection, &[Client]),
    sealer: &Sealer,
) -> RedisResult<Option<Stranger>> {
    let key_check = || sealer.seal(Purpose::Session, KEY_CHECK, KEY_CHECK);
    let key = redis.name("meta");
    let script = &redis.scripts().key_check;
    let found: (String, Vec<u8>) = script
        .key(redis.prefix())
        .arg(FORMAT)
        .arg(key_check())
        .invoke_async(connection)
        .await?;
    let (format, present) = found;
    if !format.parse().is_ok_and(|format: u32| format <= FORMAT) {
        return Ok(Some(Stranger::Newer(format)));
    }
    if let Err(why) = sealer.open(Purpose::Session, KEY_CHECK, &present) {
        return Ok(Some(Stranger::OtherKeys(why)));
    }
    // Written anew with each connection: after a rotation it is sealed under the rotated ring.
    let renewed = redis::cmd("HSET").arg(&key).arg("witness").arg(key_check()).to_owned();
    let renewed: RedisResult<()> = renewed.query_async(connection).await;
    if let Err(error) = renewed {
        tracing::debug!(%error, "the witness could not be written");
    }
    for node in nodes {
        look_over(node, &redis.address().setup).await;
    }
    Ok(None)
}

/// Warns of settings that lose sessions. If an ACL forbids the question, nothing is logged.
async fn look_over(node: &Client, setup: &Setup) {
    let Ok(mut connection) = node.get_multiplexed_async_connection().await else {
        return;
    };
    if let Some(info) = info(&mut connection, "memory").await
        && let Some(policy) = field(&info, "maxmemory_policy")
        && policy != "noeviction"
    {
        tracing::warn!(
            policy,
            "redis may throw sessions away when it is full: set maxmemory-policy to noeviction"
        );
    }
    if let Some(info) = info(&mut connection, "persistence").await
        && field(&info, "aof_enabled") == Some("0")
    {
        tracing::warn!(
            "redis writes no append-only file: when it restarts, it forgets what came after its last snapshot"
        );
    }
    // Redis reports this field only where the setting is on.
    if matches!(setup, Setup::Sentinel { .. })
        && let Some(info) = info(&mut connection, "replication").await
        && field(&info, "min_slaves_good_slaves").is_none()
    {
        tracing::warn!(
            "a redis that is cut off from its replicas goes on taking writes, which the next master does not have: set \
             min-replicas-to-write 1 and min-replicas-max-lag 10"
        );
    }
}

async fn info(connection: &mut impl ConnectionLike, section: &str) -> Option<String> {
    let info: RedisResult<String> = redis::cmd("INFO").arg(section).query_async(connection).await;
    info.ok()
}

pub(super) fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = info.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(found, _)| *found == name)?;
    Some(value.trim())
}
