//! Uses of sessions on their way to Redis: in batches, seldom.

use jiff::Timestamp;

use super::link::Link;
use super::near::Near;
use crate::session::{HashedId, StoreError};

/// Uses written in one step.
const AT_ONCE: usize = 500;

/// Writes every use that is not in Redis yet.
pub(super) async fn write_now(link: &Link, near: &Near) -> Result<(), StoreError> {
    let known = near.take_unwritten();
    let uses: Vec<_> = known.iter().map(|known| (known.id, known.last_used())).collect();
    let written = write(link, &uses).await;
    if written.is_err() {
        near.give_back(known);
    }
    written
}

/// Writes these uses.
pub(super) async fn write(link: &Link, uses: &[(HashedId, Timestamp)]) -> Result<(), StoreError> {
    for uses in uses.chunks(AT_ONCE) {
        let written = link.run::<()>(&link.scripts().touch, |call| {
            for (id, used) in uses {
                call.arg(id.to_text()).arg(used.as_millisecond());
            }
        });
        written.await?;
    }
    Ok(())
}
