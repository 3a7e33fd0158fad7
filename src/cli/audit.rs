//! `portico audit`: reads what the log says about people.

use std::path::Path;

use anyhow::anyhow;
use clap::Subcommand;

use super::config_file::ConfigFile;
use super::failure::CommandFailure;
use super::terminal::say;
use super::{keys, settings};
use crate::config::StoreKind;
use crate::session::secrets::Pseudonyms;
use crate::session::secrets::keys::KeyRing;

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Print what the log calls a user: one name for each key of the ring, the current one first.
    Who {
        /// The login, as the customer types it or as Okta has it.
        #[arg(value_name = "NAME", allow_hyphen_values = true)]
        name: String,
        #[command(flatten)]
        file: ConfigFile,
    },
}

/// Prints the pseudonyms of a user.
pub(super) fn run(command: &AuditCommand) -> Result<(), CommandFailure> {
    let AuditCommand::Who { name, file } = command;
    let names = Pseudonyms::new(&ring(file.config.as_deref())?).all(name);
    say(&(names.join("\n") + "\n"))
}

/// The key ring of the service: the one that the settings name, else the one beside the store.
fn ring(path: Option<&Path>) -> Result<KeyRing, CommandFailure> {
    let config = settings::load(path)?;
    let ring = match keys::named(&config)? {
        Some(named) => Ok(named),
        None if config.store.kind == StoreKind::Embedded => keys::read(&config.store.own_keys()),
        None => Err(anyhow!(
            "there is no key ring: with store.kind = \"memory\" what the log calls users changes with every start"
        )),
    };
    Ok(ring?)
}
