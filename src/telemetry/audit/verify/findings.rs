//! What was found, and where.

use std::fmt;

/// Told one by one; those beyond are counted.
const MOST_TOLD: usize = 100;

/// What was found, in sentences.
#[derive(Debug, Default)]
pub struct Verification {
    /// What is wrong.
    pub problems: Vec<String>,
    /// What cannot be known.
    pub warnings: Vec<String>,
    /// What each chain holds.
    pub chains: Vec<String>,
    /// How many problems there were beyond those told.
    pub untold: usize,
}

impl Verification {
    pub(super) fn problem(&mut self, text: String) {
        if self.problems.len() < MOST_TOLD {
            self.problems.push(text);
        } else {
            self.untold += 1;
        }
    }
}

/// Where a record stands.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
