//! Sessions, shared by replicas: checked in the cache while invalidation messages arrive; otherwise in Redis.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::cache::{AsOf, CachedRow, Touched};
use super::{RedisStore, last_use, readable};
use crate::domain::revocation::Requester;
use crate::domain::session::{Lifetimes, Live, Session, Tokens, after};
use crate::session::{
    Answer, Change, Ended, EndedMany, HashedId, Leasing, Renewed, SessionStore, Start, Started, StoreError, Tombstone,
};

/// Sessions read in one step.
const AT_ONCE: usize = 500;

/// Record, version and last use of a session, as stored in Redis.
type Fields = (Option<Vec<u8>>, Option<u64>, Option<i64>);

impl RedisStore {
    pub(super) fn session_key(&self, id: HashedId) -> String {
        self.redis.name(&format!("session:{}", id.to_text()))
    }

    /// The state before Redis is queried about a session: see `cache`.
    pub(super) fn as_of(&self, id: HashedId) -> AsOf {
        AsOf {
            notices: self.cache.notices_for(id),
            epoch: self.redis.epoch.load(Ordering::Acquire),
        }
    }

    /// Queries Redis, and caches the answer.
    async fn fetch(&self, id: HashedId) -> Result<Option<Live>, StoreError> {
        let as_of = self.as_of(id);
        let mut command = redis::cmd("HMGET");
        command.arg(self.session_key(id)).arg(&["r", "v", "u"]);
        let fields = self.redis.ask(&command).await?;
        let live = self.live(id, fields)?;
        match &live {
            Some(live) => self.cache.keep(id, live, as_of, self.clock.now()),
            None => self.cache.forget(id),
        }
        Ok(live)
    }

    /// A session from its fields, with a later last use that only this process knows of.
    pub(super) fn live(&self, id: HashedId, (record, version, used): Fields) -> Result<Option<Live>, StoreError> {
        let (Some(record), Some(version), Some(used)) = (record, version, used) else {
            return Ok(None);
        };
        let Some(session) = readable(self.records.open_session(id, &record), "a session")? else {
            return Ok(None);
        };
        let used = Timestamp::from_millisecond(used).unwrap_or(session.started);
        let here = self.cache.get(id).map_or(used, |known| known.last_used());
        Ok(Some(Live {
            session: session.into(),
            version,
            last_used: used.max(here),
        }))
    }

    /// Whether the cached session is what Redis would return.
    fn is_current(&self, known: &CachedRow, now: Timestamp) -> bool {
        self.redis.is_trusted()
            && known.is_of(self.redis.epoch.load(Ordering::Acquire))
            // Other replicas may have used it since; the next read brings their last use.
            && now < after(known.last_used(), self.uses_every)
    }

    async fn look_up(&self, id: HashedId) -> Result<Option<Live>, StoreError> {
        let now = self.clock.now();
        let known = self.cache.get(id);
        if let Some(known) = &known
            && self.is_current(known, now)
        {
            known.see(now);
            return Ok(Some(known.live()));
        }
        match self.fetch(id).await {
            Err(error) => match known {
                Some(known) if known.was_seen_within(self.grace, now) => Ok(Some(known.live())),
                _ => Err(error),
            },
            fetched => fetched,
        }
    }

    /// Reads many sessions; those that have ended are left out.
    pub(super) async fn read_all(&self, ids: &[HashedId]) -> Result<Vec<(HashedId, Live)>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(AT_ONCE) {
            let mut commands = redis::pipe();
            for id in ids {
                commands.cmd("HMGET").arg(self.session_key(*id)).arg(&["r", "v", "u"]);
            }
            let fields: Vec<Fields> = self.redis.ask_all(&commands).await?;
            for (id, fields) in ids.iter().zip(fields) {
                if let Some(live) = self.live(*id, fields)? {
                    found.push((*id, live));
                }
            }
        }
        Ok(found)
    }

    pub(super) async fn ids(&self, command: &redis::Cmd) -> Result<Vec<HashedId>, StoreError> {
        let ids: Vec<String> = self.redis.ask(command).await?;
        Ok(ids.iter().filter_map(|id| HashedId::parse(id)).collect())
    }
}

impl SessionStore for RedisStore {
    fn start<'a>(&'a self, start: Start<'a>) -> Change<'a, Option<Started>> {
        self.start_now(start).boxed()
    }

