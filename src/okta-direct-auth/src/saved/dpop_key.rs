//! The saved key that tokens are bound to.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretBox, SecretString, zeroize::Zeroizing};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::DpopKey;

/// A saved [`DpopKey`]. Holds a private key in clear: seal it before storing it.
#[derive(Clone)]
pub struct SavedDpopKey(DpopKey);

impl DpopKey {
    pub fn save(&self) -> SavedDpopKey {
        SavedDpopKey(self.clone())
    }
}

impl SavedDpopKey {
    pub fn restore(self) -> DpopKey {
        self.0
    }
}

impl Serialize for SavedDpopKey {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let text = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.encode(self.0.expose_scalar()));
        to.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for SavedDpopKey {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = SecretString::deserialize(from)?;
        read(&text)
            .map(Self)
            .ok_or_else(|| D::Error::custom("not a private key"))
    }
}

fn read(text: &SecretString) -> Option<DpopKey> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.expose_secret()).ok();
    let bytes = Zeroizing::new(bytes?);
    let fill = |scalar: &mut [u8; 32]| scalar.copy_from_slice(&bytes);
    (bytes.len() == 32)
        .then(|| SecretBox::init_with_mut(fill))
        .and_then(DpopKey::from_scalar)
}

impl fmt::Debug for SavedDpopKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SavedDpopKey(..)")
    }
}
