//! Where sessions and attempts are kept.

use std::num::NonZeroU32;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use super::key::{Key, SettingKind};
use super::reader::{Reader, Reported};
use super::redis_url::RedisUrl;
use super::value::Choice;
use super::{ca, secret};

/// The store and its bounds.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    pub kind: StoreKind,
    /// The file of the embedded store.
    pub path: PathBuf,
    /// Present whenever `kind` is [`StoreKind::Redis`].
    pub redis: Option<RedisConfig>,
    /// How long a session that this process has just read may pass while the store does not answer.
    pub grace: Duration,
    /// The text of the key ring; without it the embedded store keeps one beside its file.
    pub keys: Option<SecretString>,
    /// The file that holds it, if it is named by `store.keys_file`.
    pub keys_file: Option<PathBuf>,
    /// Attempts at once; beyond it, open forms and names without a proof give way first.
    pub max_attempts: NonZeroU32,
    /// Sessions at once.
    pub max_sessions: NonZeroU32,
}

/// Redis, and how to talk to it.
#[derive(Debug, Clone)]
pub struct RedisConfig {
    pub url: RedisUrl,
    pub password: Option<SecretString>,
    /// Certificates to trust instead of the machine's, PEM.
    pub ca: Option<Vec<u8>>,
    pub prefix: String,
    pub timeout: Duration,
    /// How many replicas of Redis must have a change before it is acknowledged.
    pub replicas: u32,
}

/// Where sessions and attempts are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKind {
    /// A file on a volume, used by one process.
    Embedded,
    /// Redis or Valkey, shared by replicas of this service.
    Redis,
    /// The memory of this process: a restart signs everybody out.
    Memory,
}

pub(super) const KEYS: &[Key] = &[
    Key::with_default(
        "store.kind",
        SettingKind::Choice(&["embedded", "redis", "memory"]),
        "embedded",
        "Where sessions and sign-ins in progress are stored. `embedded`: in a file (`store.path`) that one process \
         uses; a restart signs nobody out. `redis`: in Redis 6.2 or newer, or Valkey (`store.url`), shared by any \
         number of replicas. `memory`: in this process, for trying things out; a restart signs everyone out.",
    ),
    Key::with_default(
        "store.path",
        SettingKind::File,
        "/var/lib/portico/portico.redb",
        "File of the embedded store. It is created at the first start; its directory must exist and be on a volume \
         that outlives the container.",
    ),
    Key::optional(
        "store.url",
        SettingKind::Line,
        "needed for `redis`",
        "rediss://portico@redis.example.com:6379",
        "Address of Redis: `redis://host:6379/0`, `redis+sentinel://host:26379,host:26379/name-of-the-master` or \
         `redis+cluster://host:6379,host:6379`; `rediss` for TLS; `user@` before the hosts for an ACL user. The \
         password has its own key.",
    ),
    Key::optional(
        "store.password",
        SettingKind::Secret,
        "no password is sent",
        "the password of the ACL user",
        "Password for Redis. Better kept in a file: `store.password_file`.",
    ),
    Key::optional(
        "store.password_file",
        SettingKind::SecretFile,
        "no password is sent",
        "/run/secrets/redis-password",
        "File that contains the password for Redis.",
    ),
    Key::optional(
        "store.ca_file",
        SettingKind::File,
        "the certificates of the machine are trusted",
        "/etc/portico/redis-ca.pem",
        "Certificates (PEM) to trust for Redis over TLS, instead of those of the machine.",
    ),
    Key::with_default(
        "store.prefix",
        SettingKind::Word,
        "portico",
        "Prefix of every key in Redis, as a hash tag: `{portico}:…`. Services that share a Redis need different \
         prefixes.",
    ),
    Key::with_default(
        "store.timeout",
        SettingKind::Duration(1, 30),
        "1s",
        "How long Redis may take to answer. After that it counts as unavailable: sign-ins get a page that says so, and \
         sessions are accepted within `store.grace`.",
    ),
    Key::with_default(
        "store.replicas",
        SettingKind::Count(0, 10),
        "0",
        "How many Redis replicas must confirm the start or end of a session before the browser gets a response \
         (`WAIT`). With sentinels, 1 ensures that a fail-over does not bring back a session that was ended. Not for \
         clusters.",
    ),
    Key::with_default(
        "store.grace",
        SettingKind::Duration(0, 3600),
        "0s",
        "How long a session that this process has recently read from Redis is still accepted while Redis does not \
         answer. `0s`: not at all; such requests get 503. A session that is ended during that time is refused only \
         once Redis is back.",
    ),
    Key::optional(
        "store.keys",
        SettingKind::Secret,
        "",
        "the text that `portico keys new` prints",
        "The key ring that encrypts the store. Better kept in a file: `store.keys_file`.",
    ),
    Key::optional(
        "store.keys_file",
        SettingKind::SecretFile,
        "the embedded store makes a key ring beside its file, `portico.redb.keys`; `redis` needs one",
        "/run/secrets/portico-keys.toml",
        "File that contains the key ring, as created by `portico keys new FILE`, or by `portico keys move FILE` where a \
         store has one beside it. The store can be read only with it, so keep it apart from the volume, and keep a copy.",
    ),
    Key::with_default(
        "store.max_attempts",
        SettingKind::Count(100, 10_000_000),
        "100000",
        "Maximum number of concurrent sign-ins in progress. Beyond it, forms and sign-ins without any proof are \
         discarded first, starting with those from the network that has the most, so that a flood does not interrupt \
         customers who are signing in.",
    ),
    Key::with_default(
        "store.max_sessions",
        SettingKind::Count(100, 100_000_000),
        "1000000",
        "Maximum number of concurrent sessions. Beyond it, new sign-ins are refused. Existing sessions are never ended \
         for this, even if you lower the value.",
    ),
];

