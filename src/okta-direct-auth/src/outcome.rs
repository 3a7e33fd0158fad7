//! What the outcome of a call says.

/// What an outcome says, for whoever watches over the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutcomeClass {
    /// Okta answered, and the flow goes on.
    Normal,
    /// Okta refused the user, as it does many times a day: a wrong code, an expired challenge, a user without access.
    User,
    /// Okta, the network or a setting is in trouble.
    Trouble,
}

impl OutcomeClass {
    /// A name for metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::User => "user",
            Self::Trouble => "trouble",
        }
    }
}
