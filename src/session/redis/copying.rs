//! Redis as the source and the target of a copy.
//!
//! While a copy is being made, and once a store has been copied elsewhere, its `format` is a word that no version takes for
//! a number: every service, of any version, refuses it.

use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;

use super::attempts::parse_name;
use super::format::{COPIED, COPYING, FORMAT};
use super::sessions::hashed;
use super::{RedisStore, readable, time};
use crate::domain::ids::Tab;
use crate::domain::logout_notice::{KEPT_FOR, LogoutNotice};
use crate::domain::revocation::PendingRevocation;
use crate::session::copying::{CopiedAttempt, CopiedSession, CopyStore};
use crate::session::{Answer, AttemptStore as _, Change, ChangeError, HashedId, RevocationId, StoreError};

/// Keys read or deleted in one step.
const AT_ONCE: usize = 500;

/// How often a look is taken for the own subscription, and the pause between.
const LOOKS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(50);

/// What Redis holds for a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedisContent {
    /// Nothing.
    Empty,
    /// A copy that is not finished.
    Unfinished,
    /// A store that was copied elsewhere.
    Copied,
    /// A store in use.
    Used,
}

impl RedisStore {
    /// What it holds.
    pub async fn content(&self) -> Result<RedisContent, StoreError> {
        let mut format = redis::cmd("HGET");
        format.arg(self.redis.name("meta")).arg("format");
        let format: Option<String> = self.redis.ask(&format).await?;
        let mut counts = redis::pipe();
        for set in ["ends", "attempts", "debts", "logouts", "tried"] {
            counts.cmd("ZCARD").arg(self.redis.name(set));
        }
        let counts: Vec<usize> = self.redis.ask_all(&counts).await?;
        Ok(match format.as_deref() {
            Some(COPYING) => RedisContent::Unfinished,
            Some(COPIED) => RedisContent::Copied,
            _ if counts.iter().all(|count| *count == 0) => RedisContent::Empty,
            _ => RedisContent::Used,
        })
    }

    /// Whether a service listens to this store. Of a cluster, only those are found that listen at the same node.
    pub async fn is_in_use(&self) -> Result<bool, StoreError> {
        // This process listens, too: it has to be counted, or another one would be taken for it.
        for _ in 0..LOOKS {
            if self.redis.is_trusted() {
                let mut publish = redis::cmd("PUBLISH");
                publish.arg(self.redis.name("notices")).arg("");
                let listeners: usize = self.redis.ask(&publish).await?;
                return Ok(listeners > 1);
            }
            self.redis.connections().await?;
            time::rest(PAUSE).await;
        }
        Err(StoreError::new(
            "redis: this process could not subscribe to the channel",
        ))
    }

    /// From now on no service uses it. Deletes what it holds, except for the rows in which limits count.
    pub async fn begin_copy(&self) -> Result<(), StoreError> {
        self.mark(COPYING).await?;
        self.clear_sessions().await?;
        self.clear_attempts().await?;
        self.clear_tries().await?;
        let others = ["debts", "debt", "logouts", "logout", "closed"];
        self.delete(others.map(|name| self.redis.name(name)).into()).await
    }

    /// The copy is whole: services may use it.
    pub async fn end_copy(&self) -> Result<(), StoreError> {
        self.mark(&FORMAT.to_string()).await
    }

    /// It has been copied elsewhere: no service uses it any more.
    pub async fn retire(&self) -> Result<(), StoreError> {
        self.mark(COPIED).await
    }

    async fn mark(&self, format: &str) -> Result<(), StoreError> {
        let mut command = redis::cmd("HSET");
        command.arg(self.redis.name("meta")).arg("format").arg(format);
        self.redis.ask(&command).await
    }

    async fn clear_sessions(&self) -> Result<(), StoreError> {
        let ids = self.ids(&every(&self.redis.name("ends"))).await?;
        for ids in ids.chunks(AT_ONCE) {
            let mut subjects = redis::pipe();
            for id in ids {
                subjects.cmd("HGET").arg(self.session_key(*id)).arg("s");
            }
            let subjects: Vec<Option<String>> = self.redis.ask_all(&subjects).await?;
            let subjects = subjects.into_iter().flatten();
            let mut keys: Vec<String> = subjects
                .map(|hash| self.redis.name(&format!("subject:{hash}")))
                .collect();
            keys.extend(ids.iter().map(|id| self.session_key(*id)));
            self.delete(keys).await?;
        }
        let sets = ["used:usual", "used:remembered", "ends"];
        self.delete(sets.map(|name| self.redis.name(name)).into()).await
    }

