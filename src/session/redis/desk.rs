//! What the help desk asks about, shared by replicas. Versions that do not know these keys leave them alone, and the tries
//! expire by themselves.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::FutureExt as _;
use jiff::Timestamp;

use super::RedisStore;
use crate::domain::past_try::PastTry;
use crate::domain::session::after;
use crate::session::desk::{ACCOUNTS_KEPT, DeskStore, TRIES_KEPT, TRIES_KEPT_FOR};
use crate::session::{AccountHash, Answer, Change};

impl DeskStore for RedisStore {
    fn note_try(&self, account: AccountHash, one: PastTry) -> Answer<'_, ()> {
        async move {
            let sealed = self.records.seal_try(account, &one);
            let keep = u64::try_from(TRIES_KEPT_FOR.as_millis()).unwrap_or(u64::MAX);
            let noted = self.redis.run(&self.redis.scripts().note_try, |call| {
                call.arg(to_text(account))
                    .arg(&sealed)
                    .arg(one.at.as_millisecond())
                    .arg(TRIES_KEPT)
                    .arg(keep)
                    .arg(ACCOUNTS_KEPT);
            });
            noted.await
        }
        .boxed()
    }

    fn tries(&self, account: AccountHash, now: Timestamp) -> Answer<'_, Vec<PastTry>> {
        async move {
            let mut command = redis::cmd("LRANGE");
            let key = self.redis.name(&format!("tries:{}", to_text(account)));
            command.arg(key).arg(0).arg(-1);
            let sealed: Vec<Vec<u8>> = self.redis.ask(&command).await?;
            let mut tries = Vec::new();
            for one in &sealed {
                // Sealed by a version or with a key that this process does not know: the others are shown all the same.
                match self.records.open_try(account, one) {
                    Ok(past) => tries.push(past),
                    Err(why) => tracing::debug!(%why, "a past try cannot be read"),
                }
            }
            tries.retain(|past| now < after(past.at, TRIES_KEPT_FOR));
            Ok(tries)
        }
        .boxed()
    }

    fn tried_accounts(&self, most: usize, _: Timestamp) -> Answer<'_, Vec<AccountHash>> {
        async move {
            let mut command = redis::cmd("ZREVRANGE");
            command.arg(self.redis.name("tried")).arg(0).arg(most.saturating_sub(1));
            let names: Vec<String> = self.redis.ask(&command).await?;
            Ok(names.iter().filter_map(|name| parse(name)).collect())
        }
        .boxed()
    }

    fn forget_tries(&self, account: AccountHash) -> Change<'_, ()> {
        async move {
            let forgotten = self
                .redis
                .change_safely::<u8>(&self.redis.scripts().forget_tries, |call| {
                    call.arg(to_text(account));
                });
            forgotten.await.map(drop)
        }
        .boxed()
    }

    fn closed_since(&self) -> Answer<'_, Option<Timestamp>> {
        async move {
            let mut command = redis::cmd("GET");
            command.arg(self.redis.name("closed"));
            let text: Option<String> = self.redis.ask(&command).await?;
            // A later version may say more there; closed is closed.
            Ok(text.map(|text| text.parse().unwrap_or(Timestamp::UNIX_EPOCH)))
        }
        .boxed()
    }

    fn set_closed(&self, since: Option<Timestamp>) -> Change<'_, ()> {
        async move {
            let since = since.map(|since| since.to_string()).unwrap_or_default();
            let set = self
                .redis
                .change_safely::<u8>(&self.redis.scripts().set_closed, |call| {
                    call.arg(&since);
                });
            set.await.map(drop)
        }
        .boxed()
    }
}

fn to_text(account: AccountHash) -> String {
    URL_SAFE_NO_PAD.encode(account)
}

fn parse(name: &str) -> Option<AccountHash> {
    URL_SAFE_NO_PAD.decode(name).ok()?.try_into().ok()
}
