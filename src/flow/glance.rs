//! What forward-auth asks thousands of times a second: whose session is this?

use super::{Flow, FlowError};
use crate::domain::debt::Requester;
use crate::domain::ids::SessionId;
use crate::domain::session::Live;
use crate::session::HashedId;
use crate::session::door::Door;

/// A session in use.
#[derive(Debug, Clone)]
pub struct InUse {
    /// Which.
    pub key: SessionKey,
    /// As it is known now.
    pub live: Live,
}

/// Tells sessions apart. Of no use to whoever wants to be signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionKey(HashedId);

impl SessionKey {
    /// As logs name it.
    pub fn to_text(self) -> String {
        self.0.to_text()
    }
}

impl Flow {
    /// The live session of this id, its use noted, when neither the store nor Okta has to be asked for it; else
    /// [`in_use`](Self::in_use) tells.
    pub fn glance(&self, id: &SessionId) -> Option<InUse> {
        let (now, id) = (self.now(), Door::hash_session(id));
        let lifetimes = self.parts.settings.lifetimes;
        let live = self.parts.store.glance(id, lifetimes, now)?;
        (!self.is_to_be_checked(id, &live, now)).then_some(InUse {
            key: SessionKey(id),
            live,
        })
    }

    /// The live session of this id; notes the use, and asks Okta when its word has become old.
    pub async fn in_use(
        &self,
        id: &SessionId,
        requester: &Requester,
    ) -> Result<Option<InUse>, FlowError> {
        let live = self.use_session(id, requester).await?;
        let key = SessionKey(Door::hash_session(id));
        Ok(live.map(|live| InUse { key, live }))
    }
}
