//! Which attempts are evicted when there are too many, in every store.
//!
//! In this order: those that have ended, which are only remembered, so that the bound is one on sign-ins in progress;
//! the oldest idle attempt of a network that has more than its share of idle ones; the oldest idle attempt, as long as
//! idle ones have more than their share; the oldest attempt with which a customer is signing in, again first from a
//! network that has more than its share. Anonymous visitors can create any number of idle attempts
//! (see [`Attempt::is_under_way`](crate::domain::attempt::Attempt::is_under_way)). Idle attempts keep a share
//! nevertheless, so that however many customers are signing in, another can begin.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::attempt::SAME_PRESS;
use crate::domain::session::after;

/// The fraction of the bound that one network may have as idle attempts, and again as attempts under way.
const OF_ONE_NETWORK: usize = 100;

/// This fraction of the bound is kept for idle attempts.
const IDLE: usize = 8;

/// How long an ended attempt is remembered, so that its page can say so and keep the destination.
pub(super) const MEMORY_OF_THE_ENDED: Duration = Duration::from_hours(1);

/// How long after its end an attempt still answers, namely the press that ended it.
pub(super) const LAST_ANSWER: Duration = SAME_PRESS;

/// Attempts to be forgotten before this have ended and answer nobody any more.
pub(super) fn remembered_before(now: Timestamp) -> Timestamp {
    after(now, MEMORY_OF_THE_ENDED.saturating_sub(LAST_ANSWER))
}

/// How many attempts of one kind a network may have before its attempts are evicted first.
pub(super) fn of_one_network(bound: usize) -> usize {
    (bound / OF_ONE_NETWORK).max(1)
}

/// How many idle attempts remain when idle ones are evicted.
pub(super) fn kept_idle(bound: usize) -> usize {
    (bound / IDLE).max(1)
}
