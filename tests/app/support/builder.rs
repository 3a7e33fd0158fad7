//! How a service under test is set up.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use jiff::Timestamp;
use okta_sim::{ClockMode, Settings, Simulator};
use portico::clock::{ManualClock, MovableClock};
use portico::config::Config;
use portico::startup::{Application, Overrides};

use super::app::{Replica, Service, ServiceClock, TestApp};
use super::replicas::{self, REPLICAS};
use super::through_tls;
use super::{Bug, LeapingClock, free_port};

/// Settings of the service and of the simulator. The defaults are those of the demo, with limits that no test reaches
/// by accident.
#[derive(Debug)]
pub(crate) struct Builder {
    settings: BTreeMap<String, String>,
    okta: Settings,
    stands_still: bool,
    moment: Timestamp,
    leaps: Option<LeapingClock>,
    bug: Option<Bug>,
    is_okta_away: bool,
}

impl Default for Builder {
    fn default() -> Self {
        let mut okta = Settings::default();
        okta.limits.user_per_second = 0;
        okta.limits.wrong_passwords = 1000;
        let bare = Self {
            settings: BTreeMap::new(),
            okta,
            stands_still: false,
            moment: Timestamp::constant(1_900_000_000, 0),
            leaps: None,
            bug: None,
            is_okta_away: false,
        };
        bare.set_all(&[
            ("okta.client_id", "portico-demo"),
            ("okta.webauthn", "true"),
            ("sign_in.first", "password, passkey, push, otp, email, sms, voice"),
            ("sign_in.second", "push, otp, passkey, email, sms, voice"),
            ("portal.name", "Acme Portal"),
            ("brand.name", "Acme"),
            ("ops.listen", "127.0.0.1:0"),
            ("limits.account_burst", "1000"),
            ("limits.address_burst", "1000"),
            ("limits.pair_burst", "1000"),
            ("limits.address_failures", "1000"),
            ("limits.codes_per_hour", "200"),
            ("limits.sends_per_hour", "200"),
            ("limits.stranger_sends_per_hour", "200"),
            ("limits.push_per_10min", "100"),
            ("limits.stranger_push_per_10min", "100"),
        ])
    }
}

impl Builder {
    /// Sets `section.key`, as an operator would in the environment.
    pub(crate) fn set(mut self, key: &str, value: &str) -> Self {
        self.settings.insert(name(key), value.to_owned());
        self
    }

    /// Sets several.
    pub(crate) fn set_all(self, settings: &[(&str, &str)]) -> Self {
        let set = |builder: Self, (key, value): &(&str, &str)| builder.set(key, value);
        settings.iter().fold(self, set)
    }

    /// Leaves a setting at its default.
    pub(crate) fn unset(mut self, key: &str) -> Self {
        self.settings.remove(&name(key));
        self
    }

    /// A client of the simulator; its name decides authentication and policy.
    pub(crate) fn client(self, id: &str) -> Self {
        self.set("okta.client_id", id)
    }

    /// Changes how the simulator starts.
    pub(crate) fn okta(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.okta);
        self
    }

    /// Both clocks stand still until the test moves them, so that a limit can be met to the second.
    pub(crate) fn standing_still(mut self) -> Self {
        self.stands_still = true;
        self
    }

    /// The same, and it is this moment.
    pub(crate) fn standing_still_at(mut self, moment: Timestamp) -> Self {
        self.moment = moment;
        self.standing_still()
    }

    /// The service has this clock.
    pub(crate) fn leaping(mut self, clock: LeapingClock) -> Self {
        self.leaps = Some(clock);
        self
    }

    /// The clock and the randomness of the service panic when the test wants it.
    pub(crate) fn breaking(mut self, bug: &Bug) -> Self {
        self.bug = Some(bug.clone());
        self
    }

    /// Nobody listens where Okta should be, until [`TestApp::okta_returns`].
    pub(crate) fn without_okta(mut self) -> Self {
        self.is_okta_away = true;
        self
    }

    /// Starts both.
    pub(crate) async fn spawn(mut self) -> TestApp {
        let moment = self.moment;
        if self.stands_still {
            self.okta.clock = ClockMode::Manual(moment);
        }
        let mut okta = None;
        if self.is_okta_away {
            self.okta.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        } else {
            let simulator = Simulator::start(self.okta.clone()).await.unwrap();
            self.okta.listen.set_port(simulator.port());
            okta = Some(simulator);
        }
        let port = free_port();
        let builder = self
            .set_default("public_url", &format!("http://localhost:{port}"))
            .set_default("listen", &format!("127.0.0.1:{port}"));
        let org = format!("http://localhost:{}", builder.okta.listen.port());
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("portico.redb");
        let mut builder = builder.set_default("okta.org_url", &org);
        let shared = replicas::redis().filter(|_| !builder.is_set("store.path"));
        let number = shared.as_ref().map_or(1, |_| REPLICAS);
        for (key, value) in shared.iter().flat_map(|redis| replicas::settings(redis)) {
            builder = builder.set_default(key, &value);
        }
        let own_tls = through_tls::settings().filter(|_| !builder.is_set("tls.cert_file"));
        for (key, value) in own_tls.iter().flatten() {
            builder = builder.set(key, value);
        }
        builder = builder.set_default("store.path", store.to_str().unwrap());
        let time = match (&builder.leaps, &builder.bug) {
            (Some(clock), _) => ServiceClock::Leaping(clock.clone()),
            (_, Some(bug)) => ServiceClock::Breaking(bug.clone()),
            _ if builder.stands_still => ServiceClock::Still(ManualClock::at(moment)),
            _ => ServiceClock::Moving(MovableClock::default()),
        };
        let mut config = builder.config();
        let port = config.listen.port();
        let (mut replicas, mut ports) = (Vec::new(), Vec::new());
        for _ in 0..number {
            if shared.is_some() || own_tls.is_some() {
                // The public port is the balancer's, or that of the relay.
                config.listen.set_port(free_port());
            }
            ports.push(config.listen.port());
            replicas.push(start(&config, &time));
        }
        let balancer = match (shared, own_tls) {
            (Some(_), _) => Some(replicas::balance(port, ports).await),
            (None, Some(_)) => Some(through_tls::relay(port, ports[0]).await),
            (None, None) => None,
        };
        let service = Service {
            port,
            replicas,
            balancer,
            _folder: folder,
        };
        TestApp::new((okta, builder.okta), service, time, &config.public_url)
    }

    fn config(&self) -> Config {
        let pairs = self.settings.clone().into_iter();
        portico::config::from_env(pairs).unwrap_or_else(|errors| panic!("{errors}"))
    }

    fn is_set(&self, key: &str) -> bool {
        self.settings.contains_key(&name(key))
    }

    fn set_default(self, key: &str, value: &str) -> Self {
        if self.is_set(key) { self } else { self.set(key, value) }
    }
}

fn name(key: &str) -> String {
    format!("PORTICO_{}", key.replace('.', "__").to_uppercase())
}

fn start(config: &Config, time: &ServiceClock) -> Replica {
    let overrides = Overrides {
        clock: time.clock(),
        entropy: time.entropy(),
        workers: Some(1),
        ..Overrides::default()
    };
    let application = Application::build(config, overrides).unwrap();
    Replica {
        ops_port: application.ops_port(),
        stop: application.stop_handle(),
        end: tokio::spawn(application.run()),
    }
}
