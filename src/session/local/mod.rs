//! What one process keeps in memory: attempts and sessions in tables, and what is remembered for a limited time. The
//! memory store consists of these, and the embedded store answers from them.

pub(super) mod attempts;
pub(super) mod lease;
pub(super) mod memory;
pub(super) mod replay_guard;
pub(super) mod table;
pub(super) mod tombstones;
