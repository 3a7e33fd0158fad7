//! Entry points for tests/fuzz: readers of the answers of Redis and its sentinels.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use redis::{FromRedisValue, Value, from_redis_value_ref, parse_redis_value};

use super::address::{HostPort, RedisAddress, Setup};
use super::cache::SessionCache;
use super::connection::RedisConnection;
use super::invalidation;
use super::invalidation::Waiting;
use super::{RedisStore, attempts, durability, sentinels};
use crate::clock::{SystemClock, SystemEntropy};
use crate::session::fuzzing::{ID, SEALER};
use crate::session::record::Records;
use crate::session::{Bounds, RevocationId};

/// Input: an answer in the Redis protocol, or an invalidation message.
pub fn redis_replies(data: &[u8]) {
    static STORE: LazyLock<RedisStore> = LazyLock::new(store);
    invalidation::take(data, &STORE.redis, &STORE.cache, &STORE.waiting);
    if let Ok(answer) = parse_redis_value(data) {
        read_all(&STORE, &answer);
    }
}

/// Reads the answer as every type that the store asks for.
fn read_all(store: &RedisStore, answer: &Value) {
    if let Some(fields) = read(answer) {
        // Nothing was ever sealed with these keys.
        assert!(!matches!(store.live(ID, fields), Ok(Some(_))));
    }
    if let Some(gone) = read::<Vec<Vec<u8>>>(answer) {
        assert!(store.handed_out(gone).is_empty());
    }
    if let Some(asked) = read(answer) {
        assert!(!matches!(
            store.leasing(ID, asked),
            Ok(crate::session::Leasing::Granted(_))
        ));
    }
    if let Some(fields) = read(answer) {
        let tabs = attempts::in_order(fields);
        assert!(tabs.iter().all(|tab| !tab.as_str().is_empty()));
    }
    if let Some((name, _)) = read::<(String, i64)>(answer) {
        let id = RevocationId::parse(&name);
        assert!(id.is_none_or(|id| id.to_text() == name));
    }
    if let Some(info) = read::<String>(answer) {
        let policy = durability::field(&info, "maxmemory_policy");
        assert!(policy.is_none_or(|policy| info.contains(policy)));
    }
    if let Some(answers) = read::<Vec<(HashMap<String, String>, HostPort)>>(answer) {
        let answers: Vec<_> = answers.into_iter().map(sentinels::answer_of).collect();
        assert_eq!(sentinels::verdict(&answers).is_some(), !answers.is_empty());
    }
}

fn read<T: FromRedisValue>(answer: &Value) -> Option<T> {
    from_redis_value_ref(answer).ok()
}

/// A store that is never connected.
fn store() -> RedisStore {
    let address = RedisAddress {
        setup: Setup::Single(("127.0.0.1".to_owned(), 1)),
        user: None,
        password: None,
        database: 0,
        is_tls: false,
        ca: None,
        patience: Duration::from_secs(1),
        replicas: 0,
    };
    RedisStore {
        redis: Arc::new(RedisConnection::new(address, "portico", false, "replica".to_owned())),
        cache: Arc::new(SessionCache::new(100)),
        waiting: Arc::new(Waiting::default()),
        records: Records::new(SEALER.clone()),
        bounds: Bounds {
            attempts: 1,
            sessions: 1,
            keeps_notices: true,
        },
        grace: Duration::from_secs(1),
        uses_every: Duration::from_secs(1),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        tasks: Vec::new(),
    }
}
