//! Tokens in the file without a session: a crash came between the end of many sessions and their pending revocations,
//! or the session cannot be read. They are revoked like those of any session that ended.

use std::collections::BTreeMap;
use std::error::Error as StdError;

use jiff::Timestamp;
use redb::Database;

use super::revocations::{revocation, revocation_write};
use super::sessions::open_tokens;
use super::tables;
use super::tables::{FileTable, Write};
use crate::clock::Entropy;
use crate::domain::revocation::Requester;
use crate::session::record::Records;
use crate::session::{HashedId, RevocationId};

/// How many become pending revocations in one commit.
const AT_ONCE: usize = 500;

/// Turns them into pending revocations, in batches: there may be many, and tokens are long. If that fails, they are
/// left for the next start.
pub(super) fn keep_revocations(
    database: &Database,
    records: &Records,
    entropy: &dyn Entropy,
    ids: &[HashedId],
    now: Timestamp,
    revocations: &mut BTreeMap<RevocationId, Timestamp>,
) {
    if ids.is_empty() {
        return;
    }
    tracing::warn!(
        sessions = ids.len(),
        "the store holds tokens of sessions that are gone; they are revoked"
    );
    for some in ids.chunks(AT_ONCE) {
        let written = keep_some(database, records, entropy, some, now);
        match written {
            Ok(kept) => revocations.extend(kept.into_iter().map(|id| (id, now))),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn StdError,
                    "orphaned tokens will be revoked only after the next start"
                );
                return;
            }
        }
    }
}

fn keep_some(
    database: &Database,
    records: &Records,
    entropy: &dyn Entropy,
    ids: &[HashedId],
    now: Timestamp,
) -> Result<Vec<RevocationId>, redb::Error> {
    let keys = ids.iter().map(HashedId::as_bytes);
    let sealed = tables::get_all(database, FileTable::Tokens, keys)?;
    let (mut due, mut writes) = (Vec::new(), Vec::new());
    for (id, sealed) in ids.iter().zip(sealed) {
        let tokens = sealed.and_then(|sealed| open_tokens(records, *id, &sealed));
        if let Some((id, revocation)) = revocation(tokens, entropy, Requester::default(), now) {
            // Due at once: no other caller will try it.
            writes.push(revocation_write(records, id, &revocation, now));
            due.push(id);
        }
        writes.push(Write::delete(FileTable::Tokens, id.as_bytes()));
    }
    tables::commit(database, writes.iter()).map_err(tables::NotCommitted::into_error)?;
    Ok(due)
}
