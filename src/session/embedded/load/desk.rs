//! Loads what the help desk asks about.

use std::ops::Bound;

use jiff::Timestamp;

use super::Loader;
use crate::session::AccountHash;
use crate::session::embedded::open_error::OpenError;
use crate::session::embedded::tables;
use crate::session::embedded::tables::FileTable;
use crate::session::local::desk::Desk;

/// The key, among those of [`FileTable::Meta`], that says since when sign-ins are closed.
pub(in crate::session::embedded) const CLOSED: &[u8] = b"closed";

impl Loader<'_> {
    pub(super) fn desk(&mut self, now: Timestamp) -> Result<Desk, OpenError> {
        let (transaction, records, tally) = (self.transaction, self.records, &mut self.tally);
        let desk = Desk::default();
        let mut found = Vec::new();
        tables::each(transaction, FileTable::Tries, |key, sealed| {
            let Ok(account) = AccountHash::try_from(key) else {
                tally.misses(FileTable::Tries, key);
                return Ok(());
            };
            let opened = records.open_tries(account, sealed);
            let tries = tally.usable(FileTable::Tries, key, opened)?;
            found.extend(tries.into_iter().flatten().map(|one| (account, one)));
            Ok(())
        })?;
        // In the order in which they were noted.
        found.sort_by_key(|(_, one)| one.at);
        for (account, one) in found {
            if let Some(gone) = desk.note(account, one) {
                tally.drops(FileTable::Tries, &gone);
            }
        }
        for gone in desk.sweep(now) {
            tally.drops(FileTable::Tries, &gone);
        }
        let closed = (Bound::Included(CLOSED), Bound::Included(CLOSED));
        tables::each_of(transaction, FileTable::Meta, closed, |_, value| {
            // A later version may say more there; closed is closed.
            let since = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
            desk.set_closed(Some(since.unwrap_or(Timestamp::UNIX_EPOCH)));
            Ok(())
        })?;
        Ok(desk)
    }
}
