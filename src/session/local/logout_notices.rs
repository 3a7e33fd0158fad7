//! Logout notices in the memory of one process, in the order in which they are due.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::domain::logout_notice::LogoutNotice;
use crate::session::HashedId;

/// Every logout notice of this process.
#[derive(Default)]
pub(in crate::session) struct LogoutNotices(Mutex<Notices>);

#[derive(Default)]
struct Notices {
    kept: BTreeMap<HashedId, (Timestamp, LogoutNotice)>,
    due: BTreeSet<(Timestamp, HashedId)>,
}

impl LogoutNotices {
    fn notices(&self) -> MutexGuard<'_, Notices> {
        // A panic between the two collections at worst leaves a due time without a notice, which is skipped.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a notice that is due at once.
    pub(in crate::session) fn put(&self, id: HashedId, notice: LogoutNotice, now: Timestamp) {
        let mut notices = self.notices();
        notices.kept.insert(id, (now, notice));
        notices.due.insert((now, id));
    }

    /// Returns notices that are due, and postpones each to its next try.
    pub(in crate::session) fn due(&self, at_most: usize, now: Timestamp) -> Vec<(HashedId, LogoutNotice)> {
        let mut notices = self.notices();
        let due: Vec<_> = notices
            .due
            .iter()
            .take_while(|(next, _)| *next <= now)
            .take(at_most)
            .copied()
            .collect();
        let mut found = Vec::with_capacity(due.len());
        for (before, id) in due {
            notices.due.remove(&(before, id));
            let Some((next, notice)) = notices.kept.get_mut(&id) else {
                continue;
            };
            notice.tries = notice.tries.saturating_add(1);
            *next = notice.next_try(now, id.share());
            let (next, notice) = (*next, notice.clone());
            notices.due.insert((next, id));
            found.push((id, notice));
        }
        found
    }

    /// Replaces a notice, if it is still there; returns whether it was.
    pub(in crate::session) fn replace(&self, id: HashedId, wanted: &LogoutNotice) -> bool {
        let mut notices = self.notices();
        let Some((_, notice)) = notices.kept.get_mut(&id) else {
            return false;
        };
        notice.clone_from(wanted);
        true
    }

    pub(in crate::session) fn forget(&self, id: HashedId) {
        let mut notices = self.notices();
        if let Some((next, _)) = notices.kept.remove(&id) {
            notices.due.remove(&(next, id));
        }
    }

    /// Forgets those whose next try is latest until at most `most` are left, and returns their names.
    pub(in crate::session) fn drop_beyond(&self, most: usize) -> Vec<HashedId> {
        let mut notices = self.notices();
        let mut gone = Vec::new();
        while notices.kept.len() > most
            && let Some((_, id)) = notices.due.pop_last()
        {
            gone.extend(notices.kept.remove(&id).map(|_| id));
        }
        gone
    }

    pub(in crate::session) fn count(&self) -> usize {
        self.notices().kept.len()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::session::after;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn notice() -> LogoutNotice {
        LogoutNotice {
            subject: "00u".to_owned(),
            since: NOW,
            tries: 0,
            told: Vec::new(),
        }
    }

    #[test]
    fn each_is_handed_out_once_until_it_is_due_again() {
        let notices = LogoutNotices::default();
        for first in 0..5 {
            notices.put(HashedId([first; 32]), notice(), NOW);
        }
        let first: Vec<_> = notices.due(3, NOW);
        let second = notices.due(3, NOW);
        assert_eq!((first.len(), second.len(), notices.due(3, NOW).len()), (3, 2, 0));
        let later = after(NOW, Duration::from_secs(11));
        assert_eq!(notices.due(9, later).len(), 5);
        notices.forget(first[0].0);
        assert!(!notices.replace(first[0].0, &notice()), "it does not come back");
        assert_eq!(notices.count(), 4);
    }

    #[test]
    fn beyond_the_bound_those_go_that_were_tried_most_often() {
        let notices = LogoutNotices::default();
        notices.put(HashedId([1; 32]), notice(), NOW);
        notices.due(1, NOW);
        for first in 2..5 {
            notices.put(HashedId([first; 32]), notice(), NOW);
        }
        assert_eq!(notices.drop_beyond(3), [HashedId([1; 32])]);
        assert!(notices.drop_beyond(3).is_empty());
        assert_eq!(notices.due(9, NOW).len(), 3);
    }
}
