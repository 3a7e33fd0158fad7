//! Whether Redis is configured to keep its data.

use redis::aio::ConnectionLike;
use redis::{Client, RedisResult};
use thiserror::Error;

use super::address::Setup;

/// A setting by which Redis loses sessions.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Weakness {
    /// With its policy.
    #[error("redis may throw sessions away when it is full (maxmemory-policy {0}): set maxmemory-policy to noeviction")]
    Evicts(String),
    /// No append-only file.
    #[error("redis writes no append-only file: when it restarts, it forgets what came after its last snapshot")]
    Forgets,
    /// A master takes writes without replicas.
    #[error(
        "a master cut off from its replicas keeps accepting writes, which are lost at fail-over: set \
         min-replicas-to-write 1 and min-replicas-max-lag 10"
    )]
    CutOff,
}

/// Warns of settings that lose sessions. If an ACL forbids the query, nothing is logged.
pub(super) async fn look_over(node: &Client, setup: &Setup) {
    for weakness in weaknesses(node, setup).await {
        tracing::warn!("{weakness}");
    }
}

/// The weaknesses that Redis tells of.
pub(super) async fn weaknesses(node: &Client, setup: &Setup) -> Vec<Weakness> {
    let mut found = Vec::new();
    let Ok(mut connection) = node.get_multiplexed_async_connection().await else {
        return found;
    };
    if let Some(info) = info(&mut connection, "memory").await
        && let Some(policy) = field(&info, "maxmemory_policy")
        && policy != "noeviction"
    {
        found.push(Weakness::Evicts(policy.to_owned()));
    }
    if let Some(info) = info(&mut connection, "persistence").await
        && field(&info, "aof_enabled") == Some("0")
    {
        found.push(Weakness::Forgets);
    }
    // Redis reports this field only where the setting is on.
    if matches!(setup, Setup::Sentinel { .. })
        && let Some(info) = info(&mut connection, "replication").await
        && field(&info, "min_slaves_good_slaves").is_none()
    {
        found.push(Weakness::CutOff);
    }
    found
}

pub(super) async fn info(connection: &mut impl ConnectionLike, section: &str) -> Option<String> {
    let info: RedisResult<String> = redis::cmd("INFO").arg(section).query_async(connection).await;
    info.ok()
}

pub(super) fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = info.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(found, _)| *found == name)?;
    Some(value.trim())
}
