//! What the first form asks for.

use crate::domain::input::Login;

/// What the first form says, apart from the password.
#[derive(Debug, Clone)]
pub struct FirstForm {
    /// The name that the customer gave.
    pub login: Login,
    /// Whether the customer asks to stay signed in.
    pub remember: bool,
}
