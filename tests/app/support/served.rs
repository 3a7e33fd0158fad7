//! `portico serve` as a process, with a simulator behind it and a store that outlives it.

use std::process::Command;

use okta_sim::{Settings, Simulator};
use tempfile::TempDir;

use super::app::{grants, metric};
use super::{Browser, Running, client, eventually, free_port, portico};

/// The process, and the files that outlive it.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) okta: Simulator,
    pub(crate) process: Running,
    pub(crate) base: String,
    pub(crate) ops: String,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) folder: TempDir,
    /// The words before the command, for a process in another environment.
    through: Vec<String>,
}

impl Served {
    /// Starts both and waits until the service is ready. It stops without a drain delay.
    pub(crate) async fn start() -> Self {
        Self::start_with(Settings::default(), &[]).await
    }

    /// The same with other settings of the org and of the service.
    pub(crate) async fn start_with(org: Settings, settings: &[(&str, &str)]) -> Self {
        Self::start_through(Vec::new(), org, settings).await
    }

    /// The same, started by another command that becomes it.
    pub(crate) async fn start_through(through: Vec<String>, org: Settings, settings: &[(&str, &str)]) -> Self {
        let okta = Simulator::start(org).await.unwrap();
        let (port, ops) = (free_port(), free_port());
        let folder = tempfile::tempdir().unwrap();
        let base = format!("http://localhost:{port}");
        let store = folder.path().join("portico.redb");
        let usual = [
            ("PUBLIC_URL", base.clone()),
            ("LISTEN", format!("127.0.0.1:{port}")),
            ("OPS__LISTEN", format!("127.0.0.1:{ops}")),
            ("OKTA__ORG_URL", okta.issuer()),
            ("OKTA__CLIENT_ID", "portico-demo".to_owned()),
            ("STORE__PATH", store.to_str().unwrap().to_owned()),
            ("OPS__DRAIN_DELAY", "0s".to_owned()),
        ];
        let settings = settings.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let variables: Vec<(String, String)> = usual
            .into_iter()
            .chain(settings)
            .map(|(name, value)| (format!("PORTICO_{name}"), value))
            .collect();
        let served = Self {
            okta,
            process: Running::start(serve(&through, &variables)),
            base,
            ops: format!("http://127.0.0.1:{ops}"),
            variables,
            folder,
            through,
        };
        served.wait_until_ready().await;
        served
    }

    /// SIGKILL, and a new process on the same store.
    pub(crate) async fn kill_and_restart(&mut self) {
        self.process.kill();
        self.process = Running::start(self.command());
        self.wait_until_ready().await;
    }

    /// Waits for the end of the process, and starts a new one on the same store. Gives the exit code and standard error
    /// of the first.
    pub(crate) async fn ends_and_restarts(self) -> (Self, Option<i32>, String) {
        let (code, complaints) = self.process.ends().await;
        let process = Running::start(serve(&self.through, &self.variables));
        let restarted = Self { process, ..self };
        restarted.wait_until_ready().await;
        (restarted, code, complaints)
    }

    /// Ends it in order, and does something while it is away, which may change its variables; then starts it again.
    pub(crate) async fn away_while(self, act: impl AsyncFnOnce(&mut Vec<(String, String)>)) -> Self {
        let Self {
            okta,
            process,
            base,
            ops,
            mut variables,
            folder,
            through,
        } = self;
        process.send_sigterm();
        let (code, complaints) = process.ends().await;
        assert_eq!(code, Some(0), "{complaints}");
        act(&mut variables).await;
        let back = Self {
            process: Running::start(serve(&through, &variables)),
            okta,
            base,
            ops,
            variables,
            folder,
            through,
        };
        back.wait_until_ready().await;
        back
    }

    /// The command, for a start that must fail.
    pub(crate) fn command(&self) -> Command {
        serve(&self.through, &self.variables)
    }

    /// A fresh browser.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(client(), &self.base)
    }

    /// How often this grant was requested at Okta.
    pub(crate) fn grants(&self, name: &str) -> usize {
        grants(&self.okta, name)
    }

    /// Waits until a session has been refreshed and the result is on disk.
    pub(crate) async fn wait_for_renewal(&self) {
        let address = format!("{}/metrics", self.ops);
        eventually("a renewal", async || {
            let metrics = client().get(&address).send().await.unwrap();
            let metrics = metrics.text().await.unwrap();
            metric(&metrics, "portico_token_refresh_total{result=\"ok\"}") > 0
        })
        .await;
    }

    async fn wait_until_ready(&self) {
        eventually("a service that is ready", async || {
            status(&format!("{}/readyz", self.ops)).await == Some(200)
        })
        .await;
    }
}

fn serve(through: &[String], variables: &[(String, String)]) -> Command {
    let mut command = portico(&["serve"]);
    if let [program, arguments @ ..] = through {
        let mut other = Command::new(program);
        other
            .args(arguments)
            .arg(command.get_program())
            .args(command.get_args())
            .env_clear();
        command = other;
    }
    command.envs(variables.to_vec());
    command
}

/// The status of an answer; `None` when there is none.
pub(crate) async fn status(address: &str) -> Option<u16> {
    let answer = client().get(address).send().await.ok()?;
    Some(answer.status().as_u16())
}
