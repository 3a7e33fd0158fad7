//! The passkeys of accounts, and the checks of what they sign.

mod cbor;
mod key;
mod verify;

pub(crate) use key::{Passkey, PublicKey, public_key_from};
pub(crate) use verify::{Assertion, Expected, attested, challenge_of};
