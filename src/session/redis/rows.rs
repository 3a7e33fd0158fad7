//! Rows in which limits count, shared by replicas: read, decided on here, written if unchanged in between.

use futures_util::FutureExt as _;

use super::RedisStore;
use crate::session::{Answer, RowChange, RowStore};

impl RowStore for RedisStore {
    fn read_rows<'a>(&'a self, names: &'a [String]) -> Answer<'a, Vec<Option<Vec<u8>>>> {
        async move {
            let mut command = redis::cmd("MGET");
            for name in names {
                command.arg(self.redis.name(&format!("limit:{name}")));
            }
            self.redis.ask(&command).await
        }
        .boxed()
    }

    fn write_rows<'a>(&'a self, changes: &'a [RowChange]) -> Answer<'a, bool> {
        self.redis
            .run(&self.redis.scripts().write_rows, move |call| {
                for change in changes {
                    let keep = u64::try_from(change.keep_for.as_millis()).unwrap_or(u64::MAX);
                    call.arg(&change.name)
                        .arg(change.expected.as_deref().unwrap_or_default())
                        .arg(change.wanted.as_deref().unwrap_or_default())
                        .arg(keep.clamp(1, LONGEST_MS));
                }
            })
            .boxed()
    }
}

/// Redis accepts no longer times; no limit counts over ten years.
const LONGEST_MS: u64 = 10 * 365 * 24 * 60 * 60 * 1000;
