//! Three processes of the service that share a Redis, behind `HAProxy`.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use okta_sim::{Limits, Settings, Simulator};
use tempfile::TempDir;

use crate::redis_server::RedisServer;
use crate::support::{Browser, Running, client, eventually, free_port, portico, run, status};

/// A write is on disk before it is answered.
pub(crate) const DURABLE: [&str; 6] = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"];

/// One process of the service.
#[derive(Debug)]
pub(crate) struct Replica {
    process: Running,
    variables: Vec<(String, String)>,
    /// Its own port. Requests there must name the public host.
    port: u16,
    ops: u16,
}

/// The replicas, their Redis and the proxy.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) okta: Simulator,
    pub(crate) redis: RedisServer,
    pub(crate) replicas: Vec<Replica>,
    pub(crate) base: String,
    pub(crate) folder: TempDir,
    proxy: Child,
}

impl Cluster {
    /// Three replicas with a durable Redis.
    pub(crate) async fn start(settings: &[(&'static str, &str)]) -> Self {
        let redis = RedisServer::with(&DURABLE).await;
        let okta = Simulator::start(org()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let ring = folder.path().join("keys.toml");
        write_secret(&ring, &new_ring());
        let public = free_port();
        let base = format!("http://localhost:{public}");
        let mut replicas = Vec::new();
        for _ in 0..3 {
            let usual = [
                ("PUBLIC_URL", base.clone()),
                ("OKTA__ORG_URL", okta.issuer()),
                ("OKTA__CLIENT_ID", "portico-demo".to_owned()),
                ("STORE__KIND", "redis".to_owned()),
                ("STORE__URL", format!("redis://127.0.0.1:{}", redis.port())),
                ("STORE__KEYS_FILE", ring.to_str().unwrap().to_owned()),
                ("OPS__DRAIN_DELAY", "0s".to_owned()),
                ("LIMITS__ADDRESS_BURST", "100000".to_owned()),
                ("LIMITS__ADDRESS_PER_MINUTE", "100000".to_owned()),
            ];
            let changes = settings.iter().map(|(name, value)| (*name, (*value).to_owned()));
            replicas.push(Replica::start(usual.into_iter().chain(changes)));
        }
        for replica in &replicas {
            replica.wait_until_ready().await;
        }
        let proxy = haproxy(public, &replicas, folder.path());
        let cluster = Self {
            okta,
            redis,
            replicas,
            base,
            folder,
            proxy,
        };
        cluster.wait_until_reachable().await;
        cluster
    }

    /// A replica is ready up to a tenth of a second before the proxy's next check finds it.
    pub(crate) async fn wait_until_reachable(&self) {
        eventually("the proxy to serve", async || {
            status(&format!("{}/sign-in", self.base)).await == Some(200)
        })
        .await;
    }

    /// A fresh browser. The proxy sends each of its requests to another replica.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(client(), &self.base)
    }

    /// A browser that asks this replica alone, past the proxy.
    pub(crate) fn browser_at(&self, replica: usize) -> Browser {
        let to = reqwest::Proxy::http(format!("http://127.0.0.1:{}", self.replicas[replica].port));
        let client = reqwest::Client::builder()
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .proxy(to.unwrap())
            .build();
        Browser::new(client.unwrap(), &self.base)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.proxy.kill();
        let _ = self.proxy.wait();
    }
}

impl Replica {
    fn start(settings: impl Iterator<Item = (&'static str, String)>) -> Self {
        let (port, ops) = (free_port(), free_port());
        let own = [
            ("LISTEN", format!("127.0.0.1:{port}")),
            ("OPS__LISTEN", format!("127.0.0.1:{ops}")),
        ];
        let variables: Vec<(String, String)> = settings
            .chain(own)
            .map(|(name, value)| (format!("PORTICO_{name}"), value))
            .collect();
        Self {
            process: Running::start(serve(&variables)),
            variables,
            port,
            ops,
        }
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// A new process with the same settings, once it is ready.
    pub(crate) async fn starts_again(&mut self) {
        self.process = Running::start(serve(&self.variables));
        self.wait_until_ready().await;
    }

    /// SIGTERM and the end, then a new process: one step of a rolling upgrade.
    pub(crate) async fn replace(&mut self) {
        let next = Running::start(serve(&[]));
        let old = std::mem::replace(&mut self.process, next);
        old.send_sigterm();
        let (code, complaints) = old.ends().await;
        assert_eq!(code, Some(0), "{complaints}");
        self.starts_again().await;
    }

    /// Its log so far.
    pub(crate) fn log(&self) -> String {
        self.process.complaints()
    }

    pub(crate) async fn readiness(&self) -> Option<u16> {
        status(&format!("http://127.0.0.1:{}/readyz", self.ops)).await
    }

    /// The metrics as text.
    pub(crate) async fn metrics(&self) -> String {
        let address = format!("http://127.0.0.1:{}/metrics", self.ops);
        let answer = client().get(address).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap()
    }

    async fn wait_until_ready(&self) {
        eventually("a replica that is ready", async || self.readiness().await == Some(200)).await;
    }
}

/// A ring as `portico keys new` prints it.
pub(crate) fn new_ring() -> String {
    let (code, ring, complaints) = run(portico(&["keys", "new"]));
    assert_eq!(code, 0, "{complaints}");
    ring
}

pub(crate) fn write_secret(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn org() -> Settings {
    Settings {
        limits: Limits {
            token_per_minute: 0,
            other_per_minute: 0,
            user_per_second: 0,
            ..Limits::default()
        },
        ..Settings::default()
    }
}

fn serve(variables: &[(String, String)]) -> Command {
    let mut command = portico(&["serve"]);
    command.envs(variables.to_vec());
    command
}

/// Each request goes to the next replica. One that is gone is left out, and a request that could not be sent goes to
/// another.
fn haproxy(port: u16, replicas: &[Replica], folder: &Path) -> Child {
    let servers: Vec<String> = replicas
        .iter()
        .map(|replica| {
            let port = replica.port;
            format!("  server r{port} 127.0.0.1:{port} check inter 100ms fall 1 rise 1")
        })
        .collect();
    let servers = servers.join("\n");
    let file = folder.join("haproxy.cfg");
    let text = format!(
        "defaults\n  mode http\n  timeout connect 2s\n  timeout client 90s\n  timeout server 90s\n  retries 5\n  \
         option redispatch 1\n  retry-on conn-failure\n\
         listen portico\n  bind 127.0.0.1:{port}\n  balance roundrobin\n{servers}\n"
    );
    std::fs::write(&file, text).unwrap();
    Command::new("haproxy")
        .args(["-db", "-f"])
        .arg(&file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}
