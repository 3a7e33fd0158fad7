//! Verifies audit files with the public half of the key alone: says what was changed, what is missing, and how far the
//! signatures vouch.
//!
//! Several chains may stand in one file, and a chain may go on in the next one, so each is followed by itself. What is
//! found is told by file and line.

mod chain_check;
mod findings;
mod line;

use std::collections::VecDeque;
use std::io::{self, BufRead, Read as _};

use indexmap::IndexMap;

use super::record::{BEGIN, hash};
use crate::session::secrets::AuditPublicKey;
use chain_check::ChainCheck;
use findings::Place;
use line::{Line, parse};

pub use findings::Verification;

/// The longest line that is read as one; no record is as long.
const LONGEST_LINE: u64 = 64 * 1024;

/// A chain may begin behind lines that others wrote just then: its first record names one of so many before it.
const BEFORE: usize = 1_000;

/// Reads files in the order in which they were written.
#[derive(Debug)]
pub struct Verifier {
    keys: Vec<AuditPublicKey>,
    chains: IndexMap<String, ChainCheck>,
    found: Verification,
}

impl Verifier {
    /// Trusts these keys; without any, each chain is measured by the key that it names itself.
    pub fn new(keys: Vec<AuditPublicKey>) -> Self {
        let mut found = Verification::default();
        if keys.is_empty() {
            found.warnings.push(
                "without --key, a record is measured by the key that it names itself: whoever can write the file could \
                 have written all of it anew"
                    .to_owned(),
            );
        }
        Self {
            keys,
            chains: IndexMap::new(),
            found,
        }
    }

    /// Reads one file.
    pub fn read(&mut self, name: &str, mut file: impl BufRead) -> io::Result<()> {
        let mut before: VecDeque<String> = VecDeque::new();
        let (mut bytes, mut place) = (
            Vec::new(),
            Place {
                file: name.to_owned(),
                line: 0,
            },
        );
        let (mut others, mut torn) = (0_u64, None::<(Place, usize)>);
        loop {
            bytes.clear();
            if file.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes)? == 0 {
                break;
            }
            place.line += 1;
            let is_whole = bytes.last() == Some(&b'\n');
            let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
            let is_begun = !text.is_empty() && BEGIN.starts_with(text);
            if !text.starts_with(BEGIN) && !is_begun {
                others += u64::from(!text.is_empty());
                continue;
            }
            match parse(text).filter(|_| is_whole) {
                Some(line) => {
                    if let Some(torn) = torn.take() {
                        self.tell_of_torn(&torn, Some(&line));
                    }
                    self.line(&place, &line, &before);
                    before.push_back(hash(text));
                    if before.len() > BEFORE {
                        before.pop_front();
                    }
                }
                None => {
                    if let Some(former) = torn.replace((place.clone(), text.len())) {
                        self.tell_of_torn(&former, None);
                    }
                }
            }
        }
        if let Some(torn) = torn {
            self.tell_of_torn(&torn, None);
        }
        if others > 0 {
            self.found.warnings.push(format!(
                "{name}: {others} lines are no audit records and were passed over"
            ));
        }
        Ok(())
    }

    /// A line that is no whole record. What follows it says whether a write broke off there.
    fn tell_of_torn(&mut self, (place, length): &(Place, usize), next: Option<&Line<'_>>) {
        let is_noted = next.is_some_and(|line| line.torn_bytes == Some(*length as u64));
        let how = if is_noted {
            ", and the next process noted it"
        } else {
            ""
        };
        self.found.warnings.push(format!(
            "{place}: torn: {length} bytes of a record whose writing broke off{how}"
        ));
    }

    fn line(&mut self, place: &Place, line: &Line<'_>, before: &VecDeque<String>) {
        if line.portico_audit != super::record::VERSION {
            self.found.problem(format!(
                "{place}: has version {} of the schema, which this program does not know",
                line.portico_audit
            ));
            return;
        }
        if let Some(follows) = &line.follows
            && !before.contains(follows)
        {
            self.found.problem(format!(
                "{place}: the record that stood before this one when process {} opened the file is gone or was changed",
                line.chain
            ));
        }
        if let Some(chain) = self.chains.get_mut(&line.chain) {
            chain.next(place, line, &self.keys, &mut self.found);
        } else {
            let chain = ChainCheck::begin(place, line, &self.keys, &mut self.found);
            self.chains.insert(line.chain.clone(), chain);
        }
    }

    /// What was found, once every file is read.
    pub fn finish(self) -> Verification {
        let Self { chains, mut found, .. } = self;
        if chains.is_empty() {
            found.problem("there is no audit record".to_owned());
        }
        for chain in chains.into_values() {
            chain.end(&mut found);
        }
        found
    }
}
