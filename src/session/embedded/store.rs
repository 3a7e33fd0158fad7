//! The memory of the store, and the file behind it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use super::disk::Disk;
use super::tables::Write;
use crate::clock::Entropy;
use crate::domain::ids::Tab;
use crate::session::local::attempts::MemoryAttempts;
use crate::session::local::desk::Desk;
use crate::session::local::logout_notices::LogoutNotices;
use crate::session::local::replay_guard::ReplayGuard;
use crate::session::local::table::SessionTable;
use crate::session::local::tombstones::Tombstones;
use crate::session::record::Records;
use crate::session::{AccountHash, HashedId, RevocationId};

/// The store of `store.kind = "embedded"`.
pub struct EmbeddedStore {
    pub(super) attempts: Arc<MemoryAttempts>,
    pub(super) sessions: Arc<SessionTable>,
    /// When each revocation is tried next.
    pub(super) revocations: Arc<Mutex<BTreeMap<RevocationId, Timestamp>>>,
    pub(super) keeps_notices: bool,
    pub(super) notices: Arc<LogoutNotices>,
    /// Deletes of attempts whose tokens were returned by a sweep; the next sweep writes them.
    pub(super) handed_out: Mutex<Vec<Write>>,
    /// Attempts that became sessions, and whose earlier step is still in the file; the next sweep deletes it.
    pub(super) finished: Mutex<Vec<(HashedId, Tab)>>,
    /// Not on disk: a restart loses only the reasons that pages show.
    pub(super) tombstones: Tombstones,
    /// Not on disk either: see [`ReplayGuard`].
    pub(super) replay_guard: ReplayGuard,
    /// The past tries, and whether sign-ins are closed.
    pub(super) desk: Desk,
    /// Accounts whose tries differ from the file; the next sweep writes them.
    pub(super) unwritten_tries: Mutex<BTreeSet<AccountHash>>,
    pub(super) disk: Disk,
    pub(super) records: Records,
    pub(super) entropy: Arc<dyn Entropy>,
}

// Only the name: this is shared as `dyn Store`, which keeps what is derived, for all that it holds, in the program.
impl fmt::Debug for EmbeddedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedStore").finish_non_exhaustive()
    }
}
