//! One post of the sign-in page, and what came of it.

use crate::{browsers::SignIn, okta::call::Call, policy::Proof, state::State};

/// One post of the page.
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

/// The error is what the page says; the sign-in stays where it is.
pub(super) type Tried = Result<Moved, String>;
