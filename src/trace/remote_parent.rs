//! The headers of whoever called us.
//!
//! They are read as the recommendation says: a trace that is told in a wrong way is not told at all, and a version that
//! is not known yet is read like the one that is.

use std::num::{NonZeroU64, NonZeroU128};
use std::sync::Arc;

/// Longest `traceparent` of a later version, in bytes.
const LONGEST_PARENT: usize = 512;

/// Longest `tracestate`, in bytes, and the most members it may have. A longer one is left out.
const LONGEST_STATE: usize = 512;
const MOST_MEMBERS: usize = 32;

/// Length of version 00, and of the part of later ones that is known.
const LENGTH: usize = 55;

/// The span that another program made its call to us within.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteParent {
    pub(super) trace_id: NonZeroU128,
    pub(super) span_id: NonZeroU64,
    pub(super) is_sampled: bool,
    pub(super) state: Option<Arc<str>>,
}

impl RemoteParent {
    /// Reads every line of both headers.
    pub fn read<'a>(
        mut parents: impl Iterator<Item = &'a [u8]>,
        states: impl Iterator<Item = &'a [u8]>,
    ) -> Option<Self> {
        let (parent, None) = (parents.next()?, parents.next()) else {
            return None;
        };
        let read = Self::of_line(std::str::from_utf8(parent).ok()?)?;
        Some(Self {
            state: state(states),
            ..read
        })
    }

    fn of_line(line: &str) -> Option<Self> {
        let (known, more) = line.split_at_checked(LENGTH)?;
        let mut parts = known.split('-');
        let version = u8::try_from(hex(parts.next()?, 2)?).ok()?;
        let trace_id = hex(parts.next()?, 32)?;
        let span_id = u64::try_from(hex(parts.next()?, 16)?).ok()?;
        let flags = hex(parts.next()?, 2)?;
        let is_whole = match version {
            0 => more.is_empty(),
            0xff => false,
            _ => (more.is_empty() || more.starts_with('-')) && line.len() <= LONGEST_PARENT,
        };
        (is_whole && parts.next().is_none()).then_some(())?;
        Some(Self {
            trace_id: NonZeroU128::new(trace_id)?,
            span_id: NonZeroU64::new(span_id)?,
            is_sampled: flags & 1 == 1,
            state: None,
        })
    }
}

/// So many hex digits in small letters.
fn hex(text: &str, length: usize) -> Option<u128> {
    let is_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (is_hex && text.len() == length).then(|| u128::from_str_radix(text, 16).ok())?
}

/// All lines as one; `None` when there is nothing, too much, or a mistake.
fn state<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Option<Arc<str>> {
    let mut members: Vec<(&str, &str)> = Vec::new();
    for line in lines {
        let line = std::str::from_utf8(line)
            .ok()
            .filter(|line| line.len() <= LONGEST_STATE)?;
        for member in line.split(',').map(|member| member.trim_matches([' ', '\t'])) {
            if member.is_empty() {
                continue;
            }
            let (key, value) = member.split_once('=')?;
            let is_new = members.iter().all(|(other, _)| *other != key);
            (is_new && is_key(key) && is_value(value) && members.len() < MOST_MEMBERS).then_some(())?;
            members.push((key, value));
        }
    }
    let members: Vec<String> = members.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let whole = members.join(",");
    (1..=LONGEST_STATE).contains(&whole.len()).then(|| whole.into())
}

