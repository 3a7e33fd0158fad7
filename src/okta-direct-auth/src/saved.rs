//! Saved and restored states, so that a sign-in survives a restart or moves to another process.
//!
//! A saved state holds secrets in clear, and restoring trusts it: seal it (encrypted and authenticated) before storing
//! it anywhere. The format may grow: unknown members are ignored, and an optional one may be missing.

mod channel;
mod code;
mod dpop_key;
mod flow;
mod hosted;
mod in_clear;
mod mfa;
mod origin;
mod passkey;
mod push;
mod times;
mod tokens;

pub use self::{
    code::SavedCode, dpop_key::SavedDpopKey, hosted::SavedHosted, mfa::SavedMfa, passkey::SavedPasskey,
    push::SavedPush, tokens::SavedTokens,
};

#[cfg(test)]
mod tests;
