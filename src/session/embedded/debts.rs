//! Revocations that Okta has not taken yet.

use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use jiff::Timestamp;

use super::EmbeddedStore;
use super::disk::OnFailure;
use super::tables::{Table, Write};
use crate::clock::Entropy;
use crate::domain::debt::{Debt, Requester};
use crate::domain::session::Tokens;
use crate::session::record::Records;
use crate::session::{Answer, Change, DUE_AT_ONCE, DebtId, DebtStore, StoreError};

impl EmbeddedStore {
    pub(super) fn debts(&self) -> MutexGuard<'_, BTreeMap<DebtId, Timestamp>> {
        // Every change is one call on the map, so a panic elsewhere leaves nothing half done.
        self.debts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn debt_write(&self, id: DebtId, debt: &Debt, next: Timestamp) -> Write {
        debt_write(&self.records, id, debt, next)
    }

    /// What is owed for the tokens of a session.
    pub(super) fn owed(&self, tokens: Option<Tokens>, requester: Requester, now: Timestamp) -> Option<(DebtId, Debt)> {
        owed(tokens, self.entropy.as_ref(), requester, now)
    }

    /// Nobody tries it any more. Until the next start it still counts as owed: that Okta took it would not be true.
    fn give_up(&self, id: DebtId) {
        self.debts().insert(id, Timestamp::MAX);
        self.disk
            .write_later(vec![Write::delete(Table::Debts, id.0)], OnFailure::Keep);
    }

    /// What was owed, sealed; `None` as long as it has not reached the disk.
    async fn read_debt(&self, id: DebtId) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.disk.read(Table::Debts, id.0.to_vec()).await?;
        let sealed = value
            .as_deref()
            .and_then(<[u8]>::split_first_chunk::<8>)
            .map(|(_, sealed)| sealed.to_vec());
        Ok(sealed)
    }
}

pub(super) fn debt_write(records: &Records, id: DebtId, debt: &Debt, next: Timestamp) -> Write {
    let mut value = next.as_millisecond().to_be_bytes().to_vec();
    value.extend(records.seal_debt(id, debt));
    Write::put(Table::Debts, id.0, value)
}

pub(super) fn owed(
    tokens: Option<Tokens>,
    entropy: &dyn Entropy,
    requester: Requester,
    now: Timestamp,
) -> Option<(DebtId, Debt)> {
    let debt = Debt::new(tokens?, requester, now)?;
    Some((DebtId::new(entropy), debt))
}

impl DebtStore for EmbeddedStore {
    fn owe(&self, id: DebtId, debt: Debt, now: Timestamp) -> Change<'_, ()> {
        async move {
            let next = id.next_try(&debt, now);
            let write = self.debt_write(id, &debt, next);
            self.debts().insert(id, next);
            self.disk.write(vec![write], OnFailure::Keep, None).await
        }
        .boxed()
    }

    fn due(&self, now: Timestamp) -> Answer<'_, Vec<(DebtId, Debt)>> {
        async move {
            let ids: Vec<DebtId> = self
                .debts()
                .iter()
                .filter(|(_, next)| **next <= now)
                .map(|(id, _)| *id)
                .take(DUE_AT_ONCE)
                .collect();
            let mut due = Vec::new();
            for id in ids {
                let Some(sealed) = self.read_debt(id).await? else {
                    continue;
                };
                let mut debt = match self.records.open_debt(id, &sealed) {
                    Ok(debt) => debt,
                    Err(why) => {
                        tracing::error!(%why, "a revocation that is owed to Okta cannot be read; it is given up");
                        self.give_up(id);
                        continue;
                    }
                };
                debt.tries = debt.tries.saturating_add(1);
                let next = id.next_try(&debt, now);
                self.debts().insert(id, next);
                self.disk
                    .write_later(vec![self.debt_write(id, &debt, next)], OnFailure::Keep);
                due.push((id, debt));
            }
            Ok(due)
        }
        .boxed()
    }

    fn settle(&self, id: DebtId) -> Answer<'_, ()> {
        async move {
            self.debts().remove(&id);
            // A crash before this is on disk revokes the token a second time, which Okta takes kindly.
            self.disk
                .write_later(vec![Write::delete(Table::Debts, id.0)], OnFailure::Keep);
            Ok(())
        }
        .boxed()
    }

    fn is_owed(&self, id: DebtId) -> Answer<'_, bool> {
        async move { Ok(self.debts().contains_key(&id)) }.boxed()
    }

    fn count_debts(&self) -> Answer<'_, usize> {
        async move { Ok(self.debts().len()) }.boxed()
    }
}
