//! Operations for operators: listing sessions, ending them, and resetting the limits that hold a customer back.

use crate::domain::end::EndReason;
use crate::domain::input::Login;
use crate::domain::session::Live;
use crate::flow::{AuditAct, Flow, FlowError};
use crate::limits::Lifted;
use crate::session::HashedId;

/// Which sessions an operator means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// All sessions.
    Everyones,
    /// Those of the customer with this `sub`, or with this login or email address in any case.
    Users(String),
    /// One session, by its reference.
    One(String),
}

/// A session as operators see it.
#[derive(Debug)]
pub struct Listed {
    /// The name that operators use for it; it cannot be used to sign in.
    pub reference: String,
    /// The session.
    pub live: Live,
}

impl Flow {
    /// The live sessions that `whose` selects, the most recently used first.
    pub async fn sessions(&self, whose: &Whose) -> Result<Vec<Listed>, FlowError> {
        let found = self.meant(whose).await?.into_iter();
        let mut listed: Vec<Listed> = found
            .map(|(id, live)| Listed {
                reference: id.to_text(),
                live,
            })
            .collect();
        listed.sort_by_key(|listed| std::cmp::Reverse(listed.live.last_used));
        Ok(listed)
    }

    async fn meant(&self, whose: &Whose) -> Result<Vec<(HashedId, Live)>, FlowError> {
        let store = &self.parts.store;
        let found = match whose {
            Whose::One(reference) => match HashedId::parse(reference) {
                Some(id) => self.live(id).await?.map(|live| (id, live)).into_iter().collect(),
                None => Vec::new(),
            },
            Whose::Everyones => store.each_session().await.map_err(FlowError::reading_session)?,
            Whose::Users(name) => store.of_user(name).await.map_err(FlowError::reading_session)?,
        };
        let (lifetimes, now) = (self.parts.settings.lifetimes, self.now());
        let alive = found.into_iter().filter(|(_, live)| live.is_live(lifetimes, now));
        Ok(alive.collect())
    }

    /// Ends the sessions that `whose` selects and returns how many ended. Their tokens are revoked at Okta afterwards.
    pub async fn end_sessions(&self, whose: &Whose) -> Result<usize, FlowError> {
        let meant = self.meant(whose).await?.into_iter();
        let ids = meant.map(|(id, _)| id).collect();
        let ended = self.end_all_behind(ids, EndReason::Operator).await?;
        tracing::warn!(sessions = ended, "an operator ended sessions");
        self.audit(AuditAct::OperatorEndedSessions, |event| {
            event.sessions = Some(ended);
            match whose {
                Whose::Everyones => event.reason = Some("everyone"),
                Whose::Users(name) => {
                    event.reason = Some("user");
                    event.user = Some(self.parts.secrets.pseudonyms.of(name));
                }
                Whose::One(reference) => {
                    event.reason = Some("session");
                    event.session = HashedId::parse(reference).map(HashedId::to_text);
                }
            }
        });
        Ok(ended)
    }

    /// Forgets what is counted against the account with this name, as customers type it into the form, and says what
    /// that was. Whether the account exists is not known here.
    pub async fn reset_limits(&self, name: &Login) -> Lifted {
        let limits = &self.parts.limits;
        let lifted = limits.reset(&limits.account(name.as_str())).await;
        tracing::warn!(
            had_counts = !lifted.is_empty(),
            "an operator reset the limits of an account"
        );
        self.audit(AuditAct::OperatorResetLimits, |event| {
            event.user = Some(self.parts.secrets.pseudonyms.of(name.as_str()));
            event.outcome = Some(if lifted.is_empty() { "nothing_to_reset" } else { "reset" });
        });
        lifted
    }
}
