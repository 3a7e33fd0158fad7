//! What one process keeps by itself: attempts and sessions in tables, and what is remembered for a while. The store in
//! memory is made of it, and so is the memory of the one on disk.

pub(super) mod attempts;
pub(super) mod lease;
pub(super) mod memory;
pub(super) mod replay_guard;
pub(super) mod table;
pub(super) mod tombstones;
