//! Erasing what is stored about a customer.

use std::collections::BTreeSet;

use crate::domain::input::{Login, folded};
use crate::flow::{AuditAct, Flow, FlowError, Listed, Whose};

/// Whether to erase, or only to say what would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasure {
    Now,
    DryRun,
}

/// What was erased, or would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// Sessions that ended.
    pub sessions: usize,
    /// Names that something was counted against.
    pub counts: usize,
    /// Past tries.
    pub tries: usize,
    /// Revocations that Okta has not accepted yet, of all users: those of the ended sessions are among them.
    pub pending_revocations: usize,
}

impl Erased {
    /// Whether nothing was known of the name.
    pub fn is_nothing(&self) -> bool {
        self.sessions + self.counts + self.tries == 0
    }
}

impl Flow {
    /// Ends the sessions of the customer with this name, and forgets what is counted and remembered under it and under the
    /// other names of those sessions.
    pub async fn erase(&self, name: &Login, erasure: Erasure) -> Result<Erased, FlowError> {
        let (store, limits, now) = (&self.parts.store, &self.parts.limits, self.now());
        let whose = Whose::Users(name.as_str().to_owned());
        let found = self.sessions(&whose).await?;
        let (mut counts, mut tries) = (0, 0);
        for name in names(name, &found) {
            let account = limits.account(&name);
            let past = store.tries(account.hash(), now).await;
            tries += past.map_err(FlowError::reading_desk)?.len();
            let is_counted = match erasure {
                Erasure::Now => {
                    let forgotten = store.forget_tries(account.hash()).await;
                    forgotten.map_err(FlowError::storing_desk)?;
                    !limits.reset(&account).await.is_empty()
                }
                Erasure::DryRun => !limits.look(&account).await.is_empty(),
            };
            counts += usize::from(is_counted);
        }
        // Last: only the sessions know the customer's other names, so that whatever failed before can be done again.
        let sessions = match erasure {
            Erasure::Now => self.end_sessions(&whose).await?,
            Erasure::DryRun => found.len(),
        };
        let pending = store.count_revocations().await;
        let erased = Erased {
            sessions,
            counts,
            tries,
            pending_revocations: pending.map_err(FlowError::reading_revocations)?,
        };
        if erasure == Erasure::Now {
            let user = self.parts.secrets.pseudonyms.of(name.as_str());
            tracing::warn!(
                user = user.as_str(),
                sessions,
                past_tries = tries,
                "an operator erased what is stored about a user"
            );
            self.audit(AuditAct::OperatorErasedUser, |event| {
                event.user = Some(user);
                event.sessions = Some(sessions);
            });
        }
        Ok(erased)
    }
}

/// The name, and the others that the sessions know. Each once: the limits and the store fold case.
fn names(name: &Login, sessions: &[Listed]) -> BTreeSet<String> {
    let of_sessions = sessions.iter().flat_map(|listed| {
        let identity = &listed.live.session.identity;
        [Some(identity.login()), identity.email()].into_iter().flatten()
    });
    let all = of_sessions.chain([name.as_str()]);
    all.map(folded).collect()
}
