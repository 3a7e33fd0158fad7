//! The service under test, its Okta, and the clocks of both.

use std::sync::Arc;
use std::time::Duration;

use okta_sim::{Endpoint, Fault, FaultKind, Phone, PromptView, Settings, Simulator};
use portico::clock::{Clock, Entropy, ManualClock, MovableClock, SystemEntropy};
use portico::startup::StopHandle;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::browser::Browser;
use super::builder::Builder;
use super::wait::{eventually, soon};
use super::{Bug, LeapingClock};

/// The service, listening, with a simulator behind it. Dropping it fails the test when the simulator saw a request that
/// a correct client never sends.
#[derive(Debug)]
pub(crate) struct TestApp {
    okta: Option<Simulator>,
    okta_settings: Settings,
    service: Service,
    time: ServiceClock,
    base: String,
    client: reqwest::Client,
}

/// The running service.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) port: u16,
    pub(super) replicas: Vec<Replica>,
    /// The balancer in front of the replicas, where there are several.
    pub(super) balancer: Option<JoinHandle<()>>,
    /// Holds the store; deleted when the test ends.
    pub(super) _folder: TempDir,
}

/// One replica. In these tests all of them run in one process.
#[derive(Debug)]
pub(super) struct Replica {
    pub(super) ops_port: u16,
    pub(super) stop: StopHandle,
    pub(super) end: JoinHandle<std::io::Result<()>>,
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(balancer) = &self.balancer {
            balancer.abort();
        }
    }
}

/// The clock of the service.
#[derive(Debug, Clone)]
pub(super) enum ServiceClock {
    Moving(MovableClock),
    Still(ManualClock),
    Leaping(LeapingClock),
    Breaking(Bug),
}

impl ServiceClock {
    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        match self {
            Self::Moving(clock) => Arc::new(clock.clone()),
            Self::Still(clock) => Arc::new(clock.clone()),
            Self::Leaping(clock) => Arc::new(clock.clone()),
            Self::Breaking(bug) => Arc::new(bug.clone()),
        }
    }

    pub(super) fn entropy(&self) -> Arc<dyn Entropy> {
        match self {
            Self::Breaking(bug) => Arc::new(bug.clone()),
            Self::Moving(_) | Self::Still(_) | Self::Leaping(_) => Arc::new(SystemEntropy),
        }
    }
}

impl TestApp {
    /// A service with the settings of the demo.
    pub(crate) async fn spawn() -> Self {
        Self::builder().spawn().await
    }

    /// A service with other settings.
    pub(crate) fn builder() -> Builder {
        Builder::default()
    }

    pub(super) fn new(
        (okta, okta_settings): (Option<Simulator>, Settings),
        service: Service,
        time: ServiceClock,
        public: &url::Url,
    ) -> Self {
        let client = client();
        let base = public.as_str().trim_end_matches('/').to_owned();
        Self {
            okta,
            okta_settings,
            service,
            time,
            base,
            client,
        }
    }

