//! Checks that this process may read what is in Redis.

use std::error::Error as StdError;

use redis::{RedisResult, Script};
use thiserror::Error;

use super::key_names::KeyNames;
use super::reach::Connection;
use crate::session::secrets::keys::Purpose;
use crate::session::{Sealer, Unreadable};

/// The version of the key layout. A higher one is refused.
pub(super) const FORMAT: u32 = 1;

/// In place of the version while a copy is being made: no number, so every version refuses it.
pub(super) const COPYING: &str = "copying";

/// In place of the version once the store has been copied elsewhere.
pub(super) const COPIED: &str = "copied";

const KEY_CHECK: &[u8] = b"portico";

/// Why the content of Redis must not be used.
#[derive(Debug, Clone, Error)]
pub(super) enum ForeignContent {
    /// A later version wrote it.
    #[error(
        "redis holds what a newer version of Portico wrote (format {0}; this version knows up to {FORMAT}); start that \
         version, or set another store.prefix, which signs everybody out"
    )]
    Newer(String),
    /// A copy into it did not end.
    #[error("redis holds a copy that is not finished; run `portico store copy` again, or wait until it has ended")]
    Unfinished,
    /// It was copied elsewhere, and sessions may have ended there since.
    #[error(
        "redis holds a store that was copied elsewhere, where sessions may have ended since; use the other store, or copy it \
         back with `portico store copy`"
    )]
    Copied,
    /// It was sealed with other keys.
    #[error(
        "redis holds what was sealed with other keys ({0}); give every replica the same key ring (store.keys_file), or set \
         another store.prefix, which signs everybody out"
    )]
    OtherKeys(Unreadable),
}

/// Checks the content, and writes a key check under the present keys. A copy may also go on with what another one left.
pub(super) async fn check(
    connection: &mut Connection,
    key_names: &KeyNames,
    script: &Script,
    sealer: &Sealer,
    is_for_copy: bool,
) -> RedisResult<Option<ForeignContent>> {
    let key_check = || sealer.seal(Purpose::Session, KEY_CHECK, KEY_CHECK);
    let found: (String, Vec<u8>) = script
        .key(key_names.prefix())
        .arg(FORMAT)
        .arg(key_check())
        .invoke_async(connection)
        .await?;
    let (format, present) = found;
    match format.as_str() {
        COPYING | COPIED if is_for_copy => {}
        COPYING => return Ok(Some(ForeignContent::Unfinished)),
        COPIED => return Ok(Some(ForeignContent::Copied)),
        _ if format.parse().is_ok_and(|format: u32| format <= FORMAT) => {}
        _ => return Ok(Some(ForeignContent::Newer(format))),
    }
    if let Err(why) = sealer.open(Purpose::Session, KEY_CHECK, &present) {
        return Ok(Some(ForeignContent::OtherKeys(why)));
    }
    // Written anew with each connection: after a rotation it is sealed under the rotated ring.
    let renewed = redis::cmd("HSET")
        .arg(key_names.name("meta"))
        .arg("witness")
        .arg(key_check())
        .to_owned();
    let renewed: RedisResult<()> = renewed.query_async(connection).await;
    if let Err(error) = renewed {
        tracing::debug!(error = &error as &dyn StdError, "the key check could not be written");
    }
    Ok(None)
}
