//! The service as three replicas with a Redis behind them and `HAProxy` in front, for the second pass of `tests/run`:
//! the same tests, and each request goes to the next replica.

use std::env::var_os;
use std::process::{Child, Command, Stdio};

use okta_sim::Simulator;
use portico::clock::MovableClock;
use tempfile::TempDir;

use crate::ports::free_port;
use crate::redis_server::RedisServer;
use crate::waiting::wait_for;
use crate::world::{serves, settings};

/// Set by `tests/run` for its second pass.
const WANTED: &str = "PORTICO_TESTS_CLUSTER";

/// Everything that goes when the test ends.
#[derive(Debug)]
pub(crate) struct Replicas {
    _redis: RedisServer,
    proxy: Child,
    _folder: TempDir,
}

impl Replicas {
    pub(crate) fn are_wanted() -> bool {
        var_os(WANTED).is_some()
    }

    /// Starts everything. Gives the public address.
    pub(crate) async fn start(
        okta: &Simulator,
        portal: &str,
        clock: &MovableClock,
        changes: &[(&str, &str)],
    ) -> (String, Self) {
        let redis = RedisServer::start().await;
        let address = format!("redis://127.0.0.1:{}", redis.port());
        let ring = key_ring();
        let mut changes = changes.to_vec();
        changes.extend([
            ("STORE__KIND", "redis"),
            ("STORE__URL", &address),
            ("STORE__KEYS", &ring),
        ]);
        let public_port = free_port();
        let public = format!("http://localhost:{public_port}");
        let mut servers = Vec::new();
        while servers.len() < 3 {
            let port = free_port();
            let config = settings((&public, port), okta.url().as_str(), portal, &changes);
            if serves(config, clock) {
                servers.push(format!("  server r{port} 127.0.0.1:{port}"));
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("haproxy.cfg");
        let text = format!(
            "defaults\n  mode http\n  timeout connect 2s\n  timeout client 90s\n  timeout server 90s\n\
             listen portico\n  bind 127.0.0.1:{public_port}\n  balance roundrobin\n{}\n",
            servers.join("\n")
        );
        std::fs::write(&file, text).unwrap();
        let proxy = Command::new("haproxy")
            .args(["-db", "-f"])
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("haproxy is installed by tests/run");
        let replicas = Self {
            _redis: redis,
            proxy,
            _folder: folder,
        };
        let serving = wait_for("the proxy", async || {
            let answer = reqwest::get(format!("{public}/sign-in")).await.ok()?;
            answer.status().is_success().then_some(())
        });
        serving.await.unwrap();
        (public, replicas)
    }
}

impl Drop for Replicas {
    fn drop(&mut self) {
        let _ = self.proxy.kill();
        let _ = self.proxy.wait();
    }
}

fn key_ring() -> String {
    let made = Command::new(env!("CARGO_BIN_EXE_portico"))
        .args(["keys", "new"])
        .output()
        .unwrap();
    assert!(made.status.success());
    String::from_utf8(made.stdout).unwrap()
}
