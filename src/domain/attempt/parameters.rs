//! What a sign-in was asked for.

use std::time::Duration;

/// What the address of the form asks for, beside where to go. Nearly nobody asks for anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    /// The assurance wanted; the same on every call of the flow.
    pub acr_values: Vec<String>,
    /// The oldest that a proof may be which was not given here, but stands behind a session at Okta.
    pub max_age: Option<Duration>,
    /// Whose session is to be raised; nobody else may finish the attempt.
    pub raises: Option<String>,
    /// The language wanted, one of ours.
    pub language: Option<String>,
}

/// The same as an attempt keeps it: thousands wait at once, and what nearly none of them has takes no room in the
/// others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptParameters(Option<Box<Parameters>>);

impl KeptParameters {
    /// What was asked for.
    pub fn get(&self) -> &Parameters {
        static NOTHING: Parameters = Parameters {
            acr_values: Vec::new(),
            max_age: None,
            raises: None,
            language: None,
        };
        self.0.as_deref().unwrap_or(&NOTHING)
    }
}

impl From<Parameters> for KeptParameters {
    fn from(parameters: Parameters) -> Self {
        let is_nothing = parameters == Parameters::default();
        Self((!is_nothing).then(|| Box::new(parameters)))
    }
}
