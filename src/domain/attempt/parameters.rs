//! The parameters at the start of a sign-in.

use std::time::Duration;

/// The parameters in the URL of the form besides the destination. Hardly any sign-in has any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    /// The requested assurance classes; the same on every call of the attempt.
    pub acr_values: Vec<String>,
    /// The greatest age of a proof that was not given here, but behind a session at Okta.
    pub max_age: Option<Duration>,
    /// The `sub` whose session is to be stepped up; no other customer may finish the attempt.
    pub raises: Option<String>,
    /// The requested language, one of those that this service has.
    pub language: Option<String>,
}

impl Parameters {
    /// Whether any session is good enough.
    pub fn ask_for_no_more(&self) -> bool {
        self.acr_values.is_empty() && self.max_age.is_none() && self.raises.is_none()
    }
}

/// The parameters as an attempt keeps them: thousands wait at once, and fields that are rarely set take no memory in
/// the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptParameters(Option<Box<Parameters>>);

impl KeptParameters {
    /// The parameters.
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
