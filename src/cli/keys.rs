//! `portico keys`: makes, rotates and moves the key ring, also after a theft. None of its commands overwrites a ring.

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
        /// Somebody else may have the ring: replace all its keys. The former ones only decrypt what is in the store.
        #[arg(long)]
        compromised: bool,
    },
    /// Leave out the keys of the ring in FILE that are marked as compromised: what they encrypted becomes unreadable.
    Drop {
        /// The current key ring, which is left as it is; `-` reads it from standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The file to create for the new ring, with mode 0600. Without it, the ring is printed.
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
        KeysCommand::Rotate {
            file,
            new,
            compromised: true,
        } => {
            let ring = files::read(file)?.after_theft(&SystemEntropy, now);
            hand_over(&ring, new.as_deref())?;
            complain(&advice_after_theft(&ring));
        }
        KeysCommand::Rotate { file, new, .. } => {
            let ring = files::read(file)?;
            let rotated = ring.rotated(&SystemEntropy, now);
            let dropped = ring.inventory().count() + 1 - rotated.inventory().count();
            hand_over(&rotated, new.as_deref())?;
            complain(&advice(&rotated, dropped));
        }
        KeysCommand::Drop { file, new } => {
            let ring = files::read(file)?.without_compromised().with_context(|| {
                format!(
                    "{} has no key that is marked as compromised; nothing was written",
                    file.display()
                )
            })?;
            hand_over(&ring, new.as_deref())?;
            complain(
                "Put the ring in place of the old one and restart the replicas one after the other. Whatever is still \
                 encrypted with a compromised key is lost then: such sessions end, and their tokens are not revoked.\n",
            );
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

/// The id of the key that seals.
fn current(ring: &KeyRing) -> String {
    let current = ring.inventory().find(|(_, role, _)| *role == Role::Current);
    current.map_or_else(String::new, |(id, _, _)| id.to_string())
}

fn advice_after_theft(ring: &KeyRing) -> String {
    format!(
        "Key {} seals from now on. The former keys are marked as compromised: they decrypt what is in the store, and nothing \
         that comes from outside is believed because of them. Stop every replica, put the ring in place of the old one, \
         and start them again: replicas with the old ring and the new one cannot run side by side. Nobody is signed out. \
         `portico keys drop` leaves the former keys out once no session is as old (session.absolute) and \
         portico_revocations_owed is 0.\n",
        current(ring)
    )
}

fn advice(ring: &KeyRing, dropped: usize) -> String {
    let current = current(ring);
    let mut text = format!(
        "Key {current} seals from now on. Put the ring in place of the old one and restart the replicas one after the other; \
         nobody is signed out. Wait for the longest session (session.absolute) between two rotations.\n"
    );
    if dropped > 0 {
        text.push_str("The oldest key was dropped: anything still encrypted with it can no longer be read.\n");
    }
    text
}
