//! What forward-auth asks thousands of times a second: whose session is this?

use jiff::Timestamp;

use crate::domain::ids::SessionId;
use crate::domain::revocation::Requester;
use crate::domain::session::Live;
use crate::flow::{Flow, FlowError};
use crate::session::HashedId;

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
pub struct SessionKey(pub(in crate::flow) HashedId);

impl SessionKey {
    /// That of a session's own cookie.
    pub fn of(id: &SessionId) -> Self {
        Self(HashedId::of_session(id))
    }

    /// As logs name it.
    pub fn to_text(self) -> String {
        self.0.to_text()
    }
}

/// Which of several sessions counts that came under one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// The one at this place of the list: it alone is live, or none is.
    One(usize),
    /// None, because several are live, and one of them may be somebody else's.
    None {
        /// When the latest of them began.
        latest: Timestamp,
    },
}

impl Flow {
    /// Which of these counts. Looking notes no use.
    pub async fn which_counts(&self, keys: &[SessionKey]) -> Result<Counting, FlowError> {
        let (mut alone, mut latest) = (None, None);
        for (at, SessionKey(id)) in keys.iter().enumerate() {
            let Some(live) = self.live(*id).await? else {
                continue;
            };
            let started = live.session.started;
            match latest {
                None => (alone, latest) = (Some(at), Some(started)),
                Some(other) => (alone, latest) = (None, Some(started.max(other))),
            }
        }
        Ok(match (alone, latest) {
            (None, Some(latest)) => Counting::None { latest },
            (alone, _) => Counting::One(alone.unwrap_or_default()),
        })
    }

    /// The live session, its use noted, when neither the store nor Okta has to be asked for it; else
    /// [`in_use`](Self::in_use) tells.
    pub fn cached_session(&self, key: SessionKey) -> Option<InUse> {
        let (now, SessionKey(id)) = (self.now(), key);
        let lifetimes = self.parts.settings.lifetimes;
        let live = self.parts.store.cached_session(id, lifetimes, now)?;
        (!self.is_to_be_checked(id, &live, now)).then_some(InUse { key, live })
    }

    /// The live session; notes the use, and asks Okta when its word has become old.
    pub async fn in_use(&self, key: SessionKey, requester: &Requester) -> Result<Option<InUse>, FlowError> {
        let live = self.use_live(key.0, requester).await?;
        Ok(live.map(|live| InUse { key, live }))
    }
}
