//! What a sign-in *is*, without network, clock or page: validated inputs, the attempt and its one transition function,
//! the session and its lifetimes.
//!
//! This room may name the state types of `okta_direct_auth`, never its client. Start reading at [`attempt`].

pub mod assurance;
pub mod attempt;
pub mod browser;
pub mod device;
pub mod end;
pub mod factor;
pub mod identity;
pub mod ids;
pub mod input;
pub mod logout_notice;
pub mod network;
pub mod past_try;
pub mod problem;
pub mod revocation;
pub mod session;
pub mod step;

/// Compiles only for types that are zeroised when they are dropped.
#[cfg(test)]
pub(crate) fn is_wiped<T: zeroize::ZeroizeOnDrop>(_: &T) {}
