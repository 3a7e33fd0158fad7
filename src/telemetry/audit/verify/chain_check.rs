//! One chain, followed from record to record.

use super::findings::{Place, Verification};
use super::line::Line;
use crate::session::secrets::AuditPublicKey;
use crate::telemetry::audit::record::ChainEvent;

/// What is known of a chain so far.
#[derive(Debug)]
pub(super) struct ChainCheck {
    pub(super) id: String,
    first: u64,
    next: u64,
    /// The last record: its hash, where it stands, and whether a good signature vouches for its own bytes.
    last: Option<Last>,
    /// Numbers that were passed over: they may still come, in the wrong place.
    missing: Vec<Gap>,
    /// The first record that no signature vouches for.
    unsigned_from: u64,
    is_closed: bool,
    key: Option<AuditPublicKey>,
    who: String,
    times: (String, String),
    dropped: u64,
}

#[derive(Debug)]
struct Last {
    hash: String,
    place: Place,
    is_vouched_for: bool,
}

#[derive(Debug)]
struct Gap {
    from: u64,
    to: u64,
    /// Where the record before and the record after stand.
    between: (Option<Place>, Place),
    was_filled: bool,
}

impl ChainCheck {
    /// With its first line in these files.
    pub(super) fn begin(place: &Place, line: &Line<'_>, keys: &[AuditPublicKey], found: &mut Verification) -> Self {
        let is_continued = line.event == ChainEvent::Continued.name();
        let mut chain = Self {
            id: line.chain.clone(),
            first: line.seq,
            next: line.seq,
            last: None,
            missing: Vec::new(),
            unsigned_from: line.seq,
            is_closed: false,
            key: None,
            who: String::new(),
            times: (line.time.clone(), line.time.clone()),
            dropped: 0,
        };
        if is_continued && line.seq > 0 {
            found.warnings.push(format!(
                "{place}: chain {} goes on here with record {}: records 0 to {} are in files that were not given",
                line.chain,
                line.seq,
                line.seq - 1
            ));
        } else if line.seq > 0 {
            chain.missing.push(Gap {
                from: 0,
                to: line.seq - 1,
                between: (None, place.clone()),
                was_filled: false,
            });
        }
        chain.next(place, line, keys, found);
        chain
    }

    /// With the next of its lines.
    pub(super) fn next(&mut self, place: &Place, line: &Line<'_>, keys: &[AuditPublicKey], found: &mut Verification) {
        if line.seq < self.next {
            self.late(place, line, found);
            return;
        }
        if self.is_closed {
            found.problem(format!(
                "{place}: record {} stands behind the end of its chain",
                line.seq
            ));
        }
        if line.seq > self.next {
            let before = self.last.as_ref().map(|last| last.place.clone());
            self.missing.push(Gap {
                from: self.next,
                to: line.seq - 1,
                between: (before, place.clone()),
                was_filled: false,
            });
        } else if let Some(last) = &self.last
            && last.hash != line.prev
        {
            // A good signature covers the whole line, so the changed one is the other.
            let (changed, seq) = if last.is_vouched_for {
                (place, line.seq)
            } else {
                (&last.place, line.seq - 1)
            };
            found.problem(format!(
                "{changed}: record {seq} was changed: records {} and {} no longer fit together",
                line.seq - 1,
                line.seq
            ));
        }
        let is_vouched_for = self.signature(place, line, keys, found);
        if is_vouched_for {
            self.unsigned_from = line.seq.saturating_add(1);
        }
        if let Some(instance) = &line.instance {
            let version = line.version.as_deref().unwrap_or("unknown");
            self.who = format!(" of {instance}, Portico {version}");
        }
        self.times.1.clone_from(&line.time);
        self.dropped = self.dropped.saturating_add(line.dropped.unwrap_or(0));
        self.is_closed = line.event == ChainEvent::Closed.name();
        self.next = line.seq.saturating_add(1);
        self.last = Some(Last {
            hash: line.hash(),
            place: place.clone(),
            is_vouched_for,
        });
    }

    /// A record whose number has been passed.
    fn late(&mut self, place: &Place, line: &Line<'_>, found: &mut Verification) {
        let gap = self
            .missing
            .iter_mut()
            .find(|gap| (gap.from..=gap.to).contains(&line.seq));
        let text = match gap {
            Some(gap) if gap.from == gap.to && !gap.was_filled => {
                gap.was_filled = true;
                format!(
                    "{place}: record {} stands behind record {}: lines were put in another order",
                    line.seq,
                    gap.to.saturating_add(1)
                )
            }
            Some(_) => format!("{place}: record {} stands in the wrong place", line.seq),
            None => format!("{place}: record {} is there twice", line.seq),
        };
        found.problem(text);
    }

    /// Whether a trusted key signed this record.
    fn signature(&mut self, place: &Place, line: &Line<'_>, keys: &[AuditPublicKey], found: &mut Verification) -> bool {
        if let Some(named) = line.key.as_deref() {
            let key = AuditPublicKey::parse(named).ok();
            let is_trusted = |key: &AuditPublicKey| keys.is_empty() || keys.contains(key);
            if !key.as_ref().is_some_and(is_trusted) {
                found.problem(format!(
                    "{place}: the chain is signed with {named}, which is none of the keys that were given"
                ));
            }
            self.key = key;
        }
        let Some(signature) = &line.sig else {
            if ChainEvent::must_be_signed(&line.event) {
                found.problem(format!("{place}: record {} has lost its signature", line.seq));
            }
            return false;
        };
        let is_good = |key: &AuditPublicKey| key.verifies(line.signed(), signature);
        let own = self.key.filter(|key| keys.is_empty() || keys.contains(key));
        let is_vouched_for = own.as_ref().map_or_else(|| keys.iter().any(is_good), is_good);
        if !is_vouched_for {
            found.problem(format!(
                "{place}: record {} was changed: its signature is not that of the key",
                line.seq
            ));
        }
        is_vouched_for
    }

    /// After the last file.
    pub(super) fn end(self, found: &mut Verification) {
        for gap in self.missing.iter().filter(|gap| !gap.was_filled) {
            let Gap {
                from,
                to,
                between: (before, after),
                ..
            } = gap;
            let which = if from == to {
                format!("record {from} is missing")
            } else {
                format!("records {from} to {to} are missing")
            };
            found.problem(match before {
                Some(before) => format!("{after}: {which}, between {before} and here"),
                None => format!("{after}: {which} before this one"),
            });
        }
        let (id, last) = (&self.id, self.next.saturating_sub(1));
        let unsigned = self.next.saturating_sub(self.unsigned_from);
        if !self.is_closed {
            let covered = match unsigned {
                0 => "every record here is signed for".to_owned(),
                1 => "the last record here is not signed for".to_owned(),
                more => format!("the last {more} records here are not signed for"),
            };
            found.warnings.push(format!(
                "chain {id} has no end: its process still runs, or was killed, or the end was cut off; {covered}"
            ));
        }
        if self.dropped > 0 {
            found
                .warnings
                .push(format!("chain {id} says that {} events were lost", self.dropped));
        }
        let end = if self.is_closed { "closed in order" } else { "open" };
        found.chains.push(format!(
            "chain {id}{}: records {} to {last}, {} to {}, {end}",
            self.who, self.first, self.times.0, self.times.1
        ));
    }
}
