//! The one connection of this process, made again whenever it breaks, and whether what is remembered can be trusted.
//!
//! A *beacon* goes round all the time: it is written where sessions are written and comes back as a notice. It tells that
//! Redis takes writes, and that every notice of before has arrived: notices keep their order. As long as a beacon of less
//! than [`TRUST`] ago has come back, a session that is remembered here needs no question to Redis.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use redis::{FromRedisValue, Script};
use tokio::sync::watch;

use super::address::{Connection, RedisAddress};
use super::meta::{self, Stranger};
use super::scripts::Scripts;
use crate::session::{Sealer, StoreError};

/// The pause between two beacons.
const BEACON_EVERY: Duration = Duration::from_millis(200);

/// How old the last beacon that came back may be. With the time an end takes to be written it leaves room within the second
/// that the end of a session may take to be heard of everywhere.
const TRUST: Duration = Duration::from_millis(700);

/// The pauses between two tries to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How the connection is.
#[derive(Clone)]
enum State {
    /// Not made yet, or broken; why.
    Down(String),
    /// Never to be used: Redis holds what others sealed.
    Stranger(Stranger),
    Up(Connections),
}

/// Who waits for replicas holds up a connection, so that has one of its own.
#[derive(Clone)]
struct Connections {
    usual: Connection,
    replicated: Connection,
}

/// The connection.
pub(super) struct Link {
    address: RedisAddress,
    /// What every name begins with: the hash tag that keeps all of them on one node of a cluster.
    prefix: String,
    scripts: Scripts,
    state: watch::Sender<State>,
    /// Tells this process from others on the channel.
    replica: String,
    began: Instant,
    /// Microseconds after `began` at which the last beacon that came back was sent, plus one; 0: none.
    heard: AtomicU64,
    /// Counts connections of the listener: what was remembered before the present one cannot be trusted.
    pub(super) epoch: AtomicU64,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link")
            .field("address", &self.address)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

impl Link {
    pub(super) fn new(address: RedisAddress, prefix: &str, replica: String) -> Self {
        Self {
            address,
            prefix: format!("{{{prefix}}}"),
            scripts: Scripts::new(),
            state: watch::Sender::new(State::Down("not connected yet".to_owned())),
            replica,
            began: now(),
            heard: AtomicU64::new(0),
            epoch: AtomicU64::new(0),
        }
    }

    pub(super) fn scripts(&self) -> &Scripts {
        &self.scripts
    }

    pub(super) fn address(&self) -> &RedisAddress {
        &self.address
    }

    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(super) fn name(&self, rest: &str) -> String {
        format!("{}:{rest}", self.prefix)
    }

    /// Runs a script.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        arguments: impl FnOnce(&mut redis::ScriptInvocation<'_>),
    ) -> Result<T, StoreError> {
        let mut connection = self.connections().await?.usual;
        self.run_on(&mut connection, script, arguments).await
    }

