//! One call to Okta, admitted by the breaker and the bulkhead.

use futures_util::future::BoxFuture;
use okta_direct_auth::{Error, ErrorKind, Failed};

use super::Flow;
use crate::limits::{BreakerChange, End, HeldBack, Share};

/// Why a call gave no result.
#[derive(Debug)]
pub(super) enum Outage<E> {
    /// The bulkhead had no room for it.
    Full,
    /// Okta has failed so often lately that it was not asked.
    HeldBack(HeldBack),
    /// It failed.
    Refused(E),
}

impl<S> Outage<Failed<S>> {
    /// Drops the returned state: the attempt in the store still has it.
    pub(super) fn without_state(self) -> Outage<Error> {
        match self {
            Self::Full => Outage::Full,
            Self::HeldBack(held_back) => Outage::HeldBack(held_back),
            Self::Refused(failed) => Outage::Refused(failed.error),
        }
    }
}

/// Unifies the two kinds of failure of a call that hands its state back.
pub(super) fn without_state<T, S>(answer: Result<T, Outage<Failed<S>>>) -> Result<T, Outage<Error>> {
    answer.map_err(Outage::without_state)
}

impl Flow {
    /// Calls Okta unless the breaker is open or too many calls are in progress; the customer is then asked to wait.
    pub(super) fn call<'a, T: Send, E: AsFault + Send>(
        &'a self,
        share: Share,
        call: impl Future<Output = Result<T, E>> + Send + 'a,
    ) -> impl Future<Output = Result<T, Outage<E>>> + Send {
        // Boxed here: a call takes several KiB, which the caller's future would otherwise hold twice from its own
        // start.
        self.call_boxed(share, Box::pin(call))
    }

    async fn call_boxed<T, E: AsFault>(&self, share: Share, call: BoxFuture<'_, Result<T, E>>) -> Result<T, Outage<E>> {
        let breaker = &self.parts.breaker;
        // Checked twice: a call that would be held back does not queue, and one that was queued when the breaker opened
        // is held back as well.
        breaker.check().map_err(Outage::HeldBack)?;
        let Ok(_permit) = self.parts.bulkhead.enter(share).await else {
            tracing::warn!("too many calls to Okta are under way; this one was refused");
            return Err(Outage::Full);
        };
        let permit = breaker.enter().map_err(Outage::HeldBack)?;
        let answer = call.await;
        let end = answer.as_ref().err().map_or(End::Answered, AsFault::end);
        if let Some(change) = permit.ended(end) {
            self.tell(change);
        }
        answer.map_err(Outage::Refused)
    }

    fn tell(&self, change: BreakerChange) {
        match change {
            BreakerChange::Opened(pause) => {
                tracing::warn!(
                    pause_s = pause.as_secs(),
                    "Okta fails again and again; calls to it are suspended except for one probe after each pause"
                );
                self.parts.observer.okta_held_back(true);
            }
            BreakerChange::Closed => {
                tracing::info!("Okta answers again; calls to it are no longer suspended");
                self.parts.observer.okta_held_back(false);
            }
        }
    }
}

/// An error that may be Okta's fault.
pub(super) trait AsFault {
    fn as_error(&self) -> &Error;

    /// Only trouble at Okta or on the way to it is a fault: server errors, no connection, no answer in time, an answer
    /// that was cut off. A refusal is an answer, and so is a rate limit. An answer that cannot be understood is not a
    /// fault either, because it may concern one account, whose owner must not be able to block the others.
    fn end(&self) -> End {
        let error = self.as_error();
        match error.kind() {
            ErrorKind::Unavailable => End::Fault,
            ErrorKind::Nonsense if error.cause() == "body_cut" => End::Fault,
            _ => End::Answered,
        }
    }
}

impl AsFault for Error {
    fn as_error(&self) -> &Error {
        self
    }
}

impl<S> AsFault for Failed<S> {
    fn as_error(&self) -> &Error {
        &self.error
    }
}
