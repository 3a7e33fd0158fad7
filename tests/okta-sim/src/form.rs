//! The parameters of a form or a query, kept in order so that repeated names are noticed.

use std::collections::HashSet;

use url::form_urlencoded;

use crate::{errors, reply::Reply};

#[derive(Debug, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn has_duplicates(&self) -> bool {
        let mut seen = HashSet::new();
        self.0.iter().any(|(name, _)| !seen.insert(name))
    }

    /// The value of `name`; an empty one counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let field = self.0.iter().find(|(known, _)| known == name);
        field.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    pub(crate) fn require(&self, name: &str) -> Result<&str, Reply> {
        self.get(name).ok_or_else(|| errors::missing_parameter(name))
    }
}
