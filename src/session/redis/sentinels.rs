//! The master, as named by the sentinels. In a fail-over that an operator requested, the former master accepts writes
//! for about ten seconds more, and all of them are lost. So this process subscribes to the sentinels' events, and also
//! queries them every half second.
//!
//! The sentinels name the new master a second after it has become one. Until then the other replicas follow the former
//! one, and `WAIT` counts them. So after hearing that a fail-over has begun, this process writes nothing until it is
//! over.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, RedisResult};
use tokio::sync::{Mutex, watch};

use super::address::HostPort;
use super::time::{now, rest};

/// The pause between two queries. With the duration of a query, it bounds how long writes go to a former master.
const EVERY: Duration = Duration::from_millis(500);

/// The pause while a fail-over is in progress.
const SOON: Duration = Duration::from_millis(100);

/// The sentinels' events. A fail-over is announced a tenth of a second before the new master is promoted (`sentinel.c`:
/// one state for each tick of its timer).
const IS_NAMED: &str = "+switch-master";
const BEGINS: &str = "+failover-state-send-slaveof-noone";
const IS_GIVEN_UP: &str = "-failover-abort-slave-timeout";

/// How long a fail-over may take once begun. After that the sentinels are trusted again, whichever master they name.
const LONGEST: Duration = Duration::from_secs(10);

/// The answer of one sentinel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SentinelAnswer {
    /// Grows with each fail-over; a sentinel that missed some is behind.
    epoch: u64,
    master: HostPort,
}

/// The sentinels, and the master that they named.
pub(super) struct Watch {
    sentinels: Vec<Sentinel>,
    name: String,
    patience: Duration,
    master: HostPort,
}

struct Sentinel {
    client: Client,
    connection: Mutex<Option<MultiplexedConnection>>,
}

impl Watch {
    /// Asks all sentinels for the master.
    pub(super) async fn begin(sentinels: Vec<Client>, name: &str, patience: Duration) -> RedisResult<Self> {
        let sentinels = sentinels.into_iter().map(|client| Sentinel {
            client,
            connection: Mutex::default(),
        });
        let mut watch = Self {
            sentinels: sentinels.collect(),
            name: name.to_owned(),
            patience,
            master: HostPort::default(),
        };
        let (_, named) = watch.ask().await;
        watch.master = named.ok_or((
            ErrorKind::MasterNameNotFoundBySentinel,
            "no sentinel that answers names a master",
        ))?;
        Ok(watch)
    }

    pub(super) fn master(&self) -> &HostPort {
        &self.master
    }

