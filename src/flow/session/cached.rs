//! Looking up the session of a request, which forward-auth does thousands of times a second.

use jiff::Timestamp;

use crate::domain::ids::SessionId;
use crate::domain::revocation::Requester;
use crate::domain::session::Live;
use crate::flow::{Flow, FlowError};
use crate::session::HashedId;

/// The session of a request.
#[derive(Debug, Clone)]
pub struct InUse {
    pub key: SessionKey,
    /// The session as last read.
    pub live: Live,
}

/// Tells sessions apart. It cannot be used to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionKey(pub(in crate::flow) HashedId);

impl SessionKey {
    /// The key of a session cookie.
    pub fn of(id: &SessionId) -> Self {
        Self(HashedId::of_session(id))
    }

    /// The form used in logs.
    pub fn to_text(self) -> String {
        self.0.to_text()
    }
}

/// Which one counts, of several session cookies with the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// The one at this position in the list: it alone is live, or none is.
    One(usize),
    /// None, because several are live, and one of them may belong to another person.
    None {
        /// When the latest of them began.
        latest: Timestamp,
    },
}

impl Flow {
    /// Which of these sessions counts. Looking does not count as use.
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

    /// The live session, with its use recorded, if neither the store nor Okta has to be asked for it; otherwise call
    /// [`in_use`](Self::in_use).
    pub fn cached_session(&self, key: SessionKey) -> Option<InUse> {
        let (now, SessionKey(id)) = (self.now(), key);
        let lifetimes = self.parts.settings.lifetimes;
        let live = self.parts.store.cached_session(id, lifetimes, now)?;
        (!self.is_to_be_checked(id, &live, now)).then_some(InUse { key, live })
    }

    /// The live session; records the use, and asks Okta when its last answer has become too old.
    pub async fn in_use(&self, key: SessionKey, requester: &Requester) -> Result<Option<InUse>, FlowError> {
        let live = self.use_live(key.0, requester).await?;
        Ok(live.map(|live| InUse { key, live }))
    }
}
