//! What was looked for beyond the copy in hand, and when it may be looked for again.

use std::time::{Duration, SystemTime};

use super::{RETRY_PAUSE, is_within};

/// A thing that Okta speaks of and has not published may be on its way: its keys come through caches. So the first
/// looks follow each other soon.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// More things at once than Okta can have on the way.
const MOST: usize = 8;

/// Who brought what the copy in hand does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// Okta, in an answer of its own to a call of ours. Nobody else can bring that about.
    Okta,
    /// Whoever sent a request, for all that is known before it was checked.
    Stranger,
}

/// Whatever strangers name, they bring about one look per pause, all of them together. It holds up no look that Okta's
/// own answers bring about.
#[derive(Default)]
pub(super) struct Sought {
    by_strangers: Option<SystemTime>,
    in_vain: Vec<InVain>,
}

/// Something of Okta's that was not found.
struct InVain {
    what: Option<String>,
    at: SystemTime,
    pause: Duration,
}

impl Sought {
    /// Whether now is the time for a look; if so, it is noted as begun.
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

    /// What was found will be new when it is missed again.
    pub(super) fn found(&mut self, what: Option<&str>) {
        self.in_vain.retain(|one| one.what.as_deref() != what);
    }
}
