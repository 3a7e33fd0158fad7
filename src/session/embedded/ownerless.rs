//! Tokens that stand in the file without a session: a crash came between the end of many and what is owed for them, or
//! the session cannot be read. Nobody uses them any more, so they are revoked like those of any session that ended.

use std::collections::BTreeMap;

use jiff::Timestamp;
use redb::Database;

use super::debts::{debt_write, owed};
use super::sessions::open_tokens;
use super::tables::{self, Table, Write};
use crate::clock::Entropy;
use crate::domain::debt::Requester;
use crate::session::record::Records;
use crate::session::{DebtId, HashedId};

/// How many become debts in one commit.
const AT_ONCE: usize = 500;

/// Turns them into debts, in pieces: there may be many, and tokens are long. What cannot be written stays for the next
/// start.
pub(super) fn owe(
    database: &Database,
    (records, entropy): (&Records, &dyn Entropy),
    ids: &[HashedId],
    now: Timestamp,
    debts: &mut BTreeMap<DebtId, Timestamp>,
) {
    if ids.is_empty() {
        return;
    }
    tracing::warn!(
        sessions = ids.len(),
        "the store holds tokens of sessions that are gone; they are revoked"
    );
    for some in ids.chunks(AT_ONCE) {
        let written = owe_some(database, (records, entropy), some, now);
        match written {
            Ok(owed) => debts.extend(owed.into_iter().map(|id| (id, now))),
            Err(error) => {
                tracing::error!(%error, "tokens of sessions that are gone are revoked after the next start only");
                return;
            }
        }
    }
}

fn owe_some(
    database: &Database,
    (records, entropy): (&Records, &dyn Entropy),
    ids: &[HashedId],
    now: Timestamp,
) -> Result<Vec<DebtId>, redb::Error> {
    let keys = ids.iter().map(HashedId::as_bytes);
    let sealed = tables::get_all(database, Table::Tokens, keys)?;
    let (mut due, mut writes) = (Vec::new(), Vec::new());
    for (id, sealed) in ids.iter().zip(sealed) {
        let tokens = sealed.and_then(|sealed| open_tokens(records, *id, &sealed));
        if let Some((id, debt)) = owed(tokens, entropy, Requester::default(), now) {
            // Due at once: nobody else is about to try.
            writes.push(debt_write(records, id, &debt, now));
            due.push(id);
        }
        writes.push(Write::delete(Table::Tokens, id.as_bytes()));
    }
    tables::commit(database, writes.iter()).map_err(tables::NotCommitted::into_error)?;
    Ok(due)
}
