//! Connecting to the node that currently accepts writes.

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, IntoConnectionInfo as _, Pipeline, RedisConnectionInfo,
    RedisFuture, RedisResult, TlsCertificates, TlsMode, Value,
};
use secrecy::ExposeSecret as _;

use super::address::{HostPort, RedisAddress, Setup};
use super::sentinels::Watch;

/// An open connection; clones share it.
#[derive(Clone)]
pub(super) enum Connection {
    Node(MultiplexedConnection),
    Cluster(ClusterConnection),
}

/// A connection to the node that currently accepts writes.
pub(super) struct WritableNode {
    pub(super) connection: Connection,
    /// The nodes on which to listen for invalidation messages; the first one that can be reached will do.
    pub(super) nodes: Vec<Client>,
    /// The sentinels that named the node.
    pub(super) watch: Option<Watch>,
}

impl RedisAddress {
    /// Connects to the node that currently accepts writes.
    pub(super) async fn reach(&self) -> RedisResult<WritableNode> {
        match &self.setup {
            Setup::Single(host_port) => self.reach_node(host_port, None).await,
            Setup::Sentinel { sentinels, master } => {
                let sentinels: RedisResult<Vec<Client>> =
                    sentinels.iter().map(|host_port| self.sentinel(host_port)).collect();
                let watch = Watch::begin(sentinels?, master, self.patience).await?;
                let host_port = watch.master().clone();
                self.reach_node(&host_port, Some(watch)).await
            }
            Setup::Cluster(places) => {
                let nodes: RedisResult<Vec<Client>> = places.iter().map(|host_port| self.node(host_port)).collect();
                let cluster = self.cluster(places)?;
                Ok(WritableNode {
                    connection: Connection::Cluster(cluster.get_async_connection().await?),
                    // Every node of a cluster passes invalidation messages on.
                    nodes: nodes?,
                    watch: None,
                })
            }
        }
    }

    async fn reach_node(&self, host_port: &HostPort, watch: Option<Watch>) -> RedisResult<WritableNode> {
        Ok(WritableNode {
            connection: self.connect_to(host_port).await?,
            nodes: vec![self.node(host_port)?],
            watch,
        })
    }

    /// Connects to one node.
    pub(super) async fn connect_to(&self, host_port: &HostPort) -> RedisResult<Connection> {
        let manners = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.patience))
            .set_response_timeout(Some(self.patience));
        let connection = self
            .node(host_port)?
            .get_multiplexed_async_connection_with_config(&manners)
            .await?;
        Ok(Connection::Node(connection))
    }

    fn node(&self, host_port: &HostPort) -> RedisResult<Client> {
        let address = self.address_of(host_port);
        let info = address.into_connection_info()?.set_redis_settings(self.greeting());
        if self.is_tls {
            Client::build_with_tls(info, self.certificates())
        } else {
            Client::open(info)
        }
    }

    /// Sentinels are queried without a user or a password.
    fn sentinel(&self, host_port: &HostPort) -> RedisResult<Client> {
        let address = self.address_of(host_port).into_connection_info()?;
        if self.is_tls {
            Client::build_with_tls(address, self.certificates())
        } else {
            Client::open(address)
        }
    }

    fn cluster(&self, places: &[HostPort]) -> RedisResult<ClusterClient> {
        let nodes = places.iter().map(|host_port| self.address_of(host_port));
        let mut builder = ClusterClient::builder(nodes)
            .connection_timeout(self.patience)
            .response_timeout(self.patience)
            .overall_response_timeout(Some(self.patience))
            .retries(3);
        if let Some(user) = &self.user {
            builder = builder.username(user);
        }
        if let Some(password) = &self.password {
            builder = builder.password(password.expose_secret());
        }
        if self.is_tls {
            builder = builder.tls(TlsMode::Secure).certs(self.certificates());
        }
        builder.build()
    }

    fn address_of(&self, (host, port): &HostPort) -> ConnectionAddr {
        if self.is_tls {
            ConnectionAddr::TcpTls {
                host: host.clone(),
                port: *port,
                insecure: false,
                tls_params: None,
            }
        } else {
            ConnectionAddr::Tcp(host.clone(), *port)
        }
    }

    fn greeting(&self) -> RedisConnectionInfo {
        let mut greeting = RedisConnectionInfo::default().set_db(i64::from(self.database));
        if let Some(user) = &self.user {
            greeting = greeting.set_username(user);
        }
        if let Some(password) = &self.password {
            greeting = greeting.set_password(password.expose_secret());
        }
        greeting
    }

    fn certificates(&self) -> TlsCertificates {
        TlsCertificates {
            client_tls: None,
            root_cert: self.ca.clone(),
        }
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Node(node) => node.req_packed_command(command),
            Self::Cluster(cluster) => cluster.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        commands: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Node(node) => node.req_packed_commands(commands, offset, count),
            Self::Cluster(cluster) => cluster.req_packed_commands(commands, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Node(node) => node.get_db(),
            Self::Cluster(cluster) => cluster.get_db(),
        }
    }
}
