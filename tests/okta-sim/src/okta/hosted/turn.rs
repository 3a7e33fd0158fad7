//! A form that the hosted page posts, and its outcome.

use crate::{browsers::SignIn, okta::call::Call, policy::Proof, state::State};

pub(super) struct Turn<'a> {
    pub(super) state: &'a mut State,
    pub(super) call: &'a Call<'a>,
    pub(super) sign_in: SignIn,
}

pub(super) enum Moved {
    Proved(Proof),
    /// Another page of the same sign-in.
    Turned,
}

/// The error is the message that the page shows; nothing was proved.
pub(super) type Tried = Result<Moved, String>;