    /// A fresh browser.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.client.clone(), &self.base)
    }

    /// The public address, without a slash at its end.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// The public port, for requests that no browser would make.
    pub(crate) fn port(&self) -> u16 {
        self.service.port
    }

    /// The private port of the first replica.
    pub(crate) fn private_port(&self) -> u16 {
        self.service.replicas[0].ops_port
    }

    pub(crate) fn okta(&self) -> &Simulator {
        self.okta.as_ref().expect("Okta is away in this test")
    }

    pub(crate) fn phone(&self, login: &str) -> Phone {
        self.okta().phone(login)
    }

    /// The prompt that waits on this phone.
    pub(crate) fn prompt(&self, login: &str) -> PromptView {
        self.phone(login).pending().expect("a prompt on the phone")
    }

    /// How often one of Okta's endpoints has been called.
    pub(crate) fn asked(&self, endpoint: Endpoint) -> u64 {
        self.okta().count(endpoint)
    }

    /// How many token requests had this grant, by the end of its name.
    pub(crate) fn grants(&self, name: &str) -> usize {
        grants(self.okta(), name)
    }

    /// Waits until Okta has had this many revocations.
    pub(crate) async fn revoked(&self, times: u64) {
        eventually("a revocation", async || self.asked(Endpoint::Revoke) == times).await;
    }

    /// Moves both clocks, Okta's first, so that the service never polls too early.
    pub(crate) fn advance(&self, by: Duration) {
        if let Some(okta) = &self.okta {
            okta.advance(by);
        }
        self.okta_stays_behind(by);
    }

    /// Moves the clock of the service alone, which is wrong from then on.
    pub(crate) fn okta_stays_behind(&self, by: Duration) {
        match &self.time {
            ServiceClock::Moving(clock) => clock.advance(by),
            ServiceClock::Still(clock) => clock.advance(by),
            ServiceClock::Leaping(clock) => clock.advance(by),
            ServiceClock::Breaking(bug) => bug.advance(by),
        }
    }

    /// The time of the service.
    pub(crate) fn now(&self) -> jiff::Timestamp {
        self.time.clock().now()
    }

    /// Okta goes away: new connections are refused, and open ones are dead.
    pub(crate) async fn okta_leaves(&mut self) {
        let okta = self.okta.take().expect("Okta is there");
        let dead = Fault::new(Endpoint::Any, FaultKind::ResetBefore);
        okta.faults().push(dead.times(u32::MAX));
        okta.stop().await;
    }

    /// Okta comes back where it was, or comes for the first time.
    pub(crate) async fn okta_returns(&mut self) {
        self.okta = Some(Simulator::start(self.okta_settings.clone()).await.unwrap());
    }

    /// Tells the service to stop: the first time gracefully, the second time at once.
    pub(crate) fn stops(&self) {
        for replica in &self.service.replicas {
            replica.stop.stop();
        }
    }

    /// Waits for the end of the service, which must be without an error.
    pub(crate) async fn wait_for_end(mut self) {
        for replica in std::mem::take(&mut self.service.replicas) {
            soon("the end of the service", replica.end).await.unwrap().unwrap();
        }
    }

    /// A page of the private port: status and text.
    pub(crate) async fn ops(&self, path: &str) -> (u16, String) {
        self.asks_private(self.private(path)).await
    }

    async fn asks_private(&self, address: String) -> (u16, String) {
        let answer = self.client.get(address).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// An address on the private port.
    pub(crate) fn private(&self, path: &str) -> String {
        private(&self.service.replicas[0], path)
    }

    /// The metrics as text, those of every replica.
    pub(crate) async fn metrics(&self) -> String {
        let mut all = String::new();
        for replica in &self.service.replicas {
            let (status, text) = self.asks_private(private(replica, "/metrics")).await;
            assert_eq!(status, 200);
            all.push_str(&text);
        }
        all
    }
}

fn private(replica: &Replica, path: &str) -> String {
    format!("http://127.0.0.1:{}{path}", replica.ops_port)
}

/// The value of a series, of all replicas together; zero when it is not there.
pub(crate) fn metric(metrics: &str, series: &str) -> u64 {
    let lines = metrics.lines().filter_map(|line| line.split_once(' '));
    lines
        .filter(|(name, _)| *name == series)
        .filter_map(|(_, value)| value.parse::<u64>().ok())
        .sum()
}

/// The sum of the series that begin like this and hold these labels.
pub(crate) fn sum(metrics: &str, beginning: &str, labels: &str) -> u64 {
    let series = metrics
        .lines()
        .filter(|line| line.starts_with(beginning) && line.contains(labels));
    series
        .filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok())
        .sum()
}

/// A client that follows no redirects and finds `localhost` where the services listen.
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        // A connection that was opened and not used is answered 408 after a while, whatever is sent on it just then.
        .pool_max_idle_per_host(0)
        .redirect(reqwest::redirect::Policy::none())
        .resolve("localhost", ([127, 0, 0, 1], 0).into())
        .build()
        .unwrap()
}

/// How often this grant was requested at a simulator.
pub(crate) fn grants(okta: &Simulator, name: &str) -> usize {
    let is_asked = |form: &std::collections::BTreeMap<String, String>| {
        form.get("grant_type").is_some_and(|grant| grant.ends_with(name))
    };
    let requests = okta.requests();
    let tokens = requests.iter().filter(|request| request.endpoint == Endpoint::Token);
    tokens.filter(|request| is_asked(&request.form)).count()
}
