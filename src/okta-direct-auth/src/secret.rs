//! One type per secret, so that one cannot be sent where another belongs.

use std::{fmt, sync::Arc};

use secrecy::{ExposeSecret, SecretString};

// Clones share the text, so there is one copy of it to overwrite.
macro_rules! secret {
    ($(#[$doc:meta])* $vis:vis $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        $vis struct $name(Arc<SecretString>);

        impl $name {
            $vis fn new(value: impl Into<String>) -> Self {
                Self(Arc::new(SecretString::from(value.into())))
            }

            /// The bare text, for the one place where it leaves the process.
            $vis fn expose_secret(&self) -> &str {
                self.0.expose_secret()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

secret!(
    /// What the user typed as their password, byte for byte.
    pub Password
);
secret!(
    /// What the user typed as a one-time code. Sent as typed: email codes may contain letters, and case counts.
    pub Code
);
secret!(
    /// Opaque for clients of the org authorization server: check it with introspection or user info, never parse it.
    pub AccessToken
);
secret!(
    /// The longest-lived secret of all. Okta may send a new one with every refresh; keep the newest.
    pub RefreshToken
);
secret!(
    /// The signed ID token as it came. Its checked content is in [`Claims`](crate::Claims).
    pub IdToken
);
secret!(
    /// An address for the user's browser alone: it holds secrets that must not be logged.
    pub BrowserUrl
);
secret!(
    /// The code that Okta's hosted page sends the browser back with.
    pub(crate) AuthorizationCode
);
secret!(
    /// Ties the answer of Okta's hosted page to the browser that was sent there.
    pub(crate) State
);
secret!(
    /// Ties the ID token to the request.
    pub(crate) Nonce
);
secret!(
    /// Proves to the token endpoint that the client that brings the code also requested it (RFC 7636).
    pub(crate) CodeVerifier
);
secret!(
    /// Proof that the first factor passed.
    pub(crate) MfaToken
);
secret!(
    /// Identifies one out-of-band transaction.
    pub(crate) OobCode
);

macro_rules! from_secret {
    ($($name:ident),*) => {$(
        impl From<SecretString> for $name {
            fn from(value: SecretString) -> Self {
                Self(Arc::new(value))
            }
        }
    )*};
}

from_secret!(
    Password,
    Code,
    AccessToken,
    RefreshToken,
    IdToken,
    State,
    Nonce,
    CodeVerifier,
    MfaToken,
    OobCode
);

/// Compiles only for types that are overwritten when dropped.
#[cfg(test)]
pub(crate) fn is_wiped<T: secrecy::zeroize::ZeroizeOnDrop>(_: &T) {}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! are_wiped_whole {
        ($($name:ident)*) => {$(
            // Does not compile once a field is added to one of them.
            let $name(text) = $name::new("x");
            is_wiped(&*text);
        )*};
    }

    #[test]
    fn sec_218_passwords_codes_and_tokens_are_wiped_whole() {
        are_wiped_whole!(
            Password Code AccessToken RefreshToken IdToken BrowserUrl AuthorizationCode State Nonce CodeVerifier MfaToken OobCode
        );
    }
}
