//! Where sessions and attempts are kept.

use std::num::NonZeroU32;
use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};

use super::key::{Key, Kind};
use super::reader::{Reader, Reported};
use super::secret;
use super::value::Choice;

/// The store and its bounds.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    pub kind: StoreKind,
    /// The file of the embedded store.
    pub path: PathBuf,
    /// The text of the key ring; without it the embedded store keeps one beside its file.
    pub keys: Option<SecretString>,
    /// Sign-ins in progress at once; the oldest gives way.
    pub max_attempts: NonZeroU32,
    /// Sessions at once.
    pub max_sessions: NonZeroU32,
}

/// What keeps the sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKind {
    /// A file on a volume, used by one process.
    Embedded,
    /// This process: a restart signs everybody out.
    Memory,
}

pub(super) const KEYS: &[Key] = &[
    Key::with_default(
        "store.kind",
        Kind::Choice(&["embedded", "memory"]),
        "embedded",
        "Where sessions and sign-ins in progress are kept. `embedded`: a file (`store.path`) that one process uses; a \
         restart signs nobody out. `memory`: this process, for trying out; a restart signs everybody out.",
    ),
    Key::with_default(
        "store.path",
        Kind::File,
        "/var/lib/portico/portico.redb",
        "File of the embedded store. Made at the first start; its folder must be there and on a volume that outlives the \
         container.",
    ),
    Key::optional(
        "store.keys",
        Kind::Secret,
        "",
        "the text that `portico keys new` printed",
        "The key ring that seals what is stored. Better in a file: `store.keys_file`.",
    ),
    Key::optional(
        "store.keys_file",
        Kind::SecretFile,
        "the embedded store makes a key ring beside its file, `portico.redb.keys`",
        "/run/secrets/portico-keys.toml",
        "File of the key ring that `portico keys new` made. What is stored can be read only with it, so keep it apart from \
         the volume, and keep a copy.",
    ),
    Key::with_default(
        "store.max_attempts",
        Kind::Count(100, 10_000_000),
        "100000",
        "Sign-ins in progress at once. Beyond it the oldest gives way.",
    ),
    Key::with_default(
        "store.max_sessions",
        Kind::Count(100, 100_000_000),
        "1000000",
        "Sessions at once.",
    ),
];

impl StoreConfig {
    pub(super) fn read(reader: &mut Reader) -> Result<Self, Reported> {
        let kind = reader.get("store.kind");
        let path = reader.get("store.path");
        let keys = secret::read(reader, "store.keys").and_then(|keys| is_ring(reader, keys));
        let max_attempts = reader.get("store.max_attempts");
        let max_sessions = reader.get("store.max_sessions");
        Ok(Self {
            kind: kind?,
            path: path?,
            keys: keys?,
            max_attempts: max_attempts?,
            max_sessions: max_sessions?,
        })
    }
}

/// Told here, with everything else that is wrong, and looked at closely when the service is built.
fn is_ring(
    reader: &mut Reader,
    keys: Option<SecretString>,
) -> Result<Option<SecretString>, Reported> {
    let is_ring = |keys: &SecretString| keys.expose_secret().contains("[[key]]");
    if keys.as_ref().is_none_or(is_ring) {
        return Ok(keys);
    }
    let path = if reader.is_set("store.keys") {
        "store.keys"
    } else {
        "store.keys_file"
    };
    reader.refuse(
        path,
        "holds no key ring",
        "a file that `portico keys new` made",
    );
    Err(Reported)
}

impl Choice for StoreKind {
    const CHOICES: &'static [(&'static str, Self)] =
        &[("embedded", Self::Embedded), ("memory", Self::Memory)];
}
