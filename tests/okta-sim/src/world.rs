//! One running org: its address, clock, clients and state.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};

use tokio::sync::broadcast;

use crate::{
    client::{self, Client},
    client_patch::ClientPatch,
    clock::{Clock, Millis, seconds},
    error::Error,
    misuse::Misuse,
    settings::Settings,
    signing::{KeyRing, SigningKey},
    state::State,
    switches::Switches,
};

#[derive(Debug)]
pub(crate) struct World {
    /// Without a trailing slash: `http://localhost:8081`.
    pub(crate) base: String,
    pub(crate) settings: Settings,
    clients: RwLock<HashMap<String, Arc<Client>>>,
    clock: Clock,
    state: Mutex<State>,
    /// Logins whose phone changed; an empty one means all of them.
    changes: broadcast::Sender<String>,
}

impl World {
    pub(crate) fn new(mut settings: Settings, port: u16) -> Result<Self, Error> {
        settings.switches.interval_s = settings.interval.as_secs();
        let base = match &settings.base_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("http://localhost:{port}"),
        };
        let mut state = State::new(
            KeyRing::shipped()?,
            settings.switches.clone(),
            settings.limits.clone(),
            settings.keep_requests,
        );
        state.universal_logout.clone_from(&settings.universal_logout);
        let patches = std::mem::take(&mut settings.clients);
        let world = Self {
            base,
            clock: Clock::new(settings.clock),
            clients: RwLock::new(client::at_start()),
            settings,
            state: Mutex::new(state),
            changes: broadcast::channel(64).0,
        };
        for (id, patch) in patches {
            world.register(&id, patch)?;
        }
        Ok(world)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn client(&self, id: &str) -> Option<Arc<Client>> {
        let clients = self.clients.read().unwrap_or_else(PoisonError::into_inner);
        clients.get(id).cloned()
    }

    /// Changes a client's registration; running requests keep the one they found.
    pub(crate) fn register(&self, id: &str, patch: ClientPatch) -> Result<(), Error> {
        let mut clients = self.clients.write().unwrap_or_else(PoisonError::into_inner);
        let client = clients.get_mut(id).ok_or(Error::NoSuchClient)?;
        *client = Arc::new(patch.applied(client)?);
        Ok(())
    }

    pub(crate) fn now(&self) -> Millis {
        self.clock.now()
    }

    pub(crate) fn now_s(&self) -> i64 {
        seconds(self.clock.now())
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.changed("");
    }

    pub(crate) fn clock_is_real(&self) -> bool {
        self.clock.is_real()
    }

    pub(crate) fn issuer(&self, server: Option<&str>) -> String {
        match server {
            None => self.base.clone(),
            Some(id) => format!("{}/oauth2/{id}", self.base),
        }
    }

    /// Prefix of the endpoints of one authorization server.
    pub(crate) fn prefix(&self, server: Option<&str>) -> String {
        match server {
            None => format!("{}/oauth2/v1", self.base),
            Some(id) => format!("{}/oauth2/{id}/v1", self.base),
        }
    }

    pub(crate) fn changed(&self, login: &str) {
        // OK because it fails only when no page is watching.
        let _ = self.changes.send(login.to_owned());
    }

    pub(crate) fn watch(&self) -> broadcast::Receiver<String> {
        self.changes.subscribe()
    }

    pub(crate) fn rotate_keys(&self, withdraw: bool) -> Result<(), Error> {
        let next = SigningKey::generate()?;
        self.lock().keys.rotate(next, withdraw);
        Ok(())
    }

    pub(crate) fn set(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.lock().switches);
    }

    pub(crate) fn lock_switch<T>(&self, read: impl FnOnce(&Switches) -> T) -> T {
        read(&self.lock().switches)
    }

    pub(crate) fn reset(&self) -> Result<(), Error> {
        let Settings { switches, limits, .. } = &self.settings;
        self.lock().reset(switches.clone(), limits.clone())?;
        self.changed("");
        Ok(())
    }

    pub(crate) fn allow(&self, misuse: Misuse) {
        self.lock().expectations.allow(misuse);
    }
}
