//! A real redis-server for one test, on a free port; also three as a cluster, and one with replicas and sentinels.
//! `PORTICO_TESTS_REDIS_SERVER` names another program of that kind, such as Valkey's.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::ports::free_port;

/// Forbids skipping tests for want of a program: `./tests/run` installs all of them and sets this.
const REQUIRE_ALL: &str = "PORTICO_TESTS_REQUIRE_ALL";

/// Names the program, if it is not `redis-server`.
const PROGRAM: &str = "PORTICO_TESTS_REDIS_SERVER";

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);

pub(crate) fn program() -> OsString {
    std::env::var_os(PROGRAM).unwrap_or_else(|| "redis-server".into())
}

/// Whether redis-server is installed; if not, says why the test is skipped.
pub(crate) fn is_here() -> bool {
    let found = Command::new(program())
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok();
    assert!(
        found || std::env::var_os(REQUIRE_ALL).is_none(),
        "redis-server is not installed, and {REQUIRE_ALL} is set"
    );
    if !found {
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("a test");
        let line = format!("skipped: {test} needs redis-server; ./tests/run installs it\n");
        // Bypasses the harness, which shows nothing of tests that pass.
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
    found
}

/// One server process.
#[derive(Debug)]
pub(crate) struct RedisServer {
    child: Child,
    port: u16,
    options: Vec<String>,
    folder: TempDir,
    /// A folder that its options refer to and that must live as long as the server.
    also: Option<TempDir>,
}

impl RedisServer {
    /// A node that keeps nothing on disk.
    pub(crate) async fn start() -> Self {
        Self::with(&["--save", "", "--appendonly", "no"]).await
    }

    /// A node with options as on its command line.
    pub(crate) async fn with(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        // Another process may take the port between the look and the start.
        for _ in 0..10 {
            let port = free_port();
            let mut child = spawn(port, &options, folder.path());
            if answers(&mut child, port).await {
                return Self {
                    child,
                    port,
                    options,
                    folder,
                    also: None,
                };
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!("redis-server does not start with {options:?}");
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The server's folder, with the files it was given there.
    pub(crate) fn folder(&self) -> &Path {
        self.also.as_ref().unwrap_or(&self.folder).path()
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again, on the same port and folder.
    pub(crate) async fn restart(&mut self) {
        self.child = spawn(self.port, &self.options, self.folder.path());
        assert!(
            answers(&mut self.child, self.port).await,
            "redis-server does not start again"
        );
    }

    /// Suspends it in the middle of its work; it stays connected and says nothing.
    pub(crate) fn pause(&self) {
        self.signal("-STOP");
    }

    /// Resumes it.
    pub(crate) fn resume(&self) {
        self.signal("-CONT");
    }

    /// Sends a command and returns the answer.
    pub(crate) async fn command<T: redis::FromRedisValue>(&self, words: &[&str]) -> redis::RedisResult<T> {
        command(self.port, words).await
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(name).arg(self.child.id().to_string()).status();
        assert!(sent.unwrap().success());
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A node that also speaks TLS on another port, with its own certificate for `localhost` (`ca.pem` in its folder).
pub(crate) async fn with_tls() -> (RedisServer, u16) {
    let tls_port = free_port();
    let folder = tempfile::tempdir().unwrap();
    let (key, certificate) = (folder.path().join("key.pem"), folder.path().join("ca.pem"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
        ])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .stderr(Stdio::null())
        .status();
    assert!(made.unwrap().success(), "no certificate was made");
    let port = tls_port.to_string();
    let (key, certificate) = (key.to_str().unwrap(), certificate.to_str().unwrap());
    let options = [
        "--save",
        "",
        "--tls-port",
        &port,
        "--tls-key-file",
        key,
        "--tls-cert-file",
        certificate,
        "--tls-ca-cert-file",
        certificate,
        "--tls-auth-clients",
        "no",
    ];
    let mut server = RedisServer::with(&options).await;
    server.also = Some(folder);
    (server, tls_port)
}

/// Three masters.
pub(crate) async fn cluster() -> Vec<RedisServer> {
    let mut nodes = Vec::new();
    for _ in 0..3 {
        let options = [
            "--cluster-enabled",
            "yes",
            "--cluster-node-timeout",
            "2000",
            "--save",
            "",
        ];
        nodes.push(RedisServer::with(&options).await);
    }
    let places: Vec<String> = nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
    let made = Command::new("redis-cli")
        .args(["--cluster", "create"])
        .args(&places)
        .args(["--cluster-replicas", "0", "--cluster-yes"])
        .stdout(Stdio::null())
        .status();
    assert!(made.unwrap().success(), "the cluster is not made");
    for node in &nodes {
        until("the cluster to agree", async || {
            let info: String = node.command(&["CLUSTER", "INFO"]).await.ok()?;
            info.contains("cluster_state:ok").then_some(())
        })
        .await;
    }
    nodes
}

/// A master, its replicas, and three sentinels that call the master `portico`.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) nodes: Vec<RedisServer>,
    pub(crate) sentinels: Vec<RedisServer>,
}

pub(crate) async fn watched(replicas: usize) -> Watched {
    let master = RedisServer::start().await;
    let port = master.port.to_string();
    let mut nodes = vec![master];
    for _ in 0..replicas {
        let replica = RedisServer::with(&["--save", "", "--replicaof", "127.0.0.1", &port]).await;
        until("the replica to follow", async || {
            let info: String = replica.command(&["INFO", "replication"]).await.ok()?;
            info.contains("master_link_status:up").then_some(())
        })
        .await;
        nodes.push(replica);
    }
    let mut sentinels = Vec::new();
    for _ in 0..3 {
        let sentinel = RedisServer::with(&["--sentinel"]).await;
        for words in [
            vec!["SENTINEL", "MONITOR", "portico", "127.0.0.1", &port, "2"],
            vec!["SENTINEL", "SET", "portico", "down-after-milliseconds", "1000"],
            vec!["SENTINEL", "SET", "portico", "failover-timeout", "5000"],
        ] {
            let () = sentinel.command(&words).await.unwrap();
        }
        sentinels.push(sentinel);
    }
    for sentinel in &sentinels {
        until("the sentinels to know each other", async || {
            let others: Vec<redis::Value> = sentinel.command(&["SENTINEL", "SENTINELS", "portico"]).await.ok()?;
            let known: Vec<redis::Value> = sentinel.command(&["SENTINEL", "REPLICAS", "portico"]).await.ok()?;
            (others.len() == 2 && known.len() == replicas).then_some(())
        })
        .await;
    }
    Watched { nodes, sentinels }
}

/// Repeats the probe until it returns something.
pub(crate) async fn until<T>(what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(answer) = probe().await {
                return answer;
            }
            pause().await;
        }
    };
    let answer = tokio::time::timeout(PATIENCE, asking).await;
    answer.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "redis is another process, which has to be asked; its clock is not ours to move"
)]
async fn pause() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

fn spawn(port: u16, options: &[String], folder: &Path) -> Child {
    let mut command = Command::new(program());
    if options.first().is_some_and(|option| option == "--sentinel") {
        // A sentinel writes down what it learns, and reads that when it is started again.
        let file = folder.join("sentinel.conf");
        if !file.exists() {
            std::fs::write(&file, "").unwrap();
        }
        command.arg(file);
    }
    command
        .args(options)
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--daemonize", "no"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

async fn answers(child: &mut Child, port: u16) -> bool {
    until("redis-server to answer", async || {
        if child.try_wait().unwrap().is_some() {
            return Some(false);
        }
        let pong: redis::RedisResult<String> = command(port, &["PING"]).await;
        pong.is_ok().then_some(true)
    })
    .await
}

async fn command<T: redis::FromRedisValue>(port: u16, words: &[&str]) -> redis::RedisResult<T> {
    let client = redis::Client::open(("127.0.0.1", port))?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    let mut command = redis::Cmd::new();
    for word in words {
        command.arg(*word);
    }
    command.query_async(&mut connection).await
}
