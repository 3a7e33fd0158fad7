//! What is counted, and against whom.

use std::net::IpAddr;

use crate::limits::{AccountCounts, LimitHold};

/// What is counted against an account.
#[derive(Debug)]
pub struct CountedAccount {
    /// What the log calls the user. The name itself is not kept.
    pub user: String,
    pub counts: AccountCounts,
}

/// A network whose browsers have to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkHold {
    /// An IPv4 /24 or an IPv6 /48.
    pub network: IpAddr,
    pub hold: LimitHold,
}
