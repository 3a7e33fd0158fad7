//! The stored form of a logout notice.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::logout_notice::LogoutNotice;

#[derive(Serialize, Deserialize)]
pub(super) struct LogoutNoticeRecord {
    subject: String,
    since: Timestamp,
    tries: u32,
    told: Vec<String>,
}

impl From<&LogoutNotice> for LogoutNoticeRecord {
    fn from(notice: &LogoutNotice) -> Self {
        Self {
            subject: notice.subject.clone(),
            since: notice.since,
            tries: notice.tries,
            told: notice.told.clone(),
        }
    }
}

impl LogoutNoticeRecord {
    pub(super) fn restore(self) -> LogoutNotice {
        LogoutNotice {
            subject: self.subject,
            since: self.since,
            tries: self.tries,
            told: self.told,
        }
    }
}