    /// Completes when the master is to be given up and its successor is known; never where there are no sentinels.
    /// `leaves` is called with the reason as soon as nothing may be written any more.
    pub(super) async fn watch_until_over(watch: Option<Self>, leaves: impl Fn(&'static str)) {
        let Some(watch) = watch else {
            return std::future::pending().await;
        };
        // Whether a fail-over is in progress, according to the events heard.
        let heard = watch::Sender::new(false);
        let listening = join_all(watch.sentinels.iter().map(|one| watch.listen(one, &heard)));
        tokio::select! {
            () = watch.asks_on(heard.subscribe(), leaves) => {}
            _ = listening => std::future::pending().await,
        }
    }

    async fn asks_on(&self, mut heard: watch::Receiver<bool>, leaves: impl Fn(&'static str)) {
        let (mut is_logged, mut left) = (false, None);
        loop {
            let has_begun = *heard.borrow_and_update();
            if has_begun && left.is_none() {
                tracing::warn!(
                    master = %named(&self.master),
                    "the sentinels begin a fail-over: nothing is written until they name the new master"
                );
                leaves("redis: a fail-over is under way");
                left = Some(now());
            }
            let (answered, master) = self.ask().await;
            if let Some(master) = master.filter(|master| *master != self.master) {
                tracing::warn!(
                    master = %named(&master),
                    "the sentinels name another master; disconnecting from the previous one"
                );
                return leaves("redis: the sentinels name another master");
            }
            if let Some(left) = left
                && (!*heard.borrow() || left.elapsed() >= LONGEST)
            {
                tracing::warn!("the fail-over was aborted: the previous master is master again");
                return;
            }
            let is_few = answered * 2 <= self.sentinels.len();
            if is_few && !is_logged {
                tracing::warn!(
                    answered,
                    sentinels = self.sentinels.len(),
                    "most sentinels do not answer: a fail-over may go unnoticed"
                );
            }
            is_logged = is_few;
            tokio::select! {
                // OK because the sender outlives this.
                _ = heard.changed() => {}
                () = rest(if left.is_some() { SOON } else { EVERY }) => {}
            }
        }
    }

    /// How many sentinels answered, and the master they name.
    async fn ask(&self) -> (usize, Option<HostPort>) {
        let asked = self.sentinels.iter().map(|one| self.ask_one(one));
        let answers: Vec<SentinelAnswer> = join_all(asked).await.into_iter().flatten().collect();
        (answers.len(), verdict(&answers))
    }

    async fn ask_one(&self, sentinel: &Sentinel) -> Option<SentinelAnswer> {
        let mut kept = sentinel.connection.lock().await;
        let asking = async {
            let mut connection = match kept.take() {
                Some(connection) => connection,
                None => sentinel.connect(self.patience).await?,
            };
            let answer = query(&mut connection, &self.name).await?;
            *kept = Some(connection);
            RedisResult::Ok(answer)
        };
        let answer = tokio::time::timeout(self.patience, asking).await;
        answer.ok()?.ok()
    }

    /// Follows this sentinel's events about fail-overs.
    async fn listen(&self, sentinel: &Sentinel, heard: &watch::Sender<bool>) {
        loop {
            let events = [IS_NAMED, BEGINS, IS_GIVEN_UP];
            if let Ok(mut channel) = sentinel.client.get_async_pubsub().await
                && channel.subscribe(&events).await.is_ok()
            {
                let mut messages = channel.into_on_message();
                while let Some(message) = messages.next().await {
                    let text = message.get_payload::<String>().unwrap_or_default();
                    if is_about(&text, &self.name) {
                        // Every event wakes `asks_on`, which asks the sentinels at once.
                        heard.send_modify(|has_begun| match message.get_channel_name() {
                            BEGINS => *has_begun = true,
                            IS_GIVEN_UP => *has_begun = false,
                            _ => {}
                        });
                    }
                }
            }
            rest(EVERY).await;
        }
    }
}

/// Whether an event is about this master: `NAME …`, `master NAME …` or `slave … @ NAME …`.
fn is_about(event: &str, master: &str) -> bool {
    let mut words = event.split(' ').skip_while(|word| *word != "@").skip(1);
    let of_replica = words.next();
    let mut words = event.split(' ');
    let (first, second) = (words.next(), words.next());
    let name = of_replica.or(if first == Some("master") { second } else { first });
    name == Some(master)
}

fn named((host, port): &HostPort) -> String {
    format!("{host}:{port}")
}

impl Sentinel {
    async fn connect(&self, patience: Duration) -> RedisResult<MultiplexedConnection> {
        let manners = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(patience))
            .set_response_timeout(Some(patience));
        self.client.get_multiplexed_async_connection_with_config(&manners).await
    }
}

async fn query(connection: &mut MultiplexedConnection, name: &str) -> RedisResult<SentinelAnswer> {
    // In this order: the epoch must not be newer than the address. As soon as the fail-over has a new master, the
    // second answer has its address, a moment before the first answer reflects it.
    let mut questions = redis::pipe();
    questions.cmd("SENTINEL").arg("MASTER").arg(name);
    questions.cmd("SENTINEL").arg("GET-MASTER-ADDR-BY-NAME").arg(name);
    Ok(answer_of(questions.query_async(connection).await?))
}

/// Combines the answers to the two questions.
pub(super) fn answer_of((about, master): (HashMap<String, String>, HostPort)) -> SentinelAnswer {
    let epoch = about.get("config-epoch").and_then(|text| text.parse().ok());
    SentinelAnswer {
        epoch: epoch.unwrap_or(0),
        master,
    }
}

/// The master named by the sentinels that know of the latest fail-over; if they disagree, the one most of them name.
pub(super) fn verdict(answers: &[SentinelAnswer]) -> Option<HostPort> {
    let newest = answers.iter().map(|answer| answer.epoch).max()?;
    let latest = || answers.iter().filter(|answer| answer.epoch == newest);
    let votes = |answer: &&SentinelAnswer| latest().filter(|other| other.master == answer.master).count();
    latest().max_by_key(votes).map(|answer| answer.master.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(epoch: u64, port: u16) -> SentinelAnswer {
        SentinelAnswer {
            epoch,
            master: ("10.0.0.1".to_owned(), port),
        }
    }

    fn named(answers: &[SentinelAnswer]) -> Option<u16> {
        verdict(answers).map(|(_, port)| port)
    }

    #[test]
    fn events_are_told_apart_by_the_master_that_they_are_about() {
        // As sent by Redis 7.0 and Valkey 8.1.
        let replica = "slave 10.0.0.1:2 10.0.0.1 2 @ portico 10.0.0.1 1";
        for event in [replica, "master portico 10.0.0.1 1", "portico 10.0.0.1 1 10.0.0.1 2"] {
            assert!(is_about(event, "portico"), "{event}");
            assert!(!is_about(event, "other"), "{event}");
            assert!(!is_about(event, "10.0.0.1"), "{event}");
        }
        // A master may be named like a kind of node.
        assert!(is_about("master master 10.0.0.1 1", "master"));
        assert!(!is_about("", "portico"));
    }

    #[test]
    fn the_newest_word_counts_and_then_the_most() {
        assert_eq!(named(&[]), None);
        assert_eq!(named(&[answer(3, 1)]), Some(1));
        // One knows of the fail-over, the others do not yet, in whatever order they answer.
        assert_eq!(named(&[answer(3, 1), answer(4, 2), answer(3, 1)]), Some(2));
        assert_eq!(named(&[answer(4, 2), answer(3, 1), answer(3, 1)]), Some(2));
        // One was down, and knows only an old state.
        assert_eq!(named(&[answer(1, 9), answer(4, 2), answer(4, 2)]), Some(2));
        // The address is new, but the epoch was read a moment before.
        assert_eq!(named(&[answer(3, 2), answer(3, 1), answer(3, 1)]), Some(1));
        assert_eq!(named(&[answer(3, 1), answer(3, 2), answer(3, 2)]), Some(2));
    }
}
