//! The location of Redis, and the credentials for it.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;

/// A host and its port.
pub type HostPort = (String, u16);

/// How Redis is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setup {
    /// One node.
    Single(HostPort),
    /// A master and its replicas, watched by sentinels.
    Sentinel {
        /// The sentinels.
        sentinels: Vec<HostPort>,
        /// The name by which they know the master.
        master: String,
    },
    /// A cluster: some of its nodes.
    Cluster(Vec<HostPort>),
}

/// Where Redis is, and how to connect to it.
#[derive(Clone)]
pub struct RedisAddress {
    /// How it is set up.
    pub setup: Setup,
    /// The ACL user; the default one when none.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<SecretString>,
    /// The number of the database; a cluster has only 0.
    pub database: u8,
    /// Whether to use TLS.
    pub is_tls: bool,
    /// Certificates to trust instead of the machine's, PEM.
    pub ca: Option<Vec<u8>>,
    /// How long connecting or an answer may take.
    pub patience: Duration,
    /// How many replicas must have a durable change before it counts as done.
    pub replicas: u32,
}

impl fmt::Debug for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisAddress")
            .field("setup", &self.setup)
            .field("is_tls", &self.is_tls)
            .finish_non_exhaustive()
    }
}
