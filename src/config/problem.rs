//! Problems in the settings, reported so that they can be put right at once.

use std::fmt;
use std::path::PathBuf;

/// Everything that is wrong with the settings. Its `Display` is written for the operator and holds no secret.
#[derive(Debug, Clone, thiserror::Error)]
pub struct ConfigErrors {
    /// Never empty; unknown keys first, then in the order of the reference.
    pub problems: Vec<ConfigProblem>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// Dotted path of the key, or another name for what is wrong, such as "settings file".
    pub key: String,
    pub location: Location,
    /// The value as written; `None` when there is none, or when it must not be shown.
    pub found: Option<String>,
    /// The broken rule, to be read after the key: "is longer than …".
    pub rule: String,
    /// What to write instead.
    pub fix: String,
}

/// Where a setting was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// In a file, at this line (from 1).
    Line(PathBuf, usize),
    /// About a file as a whole.
    File(PathBuf),
    /// In this environment variable.
    Variable(String),
    /// In this argument of the command.
    Flag(&'static str),
    /// Not set anywhere, or the key itself already names the variable.
    Nowhere,
}

/// A setting that is allowed, but worth a second look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    pub key: String,
    /// To be read after the key: "is off: …".
    pub text: String,
}

impl Warning {
    pub(crate) fn new(key: &str, text: &str) -> Self {
        Self {
            key: key.to_owned(),
            text: text.to_owned(),
        }
    }
}

impl ConfigErrors {
    pub(super) fn one(problem: ConfigProblem) -> Self {
        Self {
            problems: vec![problem],
        }
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.len() {
            1 => f.write_str("the settings have a problem:")?,
            count => write!(f, "the settings have {count} problems:")?,
        }
        self.problems.iter().try_for_each(|problem| write!(f, "\n\n{problem}"))
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key)?;
        if let Some(found) = &self.found {
            write!(f, " = {found}")?;
        }
        write!(f, "{}\n    {}\n    fix: {}", self.location, self.rule, self.fix)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(path, line) => write!(f, "  ({}, line {line})", path.display()),
            Self::File(path) => write!(f, "  ({})", path.display()),
            Self::Variable(name) => write!(f, "  (environment variable {name})"),
            Self::Flag(name) => write!(f, "  ({name})"),
            Self::Nowhere => Ok(()),
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.key, self.text)
    }
}
