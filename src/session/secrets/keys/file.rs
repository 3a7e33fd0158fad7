//! The key ring as a file, for operators and secret stores.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use thiserror::Error;
use zeroize::Zeroizing;

use super::{KeyId, KeyRing, LENGTH, RingKey, Role};

/// Why a text is not a key ring. Never quotes its content.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum BadKeyRing {
    /// Not TOML, or with unknown names.
    #[error("the key ring is not what `portico keys new` writes: {0}")]
    NotARing(String),
    /// A key cannot be read.
    #[error("key {0} of the ring has a secret that is not 32 bytes in base64url")]
    BadSecret(String),
    /// An id is not eight hexadecimal digits.
    #[error("the ring has a key whose id is not eight hexadecimal digits")]
    BadId,
    /// Two keys with one name.
    #[error("the ring has two keys named {0}")]
    Twice(String),
    /// No key, or more than one, seals.
    #[error("the ring needs exactly one key with role \"current\", and has {0}")]
    NotOneCurrent(usize),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RingFile {
    #[serde(default)]
    key: Vec<KeyFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    id: String,
    role: RoleFile,
    created: Timestamp,
    secret: SecretString,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum RoleFile {
    Next,
    Current,
    Old,
    Compromised,
}

impl KeyRing {
    /// Reads what [`KeyRing::render`] wrote.
    pub fn parse(text: &SecretString) -> Result<Self, BadKeyRing> {
        let file: RingFile =
            toml::from_str(text.expose_secret()).map_err(|error| BadKeyRing::NotARing(error.message().to_owned()))?;
        let mut keys = file
            .key
            .into_iter()
            .map(KeyFile::into_key)
            .collect::<Result<Vec<_>, _>>()?;
        for (place, key) in keys.iter().enumerate() {
            if keys.iter().skip(place + 1).any(|other| other.id == key.id) {
                return Err(BadKeyRing::Twice(key.id.to_string()));
            }
        }
        let current = keys.iter().filter(|key| key.role == Role::Current).count();
        if current != 1 {
            return Err(BadKeyRing::NotOneCurrent(current));
        }
        keys.sort_by_key(|key| match key.role {
            Role::Current => 0,
            Role::Next => 1,
            Role::Old => 2,
            Role::Compromised => 3,
        });
        Ok(Self { keys: keys.into() })
    }

    /// Writes the ring to a file that does not exist yet, so that only its owner can read it, and syncs it to disk before
    /// anything is sealed with it. A file that could not be written whole does not stay.
    pub fn write_new(&self, path: &Path) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let written = file.write_all(self.render().expose_secret().as_bytes());
        let synced = written.and_then(|()| file.sync_all());
        if synced.is_err() {
            // OK to ignore: the first error is the one to tell.
            let _ = std::fs::remove_file(path);
            return synced;
        }
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }

    /// The file. It is a secret: with it, an attacker can open the store.
    pub fn render(&self) -> SecretString {
        let mut text = String::from(
            "# Key ring of Portico, as secret as a password. It opens what is stored, and every replica needs the same one.\n\
             # `portico keys rotate` makes a new one of it; drop no key that may have sealed something still in use.\n",
        );
        for key in self.keys.iter() {
            let role = match key.role {
                Role::Next => "next",
                Role::Current => "current",
                Role::Old => "old",
                Role::Compromised => "compromised",
            };
            let secret = Zeroizing::new(URL_SAFE_NO_PAD.encode(key.secret.as_slice()));
            // OK because writing to a string cannot fail.
            let _ = write!(
                text,
                "\n[[key]]\nid = \"{}\"\nrole = \"{role}\"\ncreated = \"{}\"\nsecret = \"{}\"\n",
                key.id,
                key.created,
                secret.as_str()
            );
        }
        SecretString::from(text)
    }
}

impl KeyFile {
    fn into_key(self) -> Result<RingKey, BadKeyRing> {
        let mut id = [0; 4];
        if self.id.len() != 8 || !self.id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(BadKeyRing::BadId);
        }
        let digits = u32::from_str_radix(&self.id, 16).map_err(|_| BadKeyRing::BadId)?;
        id.copy_from_slice(&digits.to_be_bytes());
        let bytes = URL_SAFE_NO_PAD
            .decode(self.secret.expose_secret())
            .map(Zeroizing::new)
            .map_err(|_| BadKeyRing::BadSecret(self.id.clone()))?;
        let secret: [u8; LENGTH] = bytes
            .as_slice()
            .try_into()
            .map_err(|_| BadKeyRing::BadSecret(self.id.clone()))?;
        let role = match self.role {
            RoleFile::Next => Role::Next,
            RoleFile::Current => Role::Current,
            RoleFile::Old => Role::Old,
            RoleFile::Compromised => Role::Compromised,
        };
        let secret = Zeroizing::new(secret);
        Ok(RingKey::with_secret(KeyId(id), role, self.created, secret))
    }
}
