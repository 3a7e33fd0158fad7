//! Logout orders and hand-offs that were used before, shared by replicas, so that none acts twice.

use futures_util::FutureExt as _;
use jiff::Timestamp;

use super::RedisStore;
use super::sessions::hashed;
use crate::session::{Answer, Change, ReplayStore};

impl ReplayStore for RedisStore {
    fn is_new<'a>(&'a self, name: &'a str, until: Timestamp, now: Timestamp) -> Change<'a, bool> {
        async move {
            let rest = until.as_millisecond().saturating_sub(now.as_millisecond());
            let (order, caller) = (hashed("order", name), self.nonce());
            let answer = self.redis.change(&self.redis.scripts().order, |call| {
                call.arg(&order).arg(&caller).arg(rest.max(1));
            });
            answer.await
        }
        .boxed()
    }

    fn forget_replay<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        async move {
            let mut command = redis::cmd("DEL");
            command.arg(self.order_key(name));
            self.redis.ask(&command).await
        }
        .boxed()
    }
}

impl RedisStore {
    fn order_key(&self, name: &str) -> String {
        self.redis.name(&format!("order:{}", hashed("order", name)))
    }
}
