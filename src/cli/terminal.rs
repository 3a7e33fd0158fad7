//! What commands write: answers on standard output, everything else on standard error.

use std::io::Write as _;

use super::failure::CommandFailure;

/// Writes a command's output.
pub(super) fn say(text: &str) -> Result<(), CommandFailure> {
    let mut out = std::io::stdout().lock();
    let said = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    said.map_err(|error| CommandFailure::Failed(anyhow::Error::new(error).context("writing the answer")))
}

/// Writes anything else: an error, a warning, a note.
pub(super) fn complain(text: &str) {
    // OK to ignore: when the terminal is gone there is no one left to tell.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
