//! Moving an attempt from one visit to another.

use super::HashedId;
use crate::domain::attempt::Attempt;
use crate::domain::ids::Tab;

/// An attempt that continues under another visit.
#[derive(Debug)]
pub struct Move<'a> {
    /// The visit it leaves.
    pub visit: HashedId,
    /// The attempt's tab; it keeps this reference.
    pub tab: &'a Tab,
    /// The revision it must still have.
    pub expected: u64,
    /// What stays behind at the old visit.
    pub left: Attempt,
    /// The visit it moves to, whose id no browser knows yet.
    pub to: HashedId,
    /// The attempt as it will be there.
    pub attempt: Attempt,
}