    async fn clear_attempts(&self) -> Result<(), StoreError> {
        let names = self.attempt_names().await?;
        let visits = names.iter().map(|(visit, _)| self.visit_key(*visit));
        self.delete(visits.collect()).await?;
        for (counts, kind) in [("attempts:greed", "idle"), ("attempts:greed:busy", "busy")] {
            let networks: Vec<String> = self.redis.ask(&every(&self.redis.name(counts))).await?;
            let sets = networks.iter().map(|network| format!("attempts:{kind}:{network}"));
            let sets = sets.chain([counts.to_owned(), format!("attempts:{kind}")]);
            self.delete(sets.map(|name| self.redis.name(&name)).collect()).await?;
        }
        let sets = ["attempts:unclaimed", "attempts:order", "attempts"];
        self.delete(sets.map(|name| self.redis.name(name)).into()).await
    }

    async fn clear_tries(&self) -> Result<(), StoreError> {
        let accounts: Vec<String> = self.redis.ask(&every(&self.redis.name("tried"))).await?;
        let tries = accounts.iter().map(|account| format!("tries:{account}"));
        let keys = tries.chain(["tried".to_owned()]).map(|name| self.redis.name(&name));
        self.delete(keys.collect()).await
    }

    async fn delete(&self, keys: Vec<String>) -> Result<(), StoreError> {
        for keys in keys.chunks(AT_ONCE) {
            let mut delete = redis::cmd("DEL");
            delete.arg(keys);
            self.redis.ask::<usize>(&delete).await?;
        }
        Ok(())
    }

    async fn attempt_names(&self) -> Result<Vec<(HashedId, Tab)>, StoreError> {
        let names: Vec<String> = self.redis.ask(&every(&self.redis.name("attempts"))).await?;
        Ok(names.iter().filter_map(|name| parse_name(name.as_bytes())).collect())
    }

    fn visit_key(&self, visit: HashedId) -> String {
        self.redis.name(&format!("visit:{}", visit.to_text()))
    }
}

/// The command for all members of a sorted set.
fn every(set: &str) -> redis::Cmd {
    let mut command = redis::cmd("ZRANGE");
    command.arg(set).arg(0).arg(-1);
    command
}

