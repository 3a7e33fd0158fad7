//! What was missing from the cached copy, and when it may be looked for again.

use std::time::{Duration, SystemTime};

use super::pause::{RETRY_PAUSE, is_within};

/// A key that Okta uses but has not published may appear soon, because its key set comes through caches. So the first
/// lookups follow each other quickly.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// More than Okta can have unpublished at once.
const MOST: usize = 8;

/// The source that named something that the cached copy does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// Okta itself, in its reply to one of our calls. Nobody else can cause that.
    Okta,
    /// The sender of a request that has not been checked yet: it may be anybody.
    Stranger,
}

/// All strangers together cause one fetch per pause, whatever they name. They hold up no fetch that Okta's own replies
/// cause.
#[derive(Default)]
pub(super) struct Sought {
    by_strangers: Option<SystemTime>,
    in_vain: Vec<InVain>,
}

/// Something that Okta named and that was not found.
struct InVain {
    what: Option<String>,
    at: SystemTime,
    pause: Duration,
}

impl Sought {
    /// Whether a fetch may start now; if so, it is recorded as started.
    pub(super) fn begin(&mut self, asker: Asker, what: Option<&str>, now: SystemTime) -> bool {
        match asker {
            Asker::Okta => self.begin_for_okta(what, now),
            Asker::Stranger if is_within(self.by_strangers, now, RETRY_PAUSE) => false,
            Asker::Stranger => {
                self.by_strangers = Some(now);
                true
            }
        }
    }

    fn begin_for_okta(&mut self, what: Option<&str>, now: SystemTime) -> bool {
        let known = self.in_vain.iter_mut();
        if let Some(known) = known.into_iter().find(|one| one.what.as_deref() == what) {
            let may_look = !is_within(Some(known.at), now, known.pause);
            if may_look {
                known.at = now;
                known.pause = (known.pause * 2).min(RETRY_PAUSE);
            }
            return may_look;
        }
        if self.in_vain.len() >= MOST {
            self.in_vain.remove(0);
        }
        self.in_vain.push(InVain {
            what: what.map(str::to_owned),
            at: now,
            pause: FIRST_PAUSE,
        });
        true
    }

    /// Forgets what was found, so that it counts as new if it goes missing again.
    pub(super) fn found(&mut self, what: Option<&str>) {
        self.in_vain.retain(|one| one.what.as_deref() != what);
    }
}
