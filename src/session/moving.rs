//! From one visit to another.

use super::HashedId;
use crate::domain::attempt::Attempt;
use crate::domain::ids::Tab;

/// An attempt that goes on under another visit.
#[derive(Debug)]
pub struct Move<'a> {
    /// Where it was.
    pub visit: HashedId,
    /// The attempt; it keeps its reference.
    pub tab: &'a Tab,
    /// The revision it must still have.
    pub expected: u64,
    /// What stays behind.
    pub left: Attempt,
    /// Where it goes on, which nobody knows yet.
    pub to: HashedId,
    /// As it stands there.
    pub attempt: Attempt,
}
