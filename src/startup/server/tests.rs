use std::path::Path;

use super::*;
use crate::session::Sealer;
use crate::session::embedded::EmbeddedStore;
use crate::session::secrets::keys::KeyRing;
use crate::startup::listening;
use crate::startup::store::{OpenedStore, StoreTrouble};

fn config(path: &Path) -> Config {
    let pairs = [
        ("PUBLIC_URL", "http://localhost:2"),
        ("LISTEN", "127.0.0.1:0"),
        ("OPS__LISTEN", "127.0.0.1:0"),
        ("OKTA__ORG_URL", "http://localhost:1"),
        ("OKTA__CLIENT_ID", "portico"),
        ("STORE__PATH", path.to_str().unwrap()),
    ];
    let pairs = pairs.map(|(name, value)| (format!("PORTICO_{name}"), value.to_owned()));
    crate::config::from_env(pairs.into_iter()).unwrap()
}

/// A store whose writer panics as soon as it can.
fn breaks(config: &Config, clock: &Arc<dyn Clock>, entropy: &Arc<dyn Entropy>) -> Result<OpenedStore, StoreTrouble> {
    let ring = KeyRing::new(entropy.as_ref(), clock.now());
    let sealer = Sealer::new(ring.clone(), Arc::clone(entropy));
    let bounds = crate::session::Bounds {
        attempts: 10,
        sessions: 10,
        keeps_notices: false,
    };
    let (path, now) = (&config.store.path, clock.now());
    let store = EmbeddedStore::open(path, bounds, &sealer, Arc::clone(entropy), now)?;
    store.break_writer();
    Ok(OpenedStore {
        store: Arc::new(store),
        ring,
    })
}

#[tokio::test]
async fn sec_418_a_service_whose_store_can_keep_nothing_ends() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(&folder.path().join("portico.redb"));
    let Overrides { clock, entropy, .. } = Overrides::default();
    let service = Application {
        public: TcpListener::bind(config.listen).unwrap(),
        private: TcpListener::bind(config.ops.listen).unwrap(),
        state: watch::Sender::new(
            Shared::new(&config, &clock, &entropy, breaks, |_, _| Ok(AuditRecord::none(&config))).unwrap(),
        ),
        workers: Some(1),
        drain_delay: Duration::ZERO,
        stop: StopHandle::new(),
    };
    let ended = tokio::time::timeout(Duration::from_secs(20), service.run()).await;
    let why = ended.expect("an end").unwrap_err();
    assert_eq!(why.to_string(), "the store's writer panicked");
}

/// The grace period that the docs name: the longest shutdown, and a moment to write pending changes.
#[test]
fn whoever_stops_the_service_gives_it_the_time_that_an_end_takes() {
    const MOMENT_S: u64 = 5;
    let drain_delay = crate::config::least().ops.drain_delay.as_secs();
    let rest = listening::DRAIN_S + MOMENT_S;
    let said = [
        (
            "docker/compose.yaml",
            format!("stop_grace_period: {}s", drain_delay + rest),
        ),
        (
            "docs/production.md",
            format!("give the container {} s", drain_delay + rest),
        ),
        ("docs/production.md", format!("up to {} s to end", listening::DRAIN_S)),
        (
            "docs/settings.md",
            format!(
                "up to {} s to end: give the container this and {rest} s",
                listening::DRAIN_S
            ),
        ),
    ];
    for (file, text) in said {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let content = std::fs::read_to_string(path).unwrap();
        assert!(content.contains(&text), "{file} does not say: {text}");
    }
}
