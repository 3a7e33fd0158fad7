//! The result of ending a session, or many.

use super::{ChangeError, HashedId, RevocationId};
use crate::domain::revocation::PendingRevocation;
use crate::domain::session::Live;

/// An ended session, and its pending revocation.
#[derive(Debug)]
pub struct Ended {
    /// Its id.
    pub id: HashedId,
    /// The session as it was at its end.
    pub live: Live,
    /// Its tokens, which are now to be revoked: kept by the store until
    /// [`RevocationStore::forget_revocation`](super::RevocationStore::forget_revocation).
    pub revocation: Option<(RevocationId, PendingRevocation)>,
}

/// The outcome of ending many sessions.
#[derive(Debug, Default)]
pub struct EndedMany {
    /// The sessions that this call ended, whatever happened to the others.
    pub ended: Vec<Ended>,
    /// Why it could not end all of them, if it could not.
    pub failed: Option<ChangeError>,
}

impl EndedMany {
    pub(super) fn takes(&mut self, one: Result<Option<Ended>, ChangeError>) {
        match one {
            Ok(one) => self.ended.extend(one),
            Err(error) => self.fails(error),
        }
    }

    pub(super) fn fails(&mut self, error: ChangeError) {
        self.failed = Some(match self.failed.take() {
            // `NotDone` must hold for all of them, so one `Unknown` decides.
            Some(unknown @ ChangeError::Unknown(_)) => unknown,
            Some(ChangeError::NotDone(_)) | None => error,
        });
    }
}
