//! The values of the first form.

use crate::domain::input::Login;

/// The fields of the first form, apart from the password.
#[derive(Debug, Clone)]
pub struct FirstForm {
    /// The name that the customer gave.
    pub login: Login,
    /// Whether the customer asks to stay signed in.
    pub remember: bool,
}
