//! Whether Redis is configured to keep its data.

use redis::aio::ConnectionLike;
use redis::{Client, RedisResult};

use super::address::Setup;

/// Warns of settings that lose sessions. If an ACL forbids the query, nothing is logged.
pub(super) async fn look_over(node: &Client, setup: &Setup) {
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
            "a master cut off from its replicas keeps accepting writes, which are lost at fail-over: set \
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
