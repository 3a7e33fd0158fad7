//! What the help desk asks a store about: how recent tries of an account ended, and whether sign-ins are closed.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use super::{Answer, Change};
use crate::domain::past_try::PastTry;

/// An account under the keyed hash by which the limits count it.
pub type AccountHash = [u8; 16];

/// How many tries of one account are remembered.
pub(in crate::session) const TRIES_KEPT: usize = 10;

/// For how long.
pub(in crate::session) const TRIES_KEPT_FOR: Duration = Duration::from_hours(7 * 24);

/// Of how many accounts; beyond it, those that were tried longest ago are forgotten. A full table takes about ten
/// megabytes.
pub(in crate::session) const ACCOUNTS_KEPT: usize = 5_000;

/// Past tries, and whether sign-ins are closed. Replicas that share the store share both.
pub trait DeskStore: fmt::Debug + Send + Sync {
    /// Remembers how a try ended. In a crash, the tries since the last sweep may be lost.
    fn note_try(&self, account: AccountHash, one: PastTry) -> Answer<'_, ()>;

    /// The tries of an account that are still remembered, the newest first.
    fn tries(&self, account: AccountHash, now: Timestamp) -> Answer<'_, Vec<PastTry>>;

    /// The accounts with remembered tries, the most recently tried first, at most `most`.
    fn tried_accounts(&self, most: usize, now: Timestamp) -> Answer<'_, Vec<AccountHash>>;

    /// Forgets the tries of an account. Durable when this completes.
    fn forget_tries(&self, account: AccountHash) -> Change<'_, ()>;

    /// Since when sign-ins are closed; `None` while they are open.
    fn closed_since(&self) -> Answer<'_, Option<Timestamp>>;

    /// Closes sign-ins, or opens them. Durable when this completes.
    fn set_closed(&self, since: Option<Timestamp>) -> Change<'_, ()>;
}
