//! `portico config reference`: prints the reference of the settings.

use anyhow::Context as _;

use super::failure::CommandFailure;
use super::terminal::say;
use crate::config;

/// Prints every key, as Markdown or as JSON Schema.
pub(super) fn run(json_schema: bool) -> Result<(), CommandFailure> {
    if json_schema {
        let schema = serde_json::to_string_pretty(&config::json_schema()).context("writing the schema")?;
        return say(&format!("{schema}\n"));
    }
    say(&config::reference())
}
