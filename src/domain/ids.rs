//! The ids that browsers hold. Each is random, opaque and of its own type, so that one can never stand in for another.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

macro_rules! secret_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(Zeroizing<[u8; 32]>);

        impl $name {
            /// Takes 256 bits that cannot be guessed: their randomness comes from the injected generator.
            pub fn from_random(bytes: [u8; 32]) -> Self {
                Self(Zeroizing::new(bytes))
            }

            /// Reads the cookie value; `None` for anything that this service cannot have issued.
            pub fn parse(text: &str) -> Option<Self> {
                if text.len() != 43 {
                    return None;
                }
                let mut bytes = Zeroizing::new([0; 32]);
                let decoded = URL_SAFE_NO_PAD.decode_slice(text, bytes.as_mut_slice());
                (decoded.ok()? == bytes.len()).then_some(Self(bytes))
            }

            /// The cookie value.
            pub fn expose(&self) -> String {
                URL_SAFE_NO_PAD.encode(self.0.as_slice())
            }

            /// The raw bytes, to be hashed.
            pub fn expose_bytes(&self) -> &[u8] {
                self.0.as_slice()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([REDACTED])"))
            }
        }
    };
}

secret_id!(
    /// The value of the session cookie. The store knows only its hash.
    SessionId
);
secret_id!(
    /// The value of the attempt cookie: the browser before it is signed in, with all its tabs.
    VisitId
);

secret_id!(
    /// One press of a button, so that its repetition can be recognised: the browser's visit, the page, and what was
    /// typed into it, under a key of ours. It unmasks the result of that press when the same press is repeated.
    Press
);

/// A truncated keyed hash. It is compared and counted, and cannot be reversed.
macro_rules! tag {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 8]);

        impl $name {
            /// The text for records and keys of the store.
            pub fn to_text(self) -> String {
                URL_SAFE_NO_PAD.encode(self.0)
            }

            /// Reads what [`to_text`](Self::to_text) wrote.
            pub fn parse(text: &str) -> Option<Self> {
                let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
                bytes.try_into().ok().map(Self)
            }
        }
    };
}

tag!(
    /// Distinguishes one press from another, and reveals nothing else of it.
    PressMark
);
tag!(
    /// The network from which a form was opened, under a key of ours: it can be counted but not read.
    Network
);

/// An id that the answer to a press gave out, as the attempt keeps it: masked, and readable only with the same press.
/// An attacker who has the store and its keys cannot use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskedId {
    /// Makes the mask different each time.
    pub nonce: [u8; 16],
    /// The id under its mask.
    pub masked: [u8; 32],
}

impl MaskedId {
    /// The text for records.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode([self.nonce.as_slice(), &self.masked].concat())
    }

    /// Reads what [`to_text`](Self::to_text) wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, masked) = bytes.split_first_chunk()?;
        Some(Self {
            nonce: *nonce,
            masked: masked.try_into().ok()?,
        })
    }
}

/// Identifies the attempt of a tab within its visit. Not secret: it is worthless without the visit's cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tab([u8; 16]);

impl Tab {
    /// Takes 96 random bits.
    pub fn from_random(bytes: [u8; 12]) -> Self {
        let mut text = [0; 16];
        // OK because twelve bytes make sixteen characters.
        let _ = URL_SAFE_NO_PAD.encode_slice(bytes, &mut text);
        Self(text)
    }

    /// Parses the text of a form or a URL.
    pub fn parse(text: &str) -> Option<Self> {
        let text: [u8; 16] = text.as_bytes().try_into().ok()?;
        let fits = text
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        fits.then_some(Self(text))
    }

    /// The text for forms and URLs.
    pub fn as_str(&self) -> &str {
        // It only ever holds ASCII characters.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// A tab and the step its page showed: what a form posts back, so that an old page cannot act on a new step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormReference {
    /// The attempt.
    pub tab: Tab,
    /// The step the page was made for.
    pub serial: u32,
}

impl FormReference {
    /// Reads the hidden field `attempt`.
    pub fn parse(text: &str) -> Option<Self> {
        let (tab, serial) = text.split_once('.')?;
        Some(Self {
            tab: Tab::parse(tab)?,
            serial: serial.parse().ok()?,
        })
    }
}

impl fmt::Display for FormReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.tab.as_str(), self.serial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::is_wiped;

    #[test]
    fn an_id_survives_its_cookie_and_never_prints() {
        let id = SessionId::from_random([7; 32]);
        let read = SessionId::parse(&id.expose()).expect("our own id");
        assert_eq!(read.expose_bytes(), id.expose_bytes());
        assert_eq!(format!("{id:?}"), "SessionId([REDACTED])");
    }

    #[test]
    fn sec_218_ids_are_wiped_whole() {
        // If one of these types got another field, this would not compile.
        let SessionId(session) = SessionId::from_random([1; 32]);
        let VisitId(visit) = VisitId::from_random([1; 32]);
        let Press(press) = Press::from_random([1; 32]);
        for bytes in [&session, &visit, &press] {
            is_wiped(bytes);
        }
    }

    #[test]
    fn foreign_values_are_no_ids() {
        let ours = VisitId::from_random([1; 32]).expose();
        let long = format!("{ours}A");
        let padded = format!("{}=", &ours[..42]);
        for value in ["", "x", &ours[..42], &long, &padded, "../../../etc/passwd"] {
            assert!(VisitId::parse(value).is_none(), "{value}");
        }
    }

    #[test]
    fn a_place_survives_its_form() {
        let place = FormReference {
            tab: Tab::from_random([3; 12]),
            serial: 9,
        };
        assert_eq!(FormReference::parse(&place.to_string()), Some(place));
        for value in [
            "",
            ".",
            "abc.1",
            "AwMDAwMDAwMDAwMD",
            "AwMDAwMDAwMDAwMD.",
            "AwMDAwMDAwMDAwMD.x",
            "<script>.1",
        ] {
            assert_eq!(FormReference::parse(value), None, "{value}");
        }
    }
}
