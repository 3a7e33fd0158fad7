//! Opens the store and the key ring that the settings ask for.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use thiserror::Error;

use crate::clock::{Clock, Entropy};
use crate::config::{Config, RedisConfig, RedisSetup, StoreConfig, StoreKind};
use crate::session::embedded::{CommitPace, EmbeddedStore, OpenError};
use crate::session::redis::{RedisAddress, RedisSettings, RedisStore, Setup};
use crate::session::secrets::keys::{BadKeyRing, KeyRing};
use crate::session::{Bounds, MemoryStore, Sealer, Store, StoreError};

/// Why there is no store.
#[derive(Debug, Error)]
pub enum StoreTrouble {
    /// The key ring in the settings is invalid.
    #[error("store.keys_file")]
    Keys(#[source] BadKeyRing),
    /// The key ring beside the file is invalid.
    #[error("the key ring {0}")]
    OwnKeys(PathBuf, #[source] BadKeyRing),
    /// There is a file but no key ring to open it.
    #[error(
        "{store} is there and its key ring {keys} is not; put the key ring back, or move the store away, which signs \
         everybody out"
    )]
    NoKeys {
        /// The file of the store.
        store: PathBuf,
        /// The path where its key ring should be.
        keys: PathBuf,
    },
    /// The key ring beside the file cannot be read or made.
    #[error(
        "the key ring {0} cannot be read or made; the folder must exist, on a volume where the user of this process may \
         write (store.path)"
    )]
    KeysFile(PathBuf, #[source] io::Error),
    /// The settings name redis and lack what it needs.
    #[error("redis needs store.url and store.keys_file")]
    NoRedis,
    /// The file of the store cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The kept failures cannot be read.
    #[error("the failures that were counted cannot be read")]
    Counts(#[source] StoreError),
}

/// An open store, and the key ring that seals its content.
#[derive(Debug, Clone)]
pub(super) struct OpenedStore {
    pub(super) store: Arc<dyn Store>,
    pub(super) ring: KeyRing,
}

/// Opens the store. The embedded store keeps a key ring beside its file if the settings have none. Redis is connected
/// in the background.
pub(super) fn open(
    config: &Config,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
    pace: CommitPace,
) -> Result<OpenedStore, StoreTrouble> {
    let (now, store) = (clock.now(), &config.store);
    match store.kind {
        StoreKind::Memory => in_memory(config, clock, entropy),
        StoreKind::Redis => in_redis(config, clock, entropy),
        StoreKind::Embedded => {
            let ring = match given(config)? {
                Some(ring) => ring,
                None => own_ring(store, || KeyRing::new(entropy.as_ref(), now))?,
            };
            let sealer = Sealer::new(ring.clone(), Arc::clone(entropy));
            let bounds = bounds(config);
            let opened = EmbeddedStore::open_with(&store.path, bounds, &sealer, Arc::clone(entropy), now, pace)?;
            Ok(OpenedStore {
                store: Arc::new(opened),
                ring,
            })
        }
    }
}

fn in_redis(config: &Config, clock: &Arc<dyn Clock>, entropy: &Arc<dyn Entropy>) -> Result<OpenedStore, StoreTrouble> {
    // `config` refuses redis without these.
    let Some(ring) = given(config)? else {
        return Err(StoreTrouble::NoRedis);
    };
    let store = redis_store(config, &ring, clock, entropy, false)?;
    Ok(OpenedStore {
        store: Arc::new(store),
        ring,
    })
}

/// The store in Redis, for a service or for a copy.
pub(super) fn redis_store(
    config: &Config,
    ring: &KeyRing,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
    is_for_copy: bool,
) -> Result<RedisStore, StoreTrouble> {
    let redis = config.store.redis.as_ref().ok_or(StoreTrouble::NoRedis)?;
    let settings = RedisSettings {
        address: redis_address(redis),
        prefix: redis.prefix.clone(),
        grace: config.store.grace,
        bounds: bounds(config),
        uses_every: uses_every(config),
        is_for_copy,
    };
    let sealer = Sealer::new(ring.clone(), Arc::clone(entropy));
    Ok(RedisStore::open(
        settings,
        &sealer,
        Arc::clone(clock),
        Arc::clone(entropy),
    ))
}

/// How often the last use of a session is written: once a minute, unless sessions idle out so soon that another replica
/// would consider an active one idle.
fn uses_every(config: &Config) -> Duration {
    Duration::from_mins(1).min(config.session.idle / 4)
}

/// Where the settings say that Redis is.
pub(crate) fn redis_address(redis: &RedisConfig) -> RedisAddress {
    let hosts = redis.url.hosts.clone();
    let (setup, database) = match &redis.url.setup {
        RedisSetup::Single(database) => (hosts.into_iter().next().map(Setup::Single), *database),
        RedisSetup::Sentinel(master, database) => (
            Some(Setup::Sentinel {
                sentinels: hosts,
                master: master.clone(),
            }),
            *database,
        ),
        RedisSetup::Cluster => (Some(Setup::Cluster(hosts)), 0),
    };
    RedisAddress {
        setup: setup.unwrap_or(Setup::Cluster(Vec::new())),
        user: redis.url.user.clone(),
        password: redis.password.clone(),
        database,
        is_tls: redis.url.is_tls,
        ca: redis.ca.clone(),
        patience: redis.timeout,
        replicas: redis.replicas,
    }
}

/// A store in the memory of this process.
pub(super) fn in_memory(
    config: &Config,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
) -> Result<OpenedStore, StoreTrouble> {
    let ring = given(config)?;
    Ok(OpenedStore {
        store: Arc::new(MemoryStore::new(bounds(config), Arc::clone(entropy))),
        ring: ring.unwrap_or_else(|| KeyRing::new(entropy.as_ref(), clock.now())),
    })
}

/// The key ring that the settings name.
pub(super) fn given(config: &Config) -> Result<Option<KeyRing>, StoreTrouble> {
    let ring = config.store.keys.as_ref().map(KeyRing::parse);
    ring.transpose().map_err(StoreTrouble::Keys)
}

/// The key ring beside the file. It is created together with the file and never later: a new ring could not open an old
/// file.
pub(super) fn own_ring(store: &StoreConfig, make: impl FnOnce() -> KeyRing) -> Result<KeyRing, StoreTrouble> {
    let path = store.own_keys();
    match fs::read_to_string(&path) {
        Ok(text) => KeyRing::parse(&SecretString::from(text)).map_err(|bad| StoreTrouble::OwnKeys(path, bad)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && store.path.exists() => Err(StoreTrouble::NoKeys {
            store: store.path.clone(),
            keys: path,
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let ring = make();
            ring.write_new(&path)
                .map_err(|error| StoreTrouble::KeysFile(path, error))?;
            Ok(ring)
        }
        Err(error) => Err(StoreTrouble::KeysFile(path, error)),
    }
}

pub(super) fn bounds(config: &Config) -> Bounds {
    let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    Bounds {
        attempts: size(config.store.max_attempts.get()),
        sessions: size(config.store.max_sessions.get()),
        keeps_notices: !config.portal.logout.targets.is_empty(),
    }
}
