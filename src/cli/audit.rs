//! `portico audit`: reads what log and audit record say about people, and verifies the record.

mod verify;

use std::path::Path;

use anyhow::anyhow;
use clap::Subcommand;

use super::config_file::ConfigFile;
use super::failure::CommandFailure;
use super::terminal::say;
use super::{keys, settings};
use crate::config::StoreKind;
use crate::session::secrets::keys::{KeyRing, Role};
use crate::session::secrets::{AuditPublicKey, Pseudonyms};

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
    /// Print the public halves of the keys that sign the audit record: one for each key of the ring, the current one first.
    Key {
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Verify files of the audit record. Needs neither settings nor key ring.
    Verify(verify::VerifyArgs),
}

/// Runs one of them.
pub(super) fn run(command: &AuditCommand) -> Result<(), CommandFailure> {
    match command {
        AuditCommand::Who { name, file } => {
            let names = Pseudonyms::new(&ring(file.config.as_deref())?).all(name);
            say(&(names.join("\n") + "\n"))
        }
        AuditCommand::Key { file } => say(&keys_of(&ring(file.config.as_deref())?)),
        AuditCommand::Verify(arguments) => verify::run(arguments),
    }
}

/// A line for each key: its public half first, for scripts.
fn keys_of(ring: &KeyRing) -> String {
    let halves = AuditPublicKey::all(ring).into_iter();
    let lines = halves.map(|(id, role, half)| {
        let role = match role {
            Role::Current => "current: signs",
            Role::Next => "next: signs after a rotation",
            Role::Old => "old: signed before a rotation",
            Role::Compromised => "compromised: whoever stole it can sign, too",
        };
        format!("{half}  {id}  {role}\n")
    });
    lines.collect()
}

/// The key ring of the service: the one that the settings name, else the one beside the store.
fn ring(path: Option<&Path>) -> Result<KeyRing, CommandFailure> {
    let config = settings::load(path)?;
    let ring = match keys::named(&config)? {
        Some(named) => Ok(named),
        None if config.store.kind == StoreKind::Embedded => keys::read(&config.store.own_keys()),
        None => Err(anyhow!(
            "there is no key ring: with store.kind = \"memory\" the keys change with every start"
        )),
    };
    Ok(ring?)
}