fn is_key(key: &str) -> bool {
    let is_plain = |text: &str, most: usize, begins_with_digit: bool| {
        let begins = text
            .bytes()
            .next()
            .is_some_and(|first| first.is_ascii_lowercase() || (begins_with_digit && first.is_ascii_digit()));
        let mut letters = text.bytes();
        begins
            && text.len() <= most
            && letters.all(|letter| matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/'))
    };
    match key.split_once('@') {
        Some((tenant, system)) => is_plain(tenant, 241, true) && is_plain(system, 14, false),
        None => is_plain(key, 256, false),
    }
}

fn is_value(value: &str) -> bool {
    let is_printable = value.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'=');
    is_printable && (1..=256).contains(&value.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trace::{Sampling, TraceContext};

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    fn read(parents: &[&str], states: &[&str]) -> Option<RemoteParent> {
        RemoteParent::read(
            parents.iter().map(|line| line.as_bytes()),
            states.iter().map(|line| line.as_bytes()),
        )
    }

    fn state_of(states: &[&str]) -> Option<String> {
        let parent = read(&[&format!("00-{TRACE}-{SPAN}-01")], states).unwrap();
        parent.state.map(|state| state.to_string())
    }

    #[test]
    fn a_parent_is_believed_as_it_is_written() {
        for (flags, sampling) in [
            ("00", Sampling::Dropped),
            ("01", Sampling::Recorded),
            ("02", Sampling::Dropped),
            ("ff", Sampling::Recorded),
        ] {
            let ours = TraceContext::of(read(&[&format!("00-{TRACE}-{SPAN}-{flags}")], &[]).unwrap());
            assert_eq!(ours.trace_id().to_string(), TRACE);
            assert_eq!(ours.parent_id().unwrap().to_string(), SPAN);
            assert_eq!(ours.sampling(), sampling);
            assert!(ours.is_parent_remote() && ours.span_id().to_string() != SPAN);
        }
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        for line in [
            format!("01-{TRACE}-{SPAN}-01"),
            format!("cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like"),
            format!("fe-{TRACE}-{SPAN}-01-"),
        ] {
            assert!(read(&[&line], &[]).unwrap().is_sampled, "{line}");
        }
    }

    #[test]
    fn a_parent_that_is_told_in_a_wrong_way_is_none() {
        let zeros = "0".repeat(32);
        for line in [
            String::new(),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-0"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("00-{TRACE}-{SPAN}-01-"),
            format!("00-{TRACE}-{SPAN}-0101"),
            format!("01-{TRACE}-{SPAN}-01.more"),
            format!("01-{TRACE}-{SPAN}-01-{}", "x".repeat(500)),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("0-{TRACE}-{SPAN}-001"),
            format!("00-{zeros}-{SPAN}-01"),
            format!("00-{TRACE}-{}-01", &zeros[..16]),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-{}-01", SPAN.to_uppercase()),
            format!("0A-{TRACE}-{SPAN}-01"),
            format!("00-{TRACE}-{SPAN}-0A"),
            format!("00-{}-{SPAN}-01", TRACE.replace('4', "g")),
            format!("00-+{}-{SPAN}-01", &TRACE[1..]),
            format!("00_{TRACE}_{SPAN}_01"),
            format!(" 00-{TRACE}-{SPAN}-01"),
            format!("00-{TRACE}-{SPAN}-0é"),
        ] {
            assert_eq!(read(&[&line], &[]), None, "{line}");
        }
        let line = format!("00-{TRACE}-{SPAN}-01");
        assert_eq!(read(&[&line, &line], &[]), None);
        assert_eq!(read(&[], &["a=1"]), None);
    }

    #[test]
    fn the_state_is_passed_on_in_its_order() {
        assert_eq!(
            state_of(&["rojo=00f067aa0ba902b7 , ,1t@congo=t61rcWkgMzE", "", "a/b=c d!"]).unwrap(),
            "rojo=00f067aa0ba902b7,1t@congo=t61rcWkgMzE,a/b=c d!"
        );
        let most: Vec<String> = (0..MOST_MEMBERS).map(|number| format!("a{number}=1")).collect();
        assert_eq!(state_of(&[&most.join(",")]).unwrap(), most.join(","));
    }

    #[test]
    fn a_state_that_is_too_much_or_wrong_is_left_out_whole() {
        let most: Vec<String> = (0..=MOST_MEMBERS).map(|number| format!("a{number}=1")).collect();
        let long = format!("a={}", "x".repeat(256));
        for lines in [
            &[][..],
            &[""],
            &["a"],
            &["=1"],
            &["a="],
            &["a=1,a=2"],
            &["A=1"],
            &["a b=1"],
            &["a=1=2"],
            &["a=1\u{7f}"],
            &["a=é"],
            &["a@1b=1"],
            &["a@b@c=1"],
            &[&most.join(",")],
            &[&long, &long.replace("a=", "b="), "c=1"],
        ] {
            assert_eq!(state_of(lines), None, "{lines:?}");
        }
    }

    proptest! {
        #[test]
        fn what_goes_out_is_read_back(is_recorded: bool) {
            let span = TraceContext::new().decided(is_recorded);
            let parent = read(&[&span.traceparent()], &[]).unwrap();
            prop_assert_eq!(parent.trace_id.get(), span.trace_id().number());
            prop_assert_eq!(parent.span_id.get(), span.span_id().number());
            prop_assert_eq!(parent.is_sampled, is_recorded);
        }

        #[test]
        fn no_text_makes_it_panic(parent: String, states: Vec<String>) {
            let states: Vec<&str> = states.iter().map(String::as_str).collect();
            let _ = read(&[&parent], &states);
        }

        #[test]
        fn no_state_makes_it_panic(state: String) {
            let _ = state_of(&[&state]);
        }
    }
}
