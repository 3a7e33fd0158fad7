//! What the help desk asks about, in this process.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use lru::LruCache;

use crate::domain::past_try::PastTry;
use crate::domain::session::after;
use crate::session::AccountHash;
use crate::session::desk::{ACCOUNTS_KEPT, TRIES_KEPT, TRIES_KEPT_FOR};

const MOST: NonZeroUsize = NonZeroUsize::new(ACCOUNTS_KEPT).unwrap();

/// Past tries by account, and since when sign-ins are closed.
#[derive(Debug)]
pub(in crate::session) struct Desk {
    /// The newest try of each account first; accounts in the order of their newest try.
    tries: Mutex<LruCache<AccountHash, Vec<PastTry>>>,
    closed_since: Mutex<Option<Timestamp>>,
}

impl Default for Desk {
    fn default() -> Self {
        // Grows with use: most processes never hold this many.
        let mut tries = LruCache::unbounded();
        tries.resize(MOST);
        Self {
            tries: Mutex::new(tries),
            closed_since: Mutex::default(),
        }
    }
}

impl Desk {
    /// Adds a try. Returns another account that is forgotten for it.
    pub(in crate::session) fn note(&self, account: AccountHash, one: PastTry) -> Option<AccountHash> {
        let mut tries = self.tries();
        let mut of_account = tries.pop(&account).unwrap_or_default();
        let now = one.at;
        of_account.insert(0, one);
        of_account.retain(|past| is_kept(past, now));
        of_account.truncate(TRIES_KEPT);
        tries.push(account, of_account).map(|(account, _)| account)
    }

    pub(in crate::session) fn tries_of(&self, account: AccountHash, now: Timestamp) -> Vec<PastTry> {
        let tries = self.tries();
        let of_account = tries.peek(&account).into_iter().flatten();
        of_account.filter(|past| is_kept(past, now)).cloned().collect()
    }

    pub(in crate::session) fn tried(&self, most: usize, now: Timestamp) -> Vec<AccountHash> {
        let tries = self.tries();
        let newest = tries
            .iter()
            .filter(|(_, past)| past.iter().any(|past| is_kept(past, now)));
        newest.map(|(account, _)| *account).take(most).collect()
    }

    pub(in crate::session) fn forget(&self, account: AccountHash) {
        self.tries().pop(&account);
    }

    /// Forgets the tries that are too old, and returns the accounts that have none left.
    pub(in crate::session) fn sweep(&self, now: Timestamp) -> Vec<AccountHash> {
        let (mut tries, mut gone) = (self.tries(), Vec::new());
        while let Some((account, past)) = tries.peek_lru() {
            if past.iter().any(|past| is_kept(past, now)) {
                break;
            }
            gone.push(*account);
            tries.pop_lru();
        }
        gone
    }

    pub(in crate::session) fn closed_since(&self) -> Option<Timestamp> {
        *self.closed()
    }

    pub(in crate::session) fn set_closed(&self, since: Option<Timestamp>) {
        *self.closed() = since;
    }

    fn tries(&self) -> MutexGuard<'_, LruCache<AccountHash, Vec<PastTry>>> {
        // A panic between taking an account out and putting it back loses only what the help desk is told.
        self.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn closed(&self) -> MutexGuard<'_, Option<Timestamp>> {
        // One value, replaced whole.
        self.closed_since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_kept(past: &PastTry, now: Timestamp) -> bool {
    now < after(past.at, TRIES_KEPT_FOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(at: i64) -> PastTry {
        PastTry {
            at: Timestamp::from_second(at).unwrap(),
            user: "u".to_owned(),
            factor: None,
            result: "r".to_owned(),
            limit: None,
            network: [192, 0, 2, 0].into(),
            support_code: String::new(),
        }
    }

    fn hash(number: usize) -> AccountHash {
        u128::try_from(number).unwrap().to_be_bytes()
    }

    #[test]
    fn an_account_has_ten_tries_and_the_newest_come_first() {
        let desk = Desk::default();
        for second in 0..25 {
            desk.note(hash(1), past(second));
        }
        let seconds: Vec<_> = desk.tries_of(hash(1), past(25).at).iter().map(|past| past.at).collect();
        let expected: Vec<_> = (15..25).rev().map(|second| past(second).at).collect();
        assert_eq!(seconds, expected);
        desk.forget(hash(1));
        assert_eq!(desk.tries_of(hash(1), past(25).at), []);
    }

    #[test]
    fn a_flood_of_names_leaves_the_size_alone_and_forgets_what_is_oldest() {
        let desk = Desk::default();
        for number in 0..ACCOUNTS_KEPT {
            assert_eq!(desk.note(hash(number), past(1)), None);
        }
        // Tried again, so it is no longer the oldest.
        assert_eq!(desk.note(hash(0), past(2)), None);
        assert_eq!(desk.note(hash(ACCOUNTS_KEPT), past(3)), Some(hash(1)));
        assert_eq!(desk.tried(usize::MAX, past(3).at).len(), ACCOUNTS_KEPT);
        assert_eq!(desk.tried(2, past(3).at), [hash(ACCOUNTS_KEPT), hash(0)]);
    }

    #[test]
    fn a_week_later_nothing_is_left() {
        let desk = Desk::default();
        let week = i64::try_from(TRIES_KEPT_FOR.as_secs()).unwrap();
        desk.note(hash(1), past(0));
        desk.note(hash(2), past(10));
        assert_eq!(desk.tries_of(hash(1), past(week - 1).at).len(), 1);
        assert_eq!(desk.tries_of(hash(1), past(week).at), []);
        assert_eq!(desk.sweep(past(week).at), [hash(1)]);
        assert_eq!(desk.tried(9, past(week).at), [hash(2)]);
    }
}
