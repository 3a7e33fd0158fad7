//! The in-memory data of one process: attempts and sessions in tables, and records with a limited lifetime. The memory
//! store consists of these, and the embedded store answers from them.

pub(super) mod attempts;
pub(super) mod desk;
pub(super) mod lease;
pub(super) mod logout_notices;
pub(super) mod memory;
pub(super) mod replay_guard;
pub(super) mod table;
pub(super) mod tombstones;
