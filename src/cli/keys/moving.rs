//! `portico keys move`: from the key ring beside the embedded store to `store.keys_file`.
//!
//! In two steps, so that the service can be started between any two of them: the ring beside the store goes only when
//! the settings name another one that opens all that it opens.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use secrecy::ExposeSecret as _;

use super::files;
use crate::cli::failure::CommandFailure;
use crate::cli::settings;
use crate::cli::terminal::{complain, say};
use crate::config::{Config, StoreKind, is_same_file};
use crate::session::secrets::keys::KeyRing;

/// Takes the next step.
pub(super) fn run(file: Option<&Path>, config: Option<&Path>) -> Result<(), CommandFailure> {
    let config = settings::load(config)?;
    let own = config.store.own_keys();
    if config.store.kind != StoreKind::Embedded || !own.exists() {
        return Err(anyhow!(
            "there is nothing to move: no embedded store keeps its key ring in {}",
            own.display()
        )
        .into());
    }
    let ring = files::read(&own)?;
    // What the settings name is what would be removed.
    let moved = named(&config)?.filter(|_| !config.store.names_own_keys());
    match (moved, file) {
        (Some(named), _) => remove(&own, &ring, &named),
        (None, Some(file)) => copy(&own, &ring, file),
        (None, None) => Err(CommandFailure::Settings(
            "portico: say where to: portico keys move FILE, with a file that is not on the volume of the store\n"
                .to_owned(),
        )),
    }
}

/// The ring that the settings name.
pub(in crate::cli) fn named(config: &Config) -> anyhow::Result<Option<KeyRing>> {
    let ring = config.store.keys.as_ref().map(KeyRing::parse).transpose();
    ring.context("reading the key ring of store.keys_file")
}

fn copy(own: &Path, ring: &KeyRing, file: &Path) -> Result<(), CommandFailure> {
    let next = "restart the service, and run `portico keys move` again: it removes";
    if file == Path::new("-") {
        say(ring.render().expose_secret())?;
        complain(&format!(
            "Name the file in store.keys_file, {next} {}.\n",
            own.display()
        ));
        return Ok(());
    }
    if is_same_file(file, own) {
        let text = format!(
            "portico: {} is the key ring beside the store itself: name another file\n",
            file.display()
        );
        return Err(CommandFailure::Settings(text));
    }
    // Said once more, the first step has been taken already.
    let is_there = files::read(file).is_ok_and(|there| there.is_same(ring));
    if !is_there {
        files::write(ring, file)?;
    }
    let (name, own) = (std::path::absolute(file).context("finding the file")?, own.display());
    let readers = files::readers(file).with_context(|| format!("looking at {}", file.display()))?;
    say(&format!(
        "copied {own} to {0}\n{readers}Now set store.keys_file = {0:?} (or where the service finds it), {next} {own}.\n",
        name.display()
    ))
}

fn remove(own: &Path, ring: &KeyRing, named: &KeyRing) -> Result<(), CommandFailure> {
    if !named.opens_all_of(ring) {
        return Err(anyhow!(
            "the key ring of store.keys_file lacks a key of {0}, which may have sealed something in the store, so {0} was \
             left as it is; `portico keys move FILE` without store.keys_file in the settings copies it",
            own.display()
        )
        .into());
    }
    fs::remove_file(own).with_context(|| format!("removing {}", own.display()))?;
    say(&format!(
        "removed {}: the key ring of store.keys_file opens all that it opened\n",
        own.display()
    ))
}
