//! Failures that one process has counted, as replicas count them together: for a store that moves.

use std::time::Duration;

use aws_lc_rs::hmac;

use super::failures::{TABLE, fades_at};
use super::saved_failures::KeptRow;
use super::shared_counters::{CounterRowChange, shared_name};

/// The same failures as a row that replicas share under this key for names; `None` if they have faded. The other way is
/// impossible: shared names are hashed once more.
pub fn as_shared(row: &KeptRow, names: &[u8; 32], now: Duration) -> Option<CounterRowChange> {
    let value = row.value.as_deref()?;
    let keep_for = fades_at(value)?.checked_sub(now)?;
    let names = hmac::Key::new(hmac::HMAC_SHA256, names);
    Some(CounterRowChange {
        name: shared_name(&names, TABLE, |name| name.extend(&row.name)),
        expected: None,
        wanted: Some(value.to_vec()),
        keep_for,
    })
}