    /// Runs a script whose effect must outlive the node: answers when as many replicas as wanted have it.
    pub(super) async fn run_safely<T: FromRedisValue>(
        &self,
        script: &Script,
        arguments: impl FnOnce(&mut redis::ScriptInvocation<'_>),
    ) -> Result<T, StoreError> {
        let mut connection = self.connections().await?.replicated;
        let answer = self.run_on(&mut connection, script, arguments).await?;
        let wanted = self.address.replicas;
        if wanted > 0 {
            let patience = u64::try_from(self.address.patience.as_millis() / 2).unwrap_or(u64::MAX);
            let mut wait = redis::cmd("WAIT");
            wait.arg(wanted).arg(patience);
            let have: u32 = wait
                .query_async(&mut connection)
                .await
                .map_err(|error| failed(&error))?;
            if have < wanted {
                return Err(StoreError::new(format!(
                    "redis: {have} replicas have a change, {wanted} are wanted (store.replicas)"
                )));
            }
        }
        Ok(answer)
    }

    async fn run_on<T: FromRedisValue>(
        &self,
        connection: &mut Connection,
        script: &Script,
        arguments: impl FnOnce(&mut redis::ScriptInvocation<'_>),
    ) -> Result<T, StoreError> {
        let mut invocation = script.key(&self.prefix);
        arguments(&mut invocation);
        let answer = invocation.invoke_async(connection).await;
        answer.map_err(|error| failed(&error))
    }

    /// Runs one command.
    pub(super) async fn ask<T: FromRedisValue>(
        &self,
        command: &redis::Cmd,
    ) -> Result<T, StoreError> {
        let mut connection = self.connections().await?.usual;
        let answer = command.query_async(&mut connection).await;
        answer.map_err(|error| failed(&error))
    }

    /// Runs several commands in one go.
    pub(super) async fn ask_all<T: FromRedisValue>(
        &self,
        commands: &redis::Pipeline,
    ) -> Result<T, StoreError> {
        let mut connection = self.connections().await?.usual;
        let answer = commands.query_async(&mut connection).await;
        answer.map_err(|error| failed(&error))
    }

    /// Whether every notice up to a moment ago has arrived.
    pub(super) fn is_trusted(&self) -> bool {
        let heard = self.heard.load(Ordering::Acquire);
        let sent = Duration::from_micros(heard);
        heard > 0 && self.began.elapsed().saturating_sub(sent) < TRUST
    }

    /// A beacon came back.
    pub(super) fn hears(&self, beacon: &str) {
        let Some((replica, sent)) = beacon.split_once('.') else {
            return;
        };
        if replica == self.replica
            && let Ok(sent) = sent.parse::<u64>()
        {
            self.heard.fetch_max(sent, Ordering::AcqRel);
        }
    }

    /// Completes when the connection has been made anew.
    pub(super) async fn until_changed(&self) {
        let mut state = self.state.subscribe();
        // OK because the sender lives as long as the link.
        let _ = state.changed().await;
    }

    /// Waits a moment for a connection that is just being made.
    async fn connections(&self) -> Result<Connections, StoreError> {
        if let State::Up(connections) = &*self.state.borrow() {
            return Ok(connections.clone());
        }
        let mut state = self.state.subscribe();
        let up = state.wait_for(|state| !matches!(state, State::Down(_)));
        let waited = tokio::time::timeout(self.address.patience, up).await;
        let state = match waited {
            Ok(Ok(state)) => state.clone(),
            _ => self.state.borrow().clone(),
        };
        match state {
            State::Up(connections) => Ok(connections),
            State::Down(why) => Err(StoreError::new(why).told()),
            State::Stranger(stranger) => Err(StoreError::new(stranger.to_string()).told()),
        }
    }

    /// Keeps the connection for as long as the process lives.
    pub(super) async fn keep(self: Arc<Self>, sealer: Sealer) {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.make(&sealer).await {
                Ok(connections) => {
                    tracing::info!("the store is connected");
                    pause = FIRST_PAUSE;
                    self.state.send_replace(State::Up(connections.clone()));
                    let why = self.beacons(connections.usual).await;
                    tracing::error!(%why, "the store does not answer; nobody can sign in until it does");
                    self.state.send_replace(State::Down(why));
                }
                Err(state) => self.tell(state),
            }
            rest(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn make(&self, sealer: &Sealer) -> Result<Connections, State> {
        let down = |error: redis::RedisError| State::Down(failed(&error).reason);
        let mut usual = self.connect().await?;
        let checked = meta::check(self, &mut usual, sealer).await.map_err(down)?;
        if let Some(stranger) = checked {
            return Err(State::Stranger(stranger));
        }
        let replicated = if self.address.replicas > 0 {
            self.connect().await?
        } else {
            usual.clone()
        };
        Ok(Connections { usual, replicated })
    }

    async fn connect(&self) -> Result<Connection, State> {
        // Finding a master may take several questions.
        let connected =
            tokio::time::timeout(self.address.patience * 3, self.address.connect()).await;
        connected
            .map_err(|_| State::Down("redis: no connection in time".to_owned()))?
            .map_err(|error| State::Down(failed(&error).reason))
    }

    /// Tells the log once, not with each try.
    fn tell(&self, state: State) {
        let is_news = match (&*self.state.borrow(), &state) {
            (State::Down(before), State::Down(now)) => before != now,
            (State::Stranger(_), State::Stranger(_)) => false,
            _ => true,
        };
        match &state {
            State::Down(why) if is_news => tracing::error!(%why, "the store cannot be reached"),
            State::Stranger(stranger) if is_news => {
                tracing::error!(%stranger, "the store cannot be used");
            }
            _ => {}
        }
        self.state.send_replace(state);
    }

    /// Sends beacons until one fails; answers why.
    async fn beacons(&self, mut connection: Connection) -> String {
        loop {
            let sent = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
            let beacon = self
                .scripts
                .beacon
                .key(&self.prefix)
                .arg(&self.replica)
                .arg(sent)
                .invoke_async(&mut connection)
                .await;
            let beacon: redis::RedisResult<()> = beacon;
            // A node that refuses to write because it is full or cannot save is not gone: reads and ends go on.
            if let Err(error) = beacon
                && is_gone(&error)
            {
                return failed(&error).reason;
            }
            rest(BEACON_EVERY).await;
        }
    }
}

/// Whether another connection may do better: this one is broken, or leads to a node that does not take writes any more.
fn is_gone(error: &redis::RedisError) -> bool {
    match error.code() {
        None => true,
        Some(code) => [
            "READONLY",
            "LOADING",
            "MASTERDOWN",
            "CLUSTERDOWN",
            "NOAUTH",
            "NOREPLICAS",
        ]
        .contains(&code),
    }
}

/// What goes into the log: the kind and what Redis said, which never holds values.
pub(super) fn failed(error: &redis::RedisError) -> StoreError {
    StoreError::new(format!("redis: {error}"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a network is silent is not the customers' time, which tests move"
)]
fn now() -> Instant {
    Instant::now()
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a network is silent is not the customers' time, which tests move"
)]
pub(super) async fn rest(pause: Duration) {
    tokio::time::sleep(pause).await;
}
