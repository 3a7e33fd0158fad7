//! The connections of a worker on which HTTP has not begun. There may be only so many: then the one that has waited
//! longest goes, since an honest client has finished in the time of a few round trips.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use futures_util::future::{AbortHandle, AbortRegistration};

/// The most that wait at a time.
const MOST: usize = 1024;

/// In the order in which they came.
#[derive(Debug, Default)]
pub struct WaitingRoom {
    next: Cell<u64>,
    open: RefCell<BTreeMap<u64, AbortHandle>>,
}

/// One that waits, until this is dropped.
#[derive(Debug)]
pub(super) struct WaitingPlace {
    number: u64,
    waiting: Rc<WaitingRoom>,
}

impl WaitingRoom {
    /// Another one waits. Aborted when it is the oldest of too many.
    pub(super) fn enters(self: Rc<Self>) -> (WaitingPlace, AbortRegistration) {
        let (handle, registration) = AbortHandle::new_pair();
        let number = self.next.replace(self.next.get().wrapping_add(1));
        let mut open = self.open.borrow_mut();
        if open.len() >= MOST
            && let Some((_, oldest)) = open.pop_first()
        {
            oldest.abort();
        }
        open.insert(number, handle);
        drop(open);
        (WaitingPlace { number, waiting: self }, registration)
    }
}

impl Drop for WaitingPlace {
    fn drop(&mut self) {
        self.waiting.open.borrow_mut().remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use futures_util::future::{Abortable, pending};

    use super::*;

    #[test]
    fn the_oldest_of_too_many_goes_and_who_has_left_takes_no_room() {
        let waiting = Rc::new(WaitingRoom::default());
        let mut all: Vec<_> = (0..MOST).map(|_| Rc::clone(&waiting).enters()).collect();
        // Somebody in the middle has finished.
        drop(all.remove(7));
        all.push(Rc::clone(&waiting).enters());
        let is_aborted = |registration| Abortable::new(pending::<()>(), registration).now_or_never().is_some();
        let (_place, last) = Rc::clone(&waiting).enters();
        let mut registrations = all
            .into_iter()
            .map(|(place, registration)| (place, is_aborted(registration)));
        assert!(registrations.next().unwrap().1, "the oldest");
        assert!(registrations.all(|(_, is_aborted)| !is_aborted));
        assert!(!is_aborted(last));
        drop(registrations);
    }
}
