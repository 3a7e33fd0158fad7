//! Rows in which limits count, shared by replicas: a decision uses a replica's cached values, and is written only if
//! they are current.

use futures_util::FutureExt as _;
use redis::Cmd;

use super::RedisStore;
use crate::session::{Answer, RowChange, RowStore, RowValues};

impl RowStore for RedisStore {
    fn write_rows<'a>(&'a self, changes: &'a [RowChange]) -> Answer<'a, Option<RowValues>> {
        async move {
            let written = self
                .redis
                .run(&self.redis.scripts().write_rows, |call| self.add_rows(call, changes));
            let present: Option<RowValues> = written.await?;
            Ok(present.map(|present| in_order_of(changes, &present)))
        }
        .boxed()
    }
}

impl RedisStore {
    /// Adds changes of rows to the arguments of a script, as the last ones. Most rows are missing and stay so: of those,
    /// which come first, the key is enough.
    pub(super) fn add_rows(&self, call: &mut Cmd, changes: &[RowChange]) {
        let (absent, others): (Vec<&RowChange>, Vec<&RowChange>) = changes.iter().partition(|change| is_absent(change));
        call.arg(absent.len()).arg(others.len());
        let mut key = self.redis.name("limit:");
        let prefix = key.len();
        for change in absent.iter().chain(&others) {
            key.truncate(prefix);
            key.push_str(&change.name);
            call.arg(&key);
        }
        for change in others {
            let keep = u64::try_from(change.keep_for.as_millis()).unwrap_or(u64::MAX);
            call.arg(change.expected.as_deref().unwrap_or_default())
                .arg(change.wanted.as_deref().unwrap_or_default())
                .arg(keep.clamp(1, LONGEST_MS));
        }
    }
}

/// The values that a script returned, in the order of the changes.
pub(super) fn in_order_of(changes: &[RowChange], present: &[Option<Vec<u8>>]) -> RowValues {
    let absent = changes.iter().filter(|change| is_absent(change)).count();
    let (of_absent, of_others) = present.split_at(absent.min(present.len()));
    let (mut of_absent, mut of_others) = (of_absent.iter(), of_others.iter());
    let value = |change: &RowChange| {
        let values = if is_absent(change) {
            &mut of_absent
        } else {
            &mut of_others
        };
        values.next().cloned().flatten()
    };
    changes.iter().map(value).collect()
}

fn is_absent(change: &RowChange) -> bool {
    change.expected.is_none() && change.wanted.is_none()
}

/// Redis accepts no longer times; no limit counts over ten years.
const LONGEST_MS: u64 = 10 * 365 * 24 * 60 * 60 * 1000;
