//! The client: one per app, shared by all callers.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use crate::{
    CallTracer, Clock, Config, Entropy, Error, Metadata, Observer,
    assertion::Signer,
    cache::Cache,
    dpop::Nonces,
    keys::KeySet,
    ports::{SystemClock, SystemEntropy, Unobserved},
    transport::{Facts, HttpClients, unix},
};

/// Talks to one authorization server on behalf of one app. Cheap to clone; clones share connections and caches.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) tracer: Option<Arc<dyn CallTracer>>,
}

/// What all clones share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) issuer: String,
    pub(crate) http: HttpClients,
    pub(crate) signer: Option<Signer>,
    pub(crate) metadata: Cache<Metadata>,
    pub(crate) keys: Cache<KeySet>,
    pub(crate) nonces: Nonces,
    /// How many seconds our clock is ahead of Okta's, by the latest reply with a date.
    skew: AtomicI64,
}

impl Client {
    /// Checks the configuration. Makes no network call.
    pub fn new(config: Config) -> Result<Self, Error> {
        let shared = Shared {
            issuer: config.issuer()?,
            http: HttpClients::new(&config)?,
            signer: Signer::new(&config.client_auth)?,
            metadata: Cache::new(None),
            keys: Cache::new(Some(Duration::from_hours(24))),
            nonces: Nonces::default(),
            skew: AtomicI64::new(0),
            config,
        };
        Ok(Self {
            shared: Arc::new(shared),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            observer: Arc::new(Unobserved),
            tracer: None,
        })
    }

    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    #[must_use]
    pub fn with_entropy(mut self, entropy: Arc<dyn Entropy>) -> Self {
        self.entropy = entropy;
        self
    }

    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    #[must_use]
    pub fn with_tracer(mut self, tracer: Arc<dyn CallTracer>) -> Self {
        self.tracer = Some(tracer);
        self
    }

    pub(crate) fn config(&self) -> &Config {
        &self.shared.config
    }

    pub(crate) fn remember_skew(&self, facts: &Facts) {
        if let Some(skew) = facts.clock_skew {
            self.shared.skew.store(skew, Ordering::Relaxed);
        }
    }

    pub(crate) fn skew(&self) -> i64 {
        self.shared.skew.load(Ordering::Relaxed)
    }

    /// Okta's time, as well as we know it, in seconds since 1970.
    pub(crate) fn okta_now(&self) -> i64 {
        unix(self.clock.now()).saturating_sub(self.skew())
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("config", self.config())
            .finish_non_exhaustive()
    }
}