/// The key ring that the embedded store keeps beside its file if the settings have none.
pub(super) fn own_keys(store: &Path) -> PathBuf {
    let mut path = store.as_os_str().to_owned();
    path.push(".keys");
    path.into()
}

impl StoreConfig {
    pub(super) fn read(reader: &mut Reader) -> Result<Self, Reported> {
        let kind = reader.get("store.kind");
        let path = reader.get("store.path");
        let keys = secret::read(reader, "store.keys").and_then(|keys| is_ring(reader, keys));
        let redis = RedisConfig::read(reader, kind.as_ref().ok(), keys.as_ref().ok());
        let grace = reader.get("store.grace");
        let max_attempts = reader.get("store.max_attempts");
        let max_sessions = reader.get("store.max_sessions");
        let keys_file = reader.peek("store.keys_file");
        let store = Self {
            kind: kind?,
            path: path?,
            redis: redis?,
            grace: grace?,
            keys: keys?,
            keys_file,
            max_attempts: max_attempts?,
            max_sessions: max_sessions?,
        };
        let own = store.own_keys();
        if store.kind == StoreKind::Embedded && store.keys.is_some() && own.exists() && !store.names_own_keys() {
            let text = format!(
                "is set, and the key ring {} is still next to the store: `portico keys move` removes it",
                own.display()
            );
            reader.warn("store.keys_file", &text);
        }
        Ok(store)
    }

    /// [`own_keys`] of this store.
    pub fn own_keys(&self) -> PathBuf {
        own_keys(&self.path)
    }

    /// Whether `store.keys_file` is that very file, under whatever name.
    pub fn names_own_keys(&self) -> bool {
        let named = self.keys_file.as_deref();
        named.is_some_and(|named| is_same_file(named, &self.own_keys()))
    }
}

/// Whether both paths lead to one file, through links too.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    let of = |path: &Path| std::fs::metadata(path).map(|it| (it.dev(), it.ino())).ok();
    of(one).is_some_and(|one| of(other) == Some(one))
}

impl RedisConfig {
    /// Reads the keys of Redis whatever the kind is, so that a mistake shows before it matters.
    fn read(
        reader: &mut Reader,
        kind: Option<&StoreKind>,
        keys: Option<&Option<SecretString>>,
    ) -> Result<Option<Self>, Reported> {
        let url = reader.get_optional::<RedisUrl>("store.url");
        let password = secret::read(reader, "store.password");
        let ca = ca::read(reader, "store.ca_file");
        let prefix = reader.get("store.prefix");
        let timeout = reader.get("store.timeout");
        let replicas = reader.get::<u32>("store.replicas");
        let is_kind = kind == Some(&StoreKind::Redis);
        if is_kind && matches!(keys, Some(None)) {
            let rule = "is redis, and there is no key ring: every replica needs the same one";
            reader.refuse(
                "store.kind",
                rule,
                "portico keys new keys.toml, and store.keys_file with its path",
            );
        }
        let (url, password, ca) = (url?, password?, ca?);
        let Some(url) = url else {
            if is_kind {
                reader.refuse(
                    "store.url",
                    "is not set, and store.kind is redis",
                    "url = \"rediss://redis.example.com:6379\"",
                );
                return Err(Reported);
            }
            return Ok(None);
        };
        if !url.is_tls && !url.is_loopback() {
            reader.warn(
                "store.url",
                "does not use TLS: anyone who can listen on the network sees the password; use rediss://",
            );
        }
        Ok(Some(Self {
            url,
            password,
            ca,
            prefix: prefix?,
            timeout: timeout?,
            replicas: replicas?,
        }))
    }
}

/// A rough check, so that the fault is reported with all others; the ring is parsed when the service is built.
fn is_ring(reader: &mut Reader, keys: Option<SecretString>) -> Result<Option<SecretString>, Reported> {
    let is_ring = |keys: &SecretString| keys.expose_secret().contains("[[key]]");
    if keys.as_ref().is_none_or(is_ring) {
        return Ok(keys);
    }
    let path = if reader.is_set("store.keys") {
        "store.keys"
    } else {
        "store.keys_file"
    };
    reader.refuse(path, "holds no key ring", "a file that `portico keys new` made");
    Err(Reported)
}

impl Choice for StoreKind {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("embedded", Self::Embedded),
        ("redis", Self::Redis),
        ("memory", Self::Memory),
    ];
}
