//! Copies the store of some settings into that of others (`portico store copy`).

mod trouble;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::store::{bounds, given, own_ring, redis_store};
use crate::clock::{Clock, Entropy, SystemClock, SystemEntropy};
use crate::config::{Config, StoreKind, is_same_file};
use crate::flow::row_change;
use crate::limits::{KeptRow, as_shared};
use crate::session::copying::{Contents, CopyCounts, CopyStore, Fingerprint};
use crate::session::embedded::EmbeddedStore;
use crate::session::redis::{RedisContent, RedisStore};
use crate::session::secrets::keys::KeyRing;
use crate::session::{RowChange, Sealer, SessionStore as _, Store as _, StoreError};

pub use trouble::CopyTrouble;

/// What to copy, and how.
#[derive(Debug)]
pub struct CopyOrder<'a> {
    /// The settings of the store to copy.
    pub from: &'a Config,
    /// The settings of the other one.
    pub to: &'a Config,
    /// What the other one holds may be deleted.
    pub replaces: bool,
    /// Nothing is copied. A file is opened as at a start, which may tidy it.
    pub is_dry_run: bool,
}

/// What came of it.
#[derive(Debug, Clone, Copy)]
pub struct CopyReport {
    /// How much was copied, or would be.
    pub counts: CopyCounts,
    /// Whether the failures that were counted are copied, too.
    pub has_failures: bool,
}

/// An open store.
enum Opened {
    File(Box<EmbeddedStore>),
    Redis(Box<RedisStore>),
}

impl Opened {
    fn as_dyn(&self) -> &dyn CopyStore {
        match self {
            Self::File(store) => store.as_ref(),
            Self::Redis(store) => store.as_ref(),
        }
    }
}

/// What both sides need.
struct Parts {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    now: Timestamp,
}

/// Copies; `progress` is told how many sessions of how many are written. No service may use either store. From the end on,
/// services refuse the store that was copied.
pub async fn copy_store(
    order: CopyOrder<'_>,
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<CopyReport, CopyTrouble> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let parts = Parts {
        now: clock.now(),
        clock,
        entropy: Arc::new(SystemEntropy),
    };
    if is_same(order.from, order.to) {
        return Err(CopyTrouble::Same);
    }
    let ring = ring_of(order.from)?;
    let from = source(&order, &ring, &parts).await?;
    let mut contents = Contents::of(from.as_dyn(), parts.entropy.as_ref(), parts.now).await?;
    if order.to.portal.logout.targets.is_empty() {
        contents.forget_notices();
    }
    let report = CopyReport {
        counts: contents.counts(),
        has_failures: from.as_dyn().counts().is_some(),
    };
    check_bounds(order.to, report.counts)?;
    let ring = target_ring(&order, &ring)?;
    match order.to.store.kind {
        StoreKind::Memory => return Err(CopyTrouble::Memory),
        StoreKind::Redis => into_redis(&order, &from, contents, &ring, &parts, progress).await?,
        StoreKind::Embedded => into_file(&order, &from, contents, &ring, &parts, progress).await?,
    }
    if !order.is_dry_run {
        retire(order.from, &from).await?;
    }
    Ok(report)
}

fn is_same(one: &Config, other: &Config) -> bool {
    match (&one.store.redis, &other.store.redis) {
        (Some(one), Some(other)) => {
            one.prefix == other.prefix && one.url.hosts == other.url.hosts && one.url.setup == other.url.setup
        }
        (None, None) => one.store.path == other.store.path || is_same_file(&one.store.path, &other.store.path),
        _ => false,
    }
}

/// The ring of the store to copy. A missing one is not made.
fn ring_of(from: &Config) -> Result<KeyRing, CopyTrouble> {
    let open = |trouble| CopyTrouble::Open("the key ring of --from", trouble);
    if let Some(ring) = given(from).map_err(open)? {
        return Ok(ring);
    }
    let path = from.store.own_keys();
    if !path.exists() {
        let missing = io::Error::from(io::ErrorKind::NotFound);
        return Err(CopyTrouble::Files(path, missing));
    }
    own_ring(&from.store, || KeyRing::new(&SystemEntropy, Timestamp::UNIX_EPOCH)).map_err(open)
}

