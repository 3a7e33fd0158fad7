//! Who makes room where attempts are too many, in every store.
//!
//! In this order: the oldest idle attempt of a network that has more of them than its share; the oldest idle one, as
//! long as idle ones have more than theirs; the oldest with which somebody is signing in, here too of a network that
//! has more than its share before others. Idle is what a stranger can make without end (see
//! [`Attempt::is_under_way`](crate::domain::attempt::Attempt::is_under_way)). It keeps a share all the same, so that
//! however many are signing in, another can begin.

use std::time::Duration;

/// Which part of all places idle attempts of one network may take, and again those with which somebody is signing in.
const OF_ONE_NETWORK: usize = 100;

/// Which part of all places is kept for idle attempts.
const IDLE: usize = 8;

/// How long an ended attempt is still known, so that its page can say so and keep the destination.
pub(super) const MEMORY_OF_THE_ENDED: Duration = Duration::from_hours(1);

/// How many attempts of one kind one network may have before they are the first of it to make room.
pub(super) fn of_one_network(bound: usize) -> usize {
    (bound / OF_ONE_NETWORK).max(1)
}

/// How many idle attempts are left when others make room for them.
pub(super) fn kept_idle(bound: usize) -> usize {
    (bound / IDLE).max(1)
}
