//! The one connection of this process, re-established whenever it breaks or leads to a node that is no longer the
//! master; and whether the cache can be trusted.
//!
//! A *beacon* is sent all the time: it is written where sessions are written, and comes back as an invalidation
//! message. Its return shows that Redis accepts writes, and that every earlier message has arrived, because messages
//! keep their order. While a beacon sent less than [`TRUST`] ago has come back, a cached session needs no query to
//! Redis.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use redis::Client;
use tokio::sync::watch;

use super::address::RedisAddress;
use super::durability;
use super::format;
use super::format::ForeignContent;
use super::key_names::KeyNames;
use super::reach::{Connection, WritableNode};
use super::scripts::Scripts;
use super::sentinels::Watch;
use super::time::{now, rest};
use super::unanswered::{failed, is_gone};
use crate::session::{Sealer, StoreError};

/// The pause between two beacons.
const BEACON_EVERY: Duration = Duration::from_millis(200);

/// How long ago the last beacon that came back may have been sent. Together with the time it takes to write an end,
/// this stays within the second in which the end of a session must take effect everywhere.
const TRUST: Duration = Duration::from_millis(700);

/// The pauses between two tries to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The state of the connection.
#[derive(Clone)]
enum State {
    /// Not made yet, or broken; with the reason.
    Down(String),
    /// Not usable: the content of Redis was sealed with other keys or by a newer version.
    Foreign(ForeignContent),
    Up(RedisLinks),
}

/// Waiting for replicas blocks a connection, so such calls have one of their own.
#[derive(Clone)]
pub(super) struct RedisLinks {
    pub(super) usual: Connection,
    pub(super) replicated: Connection,
    /// Distinguishes them from earlier and later ones.
    pub(super) number: u64,
    /// The nodes on which to listen for invalidation messages.
    nodes: Arc<[Client]>,
}

impl State {
    fn is_up(&self, number: u64) -> bool {
        matches!(self, Self::Up(connections) if connections.number == number)
    }
}

/// The connection.
pub(super) struct RedisConnection {
    address: RedisAddress,
    key_names: KeyNames,
    /// Whether a command copies this store, or into it.
    is_for_copy: bool,
    scripts: Scripts,
    state: watch::Sender<State>,
    /// Distinguishes this process from others on the channel.
    replica: String,
    began: Instant,
    /// How many times a connection was made or tried.
    made: AtomicU64,
    /// When the last beacon that came back was sent, in microseconds after `began`; 0 if none came back.
    heard: AtomicU64,
    /// When the present connection was made, in the same unit. Earlier beacons describe a node that was given up.
    since: AtomicU64,
    /// Counts the listener's connections: what was cached before the present one cannot be trusted.
    pub(super) epoch: AtomicU64,
}

impl std::fmt::Debug for RedisConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisConnection")
            .field("address", &self.address)
            .field("key_names", &self.key_names)
            .finish_non_exhaustive()
    }
}

impl RedisConnection {
    pub(super) fn new(address: RedisAddress, prefix: &str, is_for_copy: bool, replica: String) -> Self {
        Self {
            address,
            key_names: KeyNames::new(prefix),
            is_for_copy,
            scripts: Scripts::new(),
            state: watch::Sender::new(State::Down("not connected yet".to_owned())),
            replica,
            began: now(),
            made: AtomicU64::new(0),
            heard: AtomicU64::new(0),
            since: AtomicU64::new(0),
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
        self.key_names.prefix()
    }

    pub(super) fn name(&self, rest: &str) -> String {
        self.key_names.name(rest)
    }

    /// Whether every invalidation message up to a moment ago has arrived.
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
            && sent >= self.since.load(Ordering::Acquire)
        {
            self.heard.fetch_max(sent, Ordering::AcqRel);
        }
    }

    /// Once there is a connection: its number, and the nodes on which to listen for invalidation messages.
    pub(super) async fn listeners(&self) -> (u64, Arc<[Client]>) {
        let mut state = self.state.subscribe();
        let up = state.wait_for(|state| matches!(state, State::Up(_))).await;
        match up.as_deref() {
            Ok(State::Up(connections)) => (connections.number, Arc::clone(&connections.nodes)),
            // Never happens: the sender lives as long as `self`.
            _ => (0, Arc::default()),
        }
    }

    /// Completes when this connection is no longer the present one.
    pub(super) async fn wait_until_left(&self, number: u64) {
        let mut state = self.state.subscribe();
        // OK because the sender lives as long as `self`.
        let _ = state.wait_for(|state| !state.is_up(number)).await;
    }

    /// Gives this connection up: another one is made at once, and pending calls on this one end.
    pub(super) fn leaves(&self, number: u64, why: &str) {
        self.state.send_if_modified(|state| {
            let is_present = state.is_up(number);
            if is_present {
                // In this order: a beacon that still arrives over the old channel must no longer count.
                self.since.store(u64::MAX, Ordering::Release);
                self.heard.store(0, Ordering::Release);
                *state = State::Down(why.to_owned());
            }
            is_present
        });
    }

