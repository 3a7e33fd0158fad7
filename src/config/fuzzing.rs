//! The settings reader as a fuzz target, for tests/fuzz.

#![expect(clippy::missing_panics_doc, reason = "to panic is how a finding is told")]

use std::path::PathBuf;

use super::private_port::private_port_from;
use super::sections::CATALOGUE;
use super::source::{SettingsFile, Sources};
use super::{PrivatePortFlags, read};

/// Reads a settings file and, after a zero byte, lines of `PORTICO_…=…`.
pub fn settings(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let mut text = || std::str::from_utf8(parts.next().unwrap_or_default()).ok();
    let (Some(file), Some(variables)) = (text(), text()) else {
        return;
    };
    let file = || Some(SettingsFile::saying(file.to_owned()));
    let pairs = || {
        let lines = variables.lines().filter_map(|line| line.split_once('='));
        lines.map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    match Sources::collect(CATALOGUE, file(), pairs()).and_then(read) {
        Ok(config) => {
            let warned = |warning: &super::Warning| !warning.to_string().is_empty();
            assert!(config.warnings().iter().all(warned));
            assert!(config.public_url.has_host());
        }
        Err(problems) => {
            let report = problems.to_string();
            assert!(!report.trim().is_empty(), "somebody has to mend it");
        }
    }
    let flags = PrivatePortFlags::default();
    if let Err(problems) = private_port_from(&flags, PathBuf::new(), pairs(), || Ok(file())) {
        assert!(!problems.to_string().is_empty());
    }
}