/// The ring of the other store. One without a ring gets the same.
fn target_ring(order: &CopyOrder<'_>, ring: &KeyRing) -> Result<KeyRing, CopyTrouble> {
    let open = |trouble| CopyTrouble::Open("the key ring of --to", trouble);
    let named = given(order.to).map_err(open)?;
    let target = match named {
        Some(named) => named,
        None if order.is_dry_run && !order.to.store.own_keys().exists() => ring.clone(),
        None => own_ring(&order.to.store, || ring.clone()).map_err(open)?,
    };
    if target.opens_all_of(ring) {
        Ok(target)
    } else {
        Err(CopyTrouble::OtherKeys)
    }
}

async fn source(order: &CopyOrder<'_>, ring: &KeyRing, parts: &Parts) -> Result<Opened, CopyTrouble> {
    match order.from.store.kind {
        StoreKind::Memory => Err(CopyTrouble::Memory),
        StoreKind::Embedded => {
            let path = &order.from.store.path;
            if !path.exists() {
                let missing = io::Error::from(io::ErrorKind::NotFound);
                return Err(CopyTrouble::Files(path.clone(), missing));
            }
            let store = file(order.from, path, ring, parts, "the store of --from")?;
            // What the start found to be over is out of the file when this completes.
            let is_tidy = store.safe().await;
            is_tidy.map_err(|error| CopyTrouble::Store("--from", StoreError::new(error.to_string())))?;
            Ok(Opened::File(Box::new(store)))
        }
        StoreKind::Redis => {
            let store = redis(order.from, ring, parts, "the store of --from")?;
            let answer = |error| CopyTrouble::Store("--from", error);
            match store.content().await.map_err(answer)? {
                RedisContent::Copied | RedisContent::Unfinished => return Err(CopyTrouble::Stale),
                RedisContent::Empty | RedisContent::Used => {}
            }
            // Looking at a store in use harms nobody.
            if !order.is_dry_run && store.is_in_use().await.map_err(answer)? {
                return Err(CopyTrouble::InUse("--from"));
            }
            Ok(Opened::Redis(Box::new(store)))
        }
    }
}

fn file(
    config: &Config,
    path: &Path,
    ring: &KeyRing,
    parts: &Parts,
    what: &'static str,
) -> Result<EmbeddedStore, CopyTrouble> {
    let sealer = Sealer::new(ring.clone(), Arc::clone(&parts.entropy));
    EmbeddedStore::open(path, bounds(config), &sealer, Arc::clone(&parts.entropy), parts.now)
        .map_err(|error| CopyTrouble::Open(what, error.into()))
}

fn redis(config: &Config, ring: &KeyRing, parts: &Parts, what: &'static str) -> Result<RedisStore, CopyTrouble> {
    redis_store(config, ring, &parts.clock, &parts.entropy, true).map_err(|error| CopyTrouble::Open(what, error))
}

fn check_bounds(to: &Config, counts: CopyCounts) -> Result<(), CopyTrouble> {
    let bounds = bounds(to);
    let of = [
        ("sessions", counts.sessions, bounds.sessions, "store.max_sessions"),
        ("sign-ins", counts.attempts, bounds.attempts, "store.max_attempts"),
    ];
    for (what, there, most, key) in of {
        if there > most {
            return Err(CopyTrouble::Bound { what, there, most, key });
        }
    }
    Ok(())
}