impl CopyStore for RedisStore {
    fn each_attempt(&self) -> Answer<'_, Vec<CopiedAttempt>> {
        async move {
            let (names, mut found) = (self.attempt_names().await?, Vec::new());
            for names in names.chunks(AT_ONCE) {
                let mut fields = redis::pipe();
                for (visit, tab) in names {
                    fields
                        .cmd("HGET")
                        .arg(self.visit_key(*visit))
                        .arg(format!("a{}", tab.as_str()));
                }
                let sealed: Vec<Option<Vec<u8>>> = self.redis.ask_all(&fields).await?;
                for ((visit, tab), sealed) in names.iter().zip(sealed) {
                    let opened = sealed.map(|sealed| self.records.open_attempt(*visit, tab, &sealed));
                    let Some(attempt) = opened
                        .map(|opened| readable(opened, "a sign-in in progress"))
                        .transpose()?
                    else {
                        continue;
                    };
                    found.extend(attempt.map(|attempt| CopiedAttempt {
                        visit: *visit,
                        tab: *tab,
                        // Requests in progress ended with their services.
                        attempt: attempt.unmarked(),
                    }));
                }
            }
            Ok(found)
        }
        .boxed()
    }

    fn each_revocation(&self) -> Answer<'_, Vec<(RevocationId, PendingRevocation)>> {
        async move {
            let names: Vec<String> = self.redis.ask(&every(&self.redis.name("debts"))).await?;
            let mut found = Vec::new();
            for names in names.chunks(AT_ONCE) {
                let mut command = redis::cmd("HMGET");
                command.arg(self.redis.name("debt")).arg(names);
                let sealed: Vec<Option<Vec<u8>>> = self.redis.ask(&command).await?;
                for (name, sealed) in names.iter().zip(sealed) {
                    if let (Some(id), Some(sealed)) = (RevocationId::parse(name), sealed) {
                        let revocation = readable(self.records.open_revocation(id, &sealed), "a pending revocation")?;
                        found.extend(revocation.map(|revocation| (id, revocation)));
                    }
                }
            }
            Ok(found)
        }
        .boxed()
    }

    fn each_notice(&self) -> Answer<'_, Vec<(HashedId, LogoutNotice)>> {
        async move {
            let names: Vec<String> = self.redis.ask(&every(&self.redis.name("logouts"))).await?;
            let mut found = Vec::new();
            for names in names.chunks(AT_ONCE) {
                let mut command = redis::cmd("HMGET");
                command.arg(self.redis.name("logout")).arg(names);
                let sealed: Vec<Option<Vec<u8>>> = self.redis.ask(&command).await?;
                for (name, sealed) in names.iter().zip(sealed) {
                    if let (Some(id), Some(sealed)) = (HashedId::parse(name), sealed) {
                        let notice = readable(self.records.open_notice(id, &sealed), "a logout notice")?;
                        found.extend(notice.map(|notice| (id, notice)));
                    }
                }
            }
            Ok(found)
        }
        .boxed()
    }

    fn put_sessions(&self, sessions: Vec<CopiedSession>) -> Change<'_, ()> {
        async move {
            let mut commands = redis::pipe();
            for CopiedSession {
                id,
                session,
                last_used,
                tokens,
            } in &sessions
            {
                let (name, used) = (id.to_text(), last_used.as_millisecond());
                let kind = if session.is_remembered { "remembered" } else { "usual" };
                let subject = hashed("subject", session.identity.subject());
                commands
                    .cmd("HSET")
                    .arg(self.session_key(*id))
                    .arg(&[("c", "0"), ("v", "0"), ("k", kind), ("s", &subject)])
                    .arg("r")
                    .arg(self.records.seal_session(*id, session))
                    .arg("u")
                    .arg(used);
                if let Some(tokens) = tokens {
                    commands.arg("t").arg(self.records.seal_tokens(*id, tokens));
                }
                let ends = session.expires.as_millisecond();
                for (set, score) in [(format!("used:{kind}"), used), ("ends".to_owned(), ends)] {
                    commands.cmd("ZADD").arg(self.redis.name(&set)).arg(score).arg(&name);
                }
                commands
                    .cmd("SADD")
                    .arg(self.redis.name(&format!("subject:{subject}")))
                    .arg(&name);
            }
            let written = self.redis.ask_all::<Vec<usize>>(&commands).await;
            written.map(drop).map_err(ChangeError::Unknown)
        }
        .boxed()
    }

    fn put_attempts(&self, attempts: Vec<CopiedAttempt>) -> Change<'_, ()> {
        async move {
            for CopiedAttempt { visit, tab, attempt } in attempts {
                self.open(visit, &tab, attempt).await?;
            }
            Ok(())
        }
        .boxed()
    }

    fn put_notices(&self, notices: Vec<(HashedId, LogoutNotice)>, now: Timestamp) -> Change<'_, ()> {
        async move {
            let (sealed_by_id, due) = (self.redis.name("logout"), self.redis.name("logouts"));
            let life = u64::try_from(KEPT_FOR.as_millis()).unwrap_or(u64::MAX);
            for notices in notices.chunks(AT_ONCE) {
                let mut commands = redis::pipe();
                for (id, notice) in notices {
                    let (name, sealed) = (id.to_text(), self.records.seal_notice(*id, notice));
                    commands.cmd("HSET").arg(&sealed_by_id).arg(&name).arg(sealed);
                    commands.cmd("ZADD").arg(&due).arg(now.as_millisecond()).arg(&name);
                }
                for key in [&sealed_by_id, &due] {
                    commands.cmd("PEXPIRE").arg(key).arg(life);
                }
                let written = self.redis.ask_all::<Vec<usize>>(&commands).await;
                written.map_err(ChangeError::Unknown)?;
            }
            Ok(())
        }
        .boxed()
    }
}
