//! `portico keys`: makes and rotates the key ring.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use clap::Subcommand;
use secrecy::{ExposeSecret as _, SecretString};

use super::failure::CommandFailure;
use super::terminal::{complain, say};
use crate::clock::{Clock as _, SystemClock, SystemEntropy};
use crate::session::secrets::keys::{KeyRing, Role};

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Print a new key ring. It is a secret: store it where only the service can read it.
    New,
    /// Print the key ring in FILE with its next key made current. Old keys still decrypt what they encrypted.
    Rotate {
        /// The current key ring; `-` reads it from standard input.
        #[arg(value_name = "FILE")]
        file: std::path::PathBuf,
    },
}

/// Prints a key ring on standard output, and what to do with it on standard error.
pub(super) fn run(command: &KeysCommand) -> Result<(), CommandFailure> {
    let now = SystemClock.now();
    match command {
        KeysCommand::New => {
            print(&KeyRing::new(&SystemEntropy, now))?;
            complain("Keep this where only Portico can read it, and name the file in store.keys_file.\n");
        }
        KeysCommand::Rotate { file } => {
            let ring =
                KeyRing::parse(&read(file)?).with_context(|| format!("reading the key ring {}", file.display()))?;
            let rotated = ring.rotated(&SystemEntropy, now);
            let dropped = ring.inventory().count() + 1 - rotated.inventory().count();
            print(&rotated)?;
            complain(&advice(&rotated, dropped));
        }
    }
    Ok(())
}

fn print(ring: &KeyRing) -> Result<(), CommandFailure> {
    say(ring.render().expose_secret())
}

fn read(file: &Path) -> Result<SecretString, CommandFailure> {
    let text = if file == Path::new("-") {
        std::io::read_to_string(std::io::stdin()).context("reading standard input")?
    } else {
        fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?
    };
    Ok(SecretString::from(text))
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