    /// The connections; waits briefly if they are just being made.
    pub(super) async fn connections(&self) -> Result<RedisLinks, StoreError> {
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
            State::Down(why) => Err(StoreError::new(why).logged()),
            State::Foreign(content) => Err(StoreError::new(content.to_string()).logged()),
        }
    }

    /// Maintains the connection for as long as the process lives.
    pub(super) async fn keep(self: Arc<Self>, sealer: Sealer) {
        let mut pause = FIRST_PAUSE;
        loop {
            // Counted across restarts of this task after a panic.
            let number = self.made.fetch_add(1, Ordering::Relaxed) + 1;
            match self.make(number, &sealer).await {
                Ok((connections, watch)) => {
                    tracing::info!("the store is connected");
                    pause = FIRST_PAUSE;
                    self.since.store(self.elapsed(), Ordering::Release);
                    let usual = connections.usual.clone();
                    self.state.send_replace(State::Up(connections));
                    self.stay(number, usual, watch).await;
                }
                Err(state) => self.tell(state),
            }
            rest(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Completes when the connection is given up.
    async fn stay(&self, number: u64, usual: Connection, watch: Option<Watch>) {
        let silent = |why: &str| {
            tracing::error!(%why, "the store does not answer; nobody can sign in until it does");
        };
        let fails_over = AtomicBool::new(false);
        let mut watching = pin!(Watch::watch_until_over(watch, |why| {
            fails_over.store(true, Ordering::Relaxed);
            self.leaves(number, why);
        }));
        tokio::select! {
            biased;
            () = &mut watching => {}
            why = self.beacons(usual) => {
                silent(&why);
                self.leaves(number, &why);
            }
            () = self.wait_until_left(number) => {
                // Already logged. Until there is a new master, the sentinels still name the former one.
                if fails_over.load(Ordering::Relaxed) {
                    return watching.await;
                }
                // A caller found it broken.
                if let State::Down(why) = &*self.state.borrow() {
                    silent(why);
                }
            }
        }
    }

    async fn make(&self, number: u64, sealer: &Sealer) -> Result<(RedisLinks, Option<Watch>), State> {
        let down = |error: redis::RedisError| State::Down(failed(&error).reason);
        let WritableNode {
            connection: mut usual,
            nodes,
            watch,
        } = self.reach().await?;
        let script = &self.scripts.key_check;
        let checked = format::check(&mut usual, &self.key_names, script, sealer, self.is_for_copy).await;
        if let Some(content) = checked.map_err(down)? {
            return Err(State::Foreign(content));
        }
        for node in &nodes {
            durability::look_over(node, &self.address.setup).await;
        }
        let replicated = match (self.address.replicas, &watch) {
            (0, _) => usual.clone(),
            // To the same node, whichever the sentinels name by now.
            (_, Some(watch)) => self.in_time(self.address.connect_to(watch.master())).await?,
            (_, None) => self.reach().await?.connection,
        };
        let connections = RedisLinks {
            usual,
            replicated,
            number,
            nodes: nodes.into(),
        };
        Ok((connections, watch))
    }

    async fn reach(&self) -> Result<WritableNode, State> {
        self.in_time(self.address.reach()).await
    }

    async fn in_time<T>(&self, connecting: impl Future<Output = redis::RedisResult<T>>) -> Result<T, State> {
        // Finding the master may take several queries.
        let connected = tokio::time::timeout(self.address.patience * 3, connecting).await;
        connected
            .map_err(|_| State::Down("redis: no connection in time".to_owned()))?
            .map_err(|error| State::Down(failed(&error).reason))
    }

    /// Sets the state; logs a change of state once, not with each try to connect.
    fn tell(&self, state: State) {
        let is_news = match (&*self.state.borrow(), &state) {
            (State::Down(before), State::Down(now)) => before != now,
            (State::Foreign(_), State::Foreign(_)) => false,
            _ => true,
        };
        match &state {
            // Normal for a while after a fail-over.
            State::Down(why) if is_news && why.contains("NOREPLICAS") => {
                tracing::warn!("the master takes no writes until enough replicas follow it (min-replicas-to-write)");
            }
            State::Down(why) if is_news => tracing::error!(%why, "the store cannot be reached"),
            State::Foreign(content) if is_news => {
                tracing::error!(stranger = %content, "the store cannot be used");
            }
            _ => {}
        }
        self.state.send_replace(state);
    }

    /// Microseconds since `began`; never 0.
    fn elapsed(&self) -> u64 {
        let micros = u64::try_from(self.began.elapsed().as_micros());
        micros.unwrap_or(u64::MAX).max(1)
    }

    /// Sends beacons until one fails; returns the reason.
    async fn beacons(&self, mut connection: Connection) -> String {
        loop {
            let sent = self.elapsed();
            let beacon = self
                .scripts
                .beacon
                .key(self.prefix())
                .arg(&self.replica)
                .arg(sent)
                .invoke_async(&mut connection)
                .await;
            let beacon: redis::RedisResult<()> = beacon;
            // A node that refuses to write because it is full or cannot save is still there: reads and ends continue.
            if let Err(error) = beacon
                && is_gone(&error)
            {
                return failed(&error).reason;
            }
            rest(BEACON_EVERY).await;
        }
    }
}
