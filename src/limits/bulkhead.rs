//! Limits the number of our concurrent calls to Okta (SEC-406).

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::clock::Clock;

/// The settings, with their defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BulkheadSettings {
    /// Concurrent calls.
    pub calls: usize,
    /// How many of them may be polls; the rest is always free for customers who are typing.
    pub polls: usize,
    /// How many of them may be revocations.
    pub revocations: usize,
    /// How long to wait for a permit.
    pub queue: Duration,
}

impl BulkheadSettings {
    /// Settings for this many calls: at most half of them polls, at most an eighth revocations.
    pub fn of(calls: usize) -> Self {
        Self {
            calls,
            polls: (calls / 2).max(1),
            revocations: (calls / 8).max(1),
            queue: QUEUE,
        }
    }
}

/// How long a call waits for a permit.
const QUEUE: Duration = Duration::from_secs(2);

/// The share of the permits that a call uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// A browser waits for the answer to a form.
    SignIn,
    /// The poll of a push; it can be repeated later.
    Poll,
    /// The revocation of tokens, which is not urgent.
    Revocation,
}

/// No permit became free in time: the answer is 503, and nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many calls to Okta at once")]
pub struct Busy;

/// A permit for one call, held while the call lasts and released on drop.
#[derive(Debug)]
pub struct Permit {
    _call: OwnedSemaphorePermit,
    _share: Option<OwnedSemaphorePermit>,
}

/// Hands out the permits. It can be shared without a lock.
#[derive(Debug)]
pub struct Bulkhead {
    calls: Arc<Semaphore>,
    polls: Arc<Semaphore>,
    revocations: Arc<Semaphore>,
    most_revocations: usize,
    queue: SignedDuration,
    clock: Arc<dyn Clock>,
}

impl Bulkhead {
    pub fn new(settings: BulkheadSettings, clock: Arc<dyn Clock>) -> Self {
        let places = |count: usize| Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)));
        Self {
            calls: places(settings.calls.max(1)),
            polls: places(settings.polls.max(1)),
            revocations: places(settings.revocations.max(1)),
            most_revocations: settings.revocations.max(1),
            queue: SignedDuration::try_from(settings.queue).unwrap_or(SignedDuration::MAX),
            clock,
        }
    }

    /// How many revocations may be under way.
    pub fn revocations(&self) -> usize {
        self.most_revocations
    }

    /// Waits for a permit, first come, first served. A poll first waits among polls and a revocation among revocations,
    /// so that few of them ever wait in the common queue.
    pub async fn enter(&self, share: Share) -> Result<Permit, Busy> {
        // Without a timer, which hardly any call needs. The semaphore serves the calls that already wait first.
        if let Some(permit) = self.at_once(share) {
            return Ok(permit);
        }
        let deadline = self.clock.now().saturating_add(self.queue);
        let deadline = deadline.unwrap_or(jiff::Timestamp::MAX);
        tokio::select! {
            biased;
            permit = self.home(share) => permit,
            () = self.clock.sleep_until(deadline) => Err(Busy),
        }
    }

    fn at_once(&self, share: Share) -> Option<Permit> {
        let one_of = |places: &Arc<Semaphore>| Arc::clone(places).try_acquire_owned().ok();
        let share = match share {
            Share::SignIn => None,
            Share::Poll => Some(one_of(&self.polls)?),
            Share::Revocation => Some(one_of(&self.revocations)?),
        };
        Some(Permit {
            _call: one_of(&self.calls)?,
            _share: share,
        })
    }

    async fn home(&self, share: Share) -> Result<Permit, Busy> {
        let share = match share {
            Share::SignIn => None,
            Share::Poll => Some(one_of(&self.polls).await?),
            Share::Revocation => Some(one_of(&self.revocations).await?),
        };
        Ok(Permit {
            _call: one_of(&self.calls).await?,
            _share: share,
        })
    }
}

async fn one_of(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Busy> {
    // An error means that the semaphore was closed, which no code does.
    Arc::clone(places).acquire_owned().await.map_err(|_| Busy)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use futures_util::FutureExt;
    use jiff::Timestamp;

    use super::{Bulkhead, BulkheadSettings, Busy, Permit, Share};
    use crate::clock::ManualClock;

    fn bulkhead() -> (Bulkhead, ManualClock) {
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let bulkhead = Bulkhead::new(BulkheadSettings::of(30), Arc::new(clock.clone()));
        (bulkhead, clock)
    }

    fn at_once(bulkhead: &Bulkhead, share: Share) -> Option<Result<Permit, Busy>> {
        bulkhead.enter(share).now_or_never()
    }

    #[test]
    fn sec_406_polls_and_revocations_leave_room_for_sign_ins() {
        let (bulkhead, _clock) = bulkhead();
        let polls: Vec<_> = (0..500).filter_map(|_| at_once(&bulkhead, Share::Poll)).collect();
        assert_eq!(polls.len(), 15);
        let revocations: Vec<_> = (0..500).filter_map(|_| at_once(&bulkhead, Share::Revocation)).collect();
        assert_eq!(revocations.len(), bulkhead.revocations());
        let sign_ins: Vec<_> = (0..500).filter_map(|_| at_once(&bulkhead, Share::SignIn)).collect();
        assert_eq!(sign_ins.len(), 12);
    }

    #[tokio::test]
    async fn sec_406_a_full_house_is_refused_after_two_seconds() {
        let (bulkhead, clock) = bulkhead();
        let held: Vec<_> = (0..30).filter_map(|_| at_once(&bulkhead, Share::SignIn)).collect();
        let mut waiting = Box::pin(bulkhead.enter(Share::SignIn));
        assert!((&mut waiting).now_or_never().is_none());
        clock.advance(Duration::from_millis(1_999));
        assert!((&mut waiting).now_or_never().is_none());
        clock.advance(Duration::from_millis(1));
        assert_eq!(waiting.await.err(), Some(Busy));
        drop(held);
        assert!(bulkhead.enter(Share::SignIn).await.is_ok());
    }

    #[tokio::test]
    async fn a_place_given_back_goes_to_the_one_who_waits() {
        let (bulkhead, _clock) = bulkhead();
        let mut held: Vec<_> = (0..30).filter_map(|_| at_once(&bulkhead, Share::SignIn)).collect();
        let mut waiting = Box::pin(bulkhead.enter(Share::SignIn));
        assert!((&mut waiting).now_or_never().is_none());
        drop(held.pop());
        assert!(waiting.await.is_ok());
    }
}
