//! Logout notices: in memory, each with its row in the file until every portal has been told.
//!
//! The pauses between tries are in memory alone: after a restart, every notice is due.

use futures_util::FutureExt as _;
use jiff::Timestamp;

use super::EmbeddedStore;
use super::disk::OnFailure;
use super::tables::{FileTable, Write};
use crate::domain::logout_notice::LogoutNotice;
use crate::domain::session::Live;
use crate::session::{Answer, HashedId, LogoutNoticeStore};

impl EmbeddedStore {
    /// What the portals are to be told of the end of a session, if there are any.
    pub(super) fn notice(&self, live: &Live, now: Timestamp) -> Option<LogoutNotice> {
        self.keeps_notices.then(|| LogoutNotice::new(&live.session, now))
    }

    pub(super) fn notice_write(&self, id: HashedId, notice: Option<&LogoutNotice>) -> Option<Write> {
        let sealed = self.records.seal_notice(id, notice?);
        Some(Write::put(FileTable::LogoutNotices, id.as_bytes(), sealed))
    }

    fn write_notices(&self, writes: Vec<Write>) {
        // After a crash before this is on disk, a portal is told a second time.
        self.disk.write_later(writes, OnFailure::Keep);
    }
}

fn delete(id: HashedId) -> Write {
    Write::delete(FileTable::LogoutNotices, id.as_bytes())
}

impl LogoutNoticeStore for EmbeddedStore {
    fn due_notices(&self, at_most: usize, now: Timestamp) -> Answer<'_, Vec<(HashedId, LogoutNotice)>> {
        async move { Ok(self.notices.due(at_most, now)) }.boxed()
    }

    fn keep_notice<'a>(&'a self, id: HashedId, notice: &'a LogoutNotice) -> Answer<'a, ()> {
        async move {
            if self.notices.replace(id, notice) {
                self.write_notices(self.notice_write(id, Some(notice)).into_iter().collect());
            }
            Ok(())
        }
        .boxed()
    }

    fn forget_notice(&self, id: HashedId) -> Answer<'_, ()> {
        async move {
            self.notices.forget(id);
            self.write_notices(vec![delete(id)]);
            Ok(())
        }
        .boxed()
    }

    fn drop_notices(&self, most: usize) -> Answer<'_, usize> {
        async move {
            let gone = self.notices.drop_beyond(most);
            self.write_notices(gone.iter().copied().map(delete).collect());
            Ok(gone.len())
        }
        .boxed()
    }

    fn count_notices(&self) -> Answer<'_, usize> {
        async move { Ok(self.notices.count()) }.boxed()
    }
}
