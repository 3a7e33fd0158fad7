//! Rows in which limits count, shared by replicas: a decision uses a replica's cached values, and is written only if
//! they are current.

use futures_util::FutureExt as _;

use super::RedisStore;
use crate::session::{Answer, RowChange, RowStore, RowValues};

impl RowStore for RedisStore {
    fn write_rows<'a>(&'a self, changes: &'a [RowChange]) -> Answer<'a, Option<RowValues>> {
        async move {
            // Most rows are missing and stay so: their name is enough.
            let is_absent = |change: &&RowChange| change.expected.is_none() && change.wanted.is_none();
            let (absent, others): (Vec<&RowChange>, Vec<&RowChange>) = changes.iter().partition(is_absent);
            let written = self.redis.run(&self.redis.scripts().write_rows, |call| {
                call.arg(absent.len());
                for change in &absent {
                    call.arg(&change.name);
                }
                for change in &others {
                    let keep = u64::try_from(change.keep_for.as_millis()).unwrap_or(u64::MAX);
                    call.arg(&change.name)
                        .arg(change.expected.as_deref().unwrap_or_default())
                        .arg(change.wanted.as_deref().unwrap_or_default())
                        .arg(keep.clamp(1, LONGEST_MS));
                }
            });
            let present: Option<RowValues> = written.await?;
            Ok(present.map(|present| {
                let (of_absent, of_others) = present.split_at(absent.len().min(present.len()));
                let (mut of_absent, mut of_others) = (of_absent.iter(), of_others.iter());
                let value = |change: &RowChange| {
                    let values = if is_absent(&change) {
                        &mut of_absent
                    } else {
                        &mut of_others
                    };
                    values.next().cloned().flatten()
                };
                changes.iter().map(value).collect()
            }))
        }
        .boxed()
    }
}

/// Redis accepts no longer times; no limit counts over ten years.
const LONGEST_MS: u64 = 10 * 365 * 24 * 60 * 60 * 1000;