    fn session(&self, id: HashedId) -> Answer<'_, Option<Live>> {
        self.look_up(id).boxed()
    }

    fn cached_session(&self, id: HashedId, lifetimes: Lifetimes, now: Timestamp) -> Option<Live> {
        let known = self.cache.get(id)?;
        let live = self.is_current(&known, now).then(|| known.live())?;
        if !live.is_live(lifetimes, now) || !self.cache.note(&known, now, self.uses_every) {
            return None;
        }
        known.see(now);
        Some(live)
    }

    fn tokens(&self, id: HashedId) -> Answer<'_, Option<Tokens>> {
        async move {
            let mut command = redis::cmd("HGET");
            command.arg(self.session_key(id)).arg("t");
            let sealed: Option<Vec<u8>> = self.redis.ask(&command).await?;
            match sealed {
                Some(sealed) => readable(self.records.open_tokens(id, &sealed), "the tokens of a session"),
                None => Ok(None),
            }
        }
        .boxed()
    }

    fn touch(&self, id: HashedId, now: Timestamp) -> Answer<'_, ()> {
        async move {
            if self.cache.touch(id, now, self.uses_every) == Touched::IsDue {
                // At once: another replica may be asked next, and must not consider the session idle.
                let written = last_use::write(&self.redis, &[(id, now)]).await;
                // A use that cannot be written signs nobody out; it is written as soon as Redis answers.
                if written.is_err() {
                    self.cache.defer(id);
                }
            }
            Ok(())
        }
        .boxed()
    }

    fn safe(&self) -> Change<'_, ()> {
        self.redis.safe().boxed()
    }

    fn end(&self, id: HashedId, requester: Requester, now: Timestamp) -> Change<'_, Option<Ended>> {
        self.end_now(id, requester, now).boxed()
    }

    fn end_all(&self, ids: Vec<HashedId>, requester: Requester, now: Timestamp) -> BoxFuture<'_, EndedMany> {
        self.end_many(ids, requester, now).boxed()
    }

    fn bury(&self, id: HashedId, tombstone: Tombstone) -> Answer<'_, ()> {
        self.write_tombstone(id, tombstone).boxed()
    }

    fn tombstone(&self, id: HashedId) -> Answer<'_, Option<Tombstone>> {
        self.read_tombstone(id).boxed()
    }

    fn of_subject<'a>(&'a self, subject: &'a str) -> Answer<'a, Vec<(HashedId, Live)>> {
        async move {
            let mut command = redis::cmd("SMEMBERS");
            command.arg(self.redis.name(&format!("subject:{}", hashed("subject", subject))));
            let (mut found, mut others) = (Vec::new(), Vec::new());
            let now = self.clock.now();
            for id in self.ids(&command).await? {
                match self.cache.get(id).filter(|known| self.is_current(known, now)) {
                    Some(known) => found.push((id, known.live())),
                    None => others.push(id),
                }
            }
            found.extend(self.read_all(&others).await?);
            Ok(found)
        }
        .boxed()
    }

    fn of_user<'a>(&'a self, name: &'a str) -> Answer<'a, Vec<(HashedId, Live)>> {
        async move {
            // Redis cannot read names, and a set for each would cost every sign-in more than operators' queries do.
            let mut each = self.each_session().await?;
            each.retain(|(_, live)| live.session.identity.is_called(name));
            Ok(each)
        }
        .boxed()
    }

    fn each_session(&self) -> Answer<'_, Vec<(HashedId, Live)>> {
        async move {
            let (mut cursor, mut ids) = (0_u64, BTreeSet::new());
            // In batches: reading all at once could take Redis longer than the timeout.
            loop {
                let mut command = redis::cmd("ZSCAN");
                command
                    .arg(self.redis.name("ends"))
                    .arg(cursor)
                    .arg("COUNT")
                    .arg(AT_ONCE);
                let (next, found): (u64, Vec<(String, f64)>) = self.redis.ask(&command).await?;
                ids.extend(found.iter().filter_map(|(id, _)| HashedId::parse(id)));
                if next == 0 {
                    break;
                }
                cursor = next;
            }
            let ids: Vec<HashedId> = ids.into_iter().collect();
            self.read_all(&ids).await
        }
        .boxed()
    }

    fn lease(&self, id: HashedId, version: u64, until: Timestamp, now: Timestamp) -> Answer<'_, Leasing> {
        self.take_lease(id, version, until, now).boxed()
    }

    fn rest(&self, id: HashedId, lease: u64) -> Answer<'_, ()> {
        self.redis
            .run(&self.redis.scripts().rest, move |call| {
                call.arg(id.to_text()).arg(lease);
            })
            .boxed()
    }

    fn renew(&self, id: HashedId, lease: u64, session: Session, tokens: Tokens) -> Change<'_, Renewed> {
        self.write_renewal(id, lease, session, tokens).boxed()
    }

    fn session_changed(&self, id: HashedId, version: u64) -> Answer<'_, ()> {
        async move {
            loop {
                let mut news = self.waiting.watch(&id.to_text());
                let mut command = redis::cmd("HMGET");
                command.arg(self.session_key(id)).arg(&["v", "z"]);
                let (present, rests): (Option<u64>, Option<u8>) = self.redis.ask(&command).await?;
                if present != Some(version) || rests.is_some() {
                    return Ok(());
                }
                // The error is the signal: the sender was dropped. It may be an old signal, so look again.
                while news.changed().await.is_ok() {}
            }
        }
        .boxed()
    }

    fn count_sessions(&self) -> Answer<'_, usize> {
        async move {
            let mut command = redis::cmd("ZCARD");
            command.arg(self.redis.name("ends"));
            self.redis.ask(&command).await
        }
        .boxed()
    }

    fn sweep_sessions(&self, lifetimes: Lifetimes, now: Timestamp) -> BoxFuture<'_, EndedMany> {
        self.sweep(lifetimes, now).boxed()
    }
}

/// The hash under which Redis keeps data that a dump should not reveal, such as Okta's `sub`.
pub(super) fn hashed(purpose: &str, text: &str) -> String {
    let labelled = [purpose.as_bytes(), b"\0", text.as_bytes()].concat();
    URL_SAFE_NO_PAD.encode(digest(&SHA256, &labelled))
}