async fn into_redis(
    order: &CopyOrder<'_>,
    from: &Opened,
    contents: Contents,
    ring: &KeyRing,
    parts: &Parts,
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<(), CopyTrouble> {
    let to = redis(order.to, ring, parts, "the store of --to")?;
    let answer = |error| CopyTrouble::Store("--to", error);
    let content = to.content().await.map_err(answer)?;
    if content == RedisContent::Used && !order.replaces {
        let sessions = to.count_sessions().await.map_err(answer)?;
        return Err(CopyTrouble::NotEmpty(format!("{sessions} sessions")));
    }
    if to.is_in_use().await.map_err(answer)? {
        return Err(CopyTrouble::InUse("--to"));
    }
    if order.is_dry_run {
        return Ok(());
    }
    to.begin_copy().await.map_err(answer)?;
    let fingerprint = write(from, &to, contents, ring, parts, progress).await?;
    fingerprint.check(&Contents::of(&to, parts.entropy.as_ref(), parts.now).await?)?;
    check_unused(from).await?;
    to.end_copy().await.map_err(answer)
}

async fn into_file(
    order: &CopyOrder<'_>,
    from: &Opened,
    contents: Contents,
    ring: &KeyRing,
    parts: &Parts,
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<(), CopyTrouble> {
    let path = &order.to.store.path;
    let former = if path.exists() {
        if !order.replaces {
            return Err(CopyTrouble::NotEmpty(format!("the file {}", path.display())));
        }
        // Kept open, so that no service begins to use it.
        Some(file(order.to, path, ring, parts, "the store of --to")?)
    } else {
        None
    };
    if order.is_dry_run {
        return Ok(());
    }
    let staged = beside(path, ".copying");
    let unusable = |path: &Path| {
        let path = path.to_owned();
        |error| CopyTrouble::Files(path, error)
    };
    if staged.exists() {
        fs::remove_file(&staged).map_err(unusable(&staged))?;
    }
    let to = file(order.to, &staged, ring, parts, "the store of --to")?;
    let fingerprint = write(from, &to, contents, ring, parts, progress).await?;
    to.close().await.map_err(|error| CopyTrouble::Store("--to", error))?;
    // What services will read is what counts, with the checks of a start.
    drop(to);
    let to = file(order.to, &staged, ring, parts, "the copy")?;
    fingerprint.check(&Contents::of(&to, parts.entropy.as_ref(), parts.now).await?)?;
    to.close().await.map_err(|error| CopyTrouble::Store("--to", error))?;
    drop(to);
    check_unused(from).await?;
    fs::rename(&staged, path).map_err(unusable(path))?;
    drop(former);
    sync_folder(path).map_err(unusable(path))
}

/// Writes everything, and says what the copy must hold.
async fn write(
    from: &Opened,
    to: &dyn CopyStore,
    contents: Contents,
    ring: &KeyRing,
    parts: &Parts,
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<Fingerprint, CopyTrouble> {
    let fingerprint = Fingerprint::from(&contents);
    let total = contents.counts().sessions;
    let mut told = |written| progress(written, total);
    contents.copy(from.as_dyn(), to, parts.now, &mut told).await?;
    failures(from.as_dyn(), to, ring, parts).await?;
    Ok(fingerprint)
}

/// A service that has begun to use a Redis meanwhile may have ended sessions there. A file is locked.
async fn check_unused(from: &Opened) -> Result<(), CopyTrouble> {
    let Opened::Redis(store) = from else {
        return Ok(());
    };
    let is_in_use = store.is_in_use().await;
    if is_in_use.map_err(|error| CopyTrouble::Store("--from", error))? {
        return Err(CopyTrouble::InUse("--from"));
    }
    Ok(())
}

/// Copies the failures that a single process has counted (SEC-111). Those that replicas share have names that cannot be
/// turned back.
async fn failures(from: &dyn CopyStore, to: &dyn CopyStore, ring: &KeyRing, parts: &Parts) -> Result<(), CopyTrouble> {
    let Some(counts) = from.counts() else {
        return Ok(());
    };
    let known = counts
        .read_counts()
        .map_err(|error| CopyTrouble::Store("--from", error))?;
    let written = |error| CopyTrouble::Store("--to", error);
    if let Some(kept) = to.counts() {
        return match kept.keep_counts(known).await {
            Ok(()) => Ok(()),
            Err(error) => Err(written(StoreError::new(error.to_string()))),
        };
    }
    let Some(rows) = to.rows() else {
        return Ok(());
    };
    let (names, now) = (ring.names(), since_1970(parts.now));
    let kept = known.into_iter().map(|row| KeptRow {
        name: row.name,
        value: row.value,
    });
    for row in kept.filter_map(|row| as_shared(&row, &names, now)) {
        let change = row_change(row);
        if let Some(present) = rows.write_rows(std::slice::from_ref(&change)).await.map_err(written)? {
            let instead = RowChange {
                expected: present.into_iter().next().flatten(),
                ..change
            };
            rows.write_rows(&[instead]).await.map_err(written)?;
        }
    }
    Ok(())
}

fn since_1970(now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(Timestamp::UNIX_EPOCH)).unwrap_or_default()
}

/// Sessions that end from now on end in the copy only: in the store that was copied they must not live again.
async fn retire(config: &Config, from: &Opened) -> Result<(), CopyTrouble> {
    match from {
        Opened::Redis(store) => store
            .retire()
            .await
            .map_err(|error| CopyTrouble::Store("--from", error)),
        Opened::File(store) => {
            store
                .close()
                .await
                .map_err(|error| CopyTrouble::Store("--from", error))?;
            let path = &config.store.path;
            let aside = beside(path, ".copied");
            fs::rename(path, &aside).map_err(|error| CopyTrouble::Files(path.clone(), error))?;
            sync_folder(path).map_err(|error| CopyTrouble::Files(path.clone(), error))
        }
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
