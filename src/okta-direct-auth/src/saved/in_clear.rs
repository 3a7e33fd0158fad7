//! The one place where a secret becomes text that can be stored. The secrets themselves have no `Serialize`, so that
//! none ends up in a reply or a log as a member of another type.

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serializer};

use crate::{
    AccessToken, IdToken, RefreshToken,
    secret::{CodeVerifier, MfaToken, Nonce, OobCode, State},
};

pub(super) trait Secret: From<SecretString> {
    fn text(&self) -> &str;
}

macro_rules! secrets {
    ($($name:ident),*) => {$(
        impl Secret for $name {
            fn text(&self) -> &str {
                self.expose_secret()
            }
        }
    )*};
}

secrets!(
    AccessToken,
    RefreshToken,
    IdToken,
    MfaToken,
    OobCode,
    State,
    Nonce,
    CodeVerifier
);

pub(super) fn serialize<T: Secret, S: Serializer>(secret: &T, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.text())
}

pub(super) fn deserialize<'de, T: Secret, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    SecretString::deserialize(from).map(T::from)
}

/// The same for an optional secret.
pub(super) mod maybe {
    use super::{Deserialize, Deserializer, Secret, SecretString, Serializer};

    #[expect(clippy::ref_option, reason = "serde hands over the member as it is")]
    pub(in crate::saved) fn serialize<T: Secret, S: Serializer>(secret: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
        match secret {
            Some(secret) => to.serialize_some(secret.text()),
            None => to.serialize_none(),
        }
    }

    pub(in crate::saved) fn deserialize<'de, T: Secret, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
        let secret = Option::<SecretString>::deserialize(from)?;
        Ok(secret.map(T::from))
    }
}
