//! `portico keys`: makes, rotates and moves the key ring. None of its commands overwrites a ring.

mod files;
mod moving;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;
use secrecy::ExposeSecret as _;

use super::config_file::ConfigFile;
use super::failure::CommandFailure;
use super::terminal::{complain, say};
use crate::clock::{Clock as _, SystemClock, SystemEntropy};
use crate::session::secrets::keys::{KeyRing, Role};

pub(super) use files::read;
pub(super) use moving::named;

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Create a key ring. It is a secret: only the service may be able to read it.
    New {
        /// The file to create, with mode 0600. Without it, or with `-`, the ring is printed.
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Make the next key of the ring in FILE current. Old keys still decrypt what they encrypted.
    Rotate {
        /// The current key ring, which is left as it is; `-` reads it from standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The file to create for the rotated ring, with mode 0600. Without it, or with `-`, the ring is printed.
        #[arg(value_name = "NEW")]
        new: Option<PathBuf>,
    },
    /// Move the key ring that the embedded store keeps beside its file.
    ///
    /// The first time, it copies the ring to FILE, for `store.keys_file`. Once the settings name it there, it removes the
    /// ring beside the store. The service can be started at any time.
    Move {
        /// The file to create, with mode 0600; `-` prints the ring. Not needed once `store.keys_file` is set.
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        #[command(flatten)]
        config: ConfigFile,
    },
}

/// Writes a key ring, and says what to do with it.
pub(super) fn run(command: &KeysCommand) -> Result<(), CommandFailure> {
    let now = SystemClock.now();
    match command {
        KeysCommand::New { file } => {
            hand_over(&KeyRing::new(&SystemEntropy, now), file.as_deref())?;
            complain("Keep a copy: without its key ring a store cannot be read.\n");
        }
        KeysCommand::Rotate { file, new } => {
            let ring = files::read(file)?;
            let rotated = ring.rotated(&SystemEntropy, now);
            let dropped = ring.inventory().count() + 1 - rotated.inventory().count();
            hand_over(&rotated, new.as_deref())?;
            complain(&advice(&rotated, dropped));
        }
        KeysCommand::Move { file, config } => moving::run(file.as_deref(), config.config.as_deref())?,
    }
    Ok(())
}

/// Writes the ring to a new file, or prints it; and says who has to be able to read it.
fn hand_over(ring: &KeyRing, file: Option<&std::path::Path>) -> Result<(), CommandFailure> {
    let Some(file) = file.filter(|file| *file != std::path::Path::new("-")) else {
        say(ring.render().expose_secret())?;
        complain("Keep this where only Portico can read it, and name the file in store.keys_file.\n");
        return Ok(());
    };
    files::write(ring, file)?;
    let readers = files::readers(file).with_context(|| format!("looking at {}", file.display()))?;
    say(&format!("wrote {}, for store.keys_file\n{readers}", file.display()))
}

fn advice(ring: &KeyRing, dropped: usize) -> String {
    let named = |role| ring.inventory().find(|(_, has, _)| *has == role);
    let current = named(Role::Current).map_or_else(String::new, |(id, _, _)| id.to_string());
    let mut text = format!(
        "Key {current} seals from now on. Put the ring in place of the old one and restart the replicas one after the other; \
         nobody is signed out. Wait for the longest session (session.absolute) between two rotations.\n"
    );
    if dropped > 0 {
        text.push_str("The oldest key was dropped: anything still encrypted with it can no longer be read.\n");
    }
    text
}
