//! Logout notices in a store.

use std::fmt;

use jiff::Timestamp;

use super::{Answer, HashedId};
use crate::domain::logout_notice::LogoutNotice;

/// Notices for the portals of sessions that have ended, by the id of the session. A store that [keeps
/// them](super::Bounds::keeps_notices) writes each in the same step that ends its session, so that neither a crash nor an
/// outage of a portal loses it.
pub trait LogoutNoticeStore: fmt::Debug + Send + Sync {
    /// Returns notices that are due, at most this many, and postpones each to its next try, so that no other caller
    /// tries it in the meantime.
    fn due_notices(&self, at_most: usize, now: Timestamp) -> Answer<'_, Vec<(HashedId, LogoutNotice)>>;

    /// Keeps what has come of a try of a notice that [`due_notices`](Self::due_notices) returned; its next try stays as it is.
    /// After a crash before this is stored, a portal may be told a second time.
    fn keep_notice<'a>(&'a self, id: HashedId, notice: &'a LogoutNotice) -> Answer<'a, ()>;

    /// Forgets a notice: every portal has been told, or it is too late.
    fn forget_notice(&self, id: HashedId) -> Answer<'_, ()>;

    /// Forgets notices until at most `most` are left, those first that have been tried most often, and returns how many.
    fn drop_notices(&self, most: usize) -> Answer<'_, usize>;

    /// How many notices there are.
    fn count_notices(&self) -> Answer<'_, usize>;
}
