//! What was asked for at the start of a sign-in.

use std::time::Duration;

/// What the address of the form asks for besides the destination. Hardly any sign-in asks for anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    /// The assurance classes wanted; the same on every call of the attempt.
    pub acr_values: Vec<String>,
    /// The greatest age of a proof that was not given here, but stands behind a session at Okta.
    pub max_age: Option<Duration>,
    /// The `sub` whose session is to be raised; no other customer may finish the attempt.
    pub raises: Option<String>,
    /// The language wanted, one of those that this service speaks.
    pub language: Option<String>,
}

impl Parameters {
    /// Whether any session is good enough.
    pub fn ask_for_no_more(&self) -> bool {
        self.acr_values.is_empty() && self.max_age.is_none() && self.raises.is_none()
    }
}

/// The same as an attempt keeps it: thousands wait at once, and what hardly any of them has takes no room in the
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
