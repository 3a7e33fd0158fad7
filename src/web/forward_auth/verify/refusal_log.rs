//! Logs refusals: the first of a kind at once, the others of its kind as a count.
//!
//! A line does not say who was refused, so many equal lines say no more than their number does. A client without a
//! session may send any number of requests, which must not cost more than letting them pass.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::session::after;
use crate::flow::NoSessionReason;

/// How long refusals of one kind are counted.
const WINDOW: Duration = Duration::from_secs(1);

/// The most kinds kept at once; a host is text from the client, so there could be any number.
const MOST: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) struct RefusalLine<'a> {
    pub(in crate::web) proxy: &'static str,
    pub(in crate::web) reason: &'static str,
    pub(in crate::web) rule: Option<usize>,
    pub(in crate::web) host: Option<&'a str>,
    pub(in crate::web) method: Option<&'a str>,
    pub(in crate::web) is_shadow: bool,
}

impl RefusalLine<'_> {
    fn log(&self, count: u64) {
        // `tracing` fixes level and message where a line is written, so a function cannot choose them.
        macro_rules! line {
            ($level:ident, $words:literal) => {
                tracing::$level!(
                    proxy = self.proxy,
                    reason = self.reason,
                    rule = self.rule,
                    host = self.host,
                    method = self.method,
                    is_shadow = self.is_shadow,
                    count,
                    event = "authz_fail",
                    $words
                )
            };
        }
        if self.reason == NoSessionReason::Ambiguous.name() {
            line!(
                warn,
                "a browser shows several live sessions under one name: none counts"
            );
        } else {
            line!(info, "a request for the portal was refused");
        }
    }
}

/// The kinds of recent refusals.
#[derive(Debug, Default)]
pub(in crate::web) struct RefusalLog(Mutex<Vec<Kind>>);

#[derive(Debug)]
struct Kind {
    proxy: &'static str,
    reason: &'static str,
    rule: Option<usize>,
    host: Option<Box<str>>,
    method: Option<Box<str>>,
    is_shadow: bool,
    /// Until when refusals of this kind are counted.
    until: Timestamp,
    /// How many are not logged yet.
    untold: u64,
}

impl Kind {
    fn of(refused: &RefusalLine<'_>, now: Timestamp) -> Self {
        Self {
            proxy: refused.proxy,
            reason: refused.reason,
            rule: refused.rule,
            host: refused.host.map(Box::from),
            method: refused.method.map(Box::from),
            is_shadow: refused.is_shadow,
            until: after(now, WINDOW),
            untold: 0,
        }
    }

    fn refused(&self) -> RefusalLine<'_> {
        RefusalLine {
            proxy: self.proxy,
            reason: self.reason,
            rule: self.rule,
            host: self.host.as_deref(),
            method: self.method.as_deref(),
            is_shadow: self.is_shadow,
        }
    }

    fn tell(&mut self) {
        if self.untold > 0 {
            self.refused().log(self.untold);
            self.untold = 0;
        }
    }
}

impl RefusalLog {
    /// Logs or counts a refusal.
    pub(in crate::web) fn add(&self, refused: &RefusalLine<'_>, now: Timestamp) {
        let mut kinds = self.kinds();
        match kinds.iter_mut().find(|kind| kind.refused() == *refused) {
            Some(kind) if now < kind.until => kind.untold += 1,
            Some(kind) => {
                kind.untold += 1;
                kind.until = after(now, WINDOW);
                kind.tell();
            }
            None => {
                if kinds.len() < MOST {
                    kinds.push(Kind::of(refused, now));
                }
                drop(kinds);
                refused.log(1);
            }
        }
    }

    /// Logs the pending counts, and drops kinds whose window is over.
    pub(in crate::web) fn sweep(&self, now: Timestamp) {
        self.kinds().retain_mut(|kind| {
            kind.tell();
            now < kind.until
        });
    }

    fn kinds(&self) -> MutexGuard<'_, Vec<Kind>> {
        // OK when poisoned: every entry is consistent at any time.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RefusalLog {
    fn drop(&mut self) {
        self.sweep(Timestamp::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::logs::tests::Captured;
    use crate::telemetry::logs::{LogFormat, subscriber};

    /// Host and count of each line so far.
    fn lines(log: &Captured) -> Vec<(String, u64)> {
        let text = log.text();
        let lines = text.lines().map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let host = line["host"].as_str().unwrap().to_owned();
            (host, line["count"].as_u64().unwrap())
        });
        lines.collect()
    }

    fn refused(host: &str) -> RefusalLine<'_> {
        RefusalLine {
            proxy: "nginx",
            reason: "no_session",
            rule: None,
            host: Some(host),
            method: Some("GET"),
            is_shadow: false,
        }
    }

    #[test]
    fn every_refusal_is_in_the_log_and_many_of_a_kind_are_one_line() {
        let captured = Captured::default();
        let log = subscriber(LogFormat::Json, "info", captured.clone()).unwrap();
        let logged = |expected: &[(&str, u64)]| {
            let expected: Vec<_> = expected
                .iter()
                .map(|(host, count)| ((*host).to_owned(), *count))
                .collect();
            assert_eq!(lines(&captured), expected);
        };
        let at = |millis| Timestamp::from_millisecond(millis).unwrap();
        tracing::subscriber::with_default(log, || {
            let refusal_log = RefusalLog::default();
            refusal_log.add(&refused("a"), at(0));
            logged(&[("a", 1)]);
            refusal_log.add(&refused("a"), at(1));
            refusal_log.add(&refused("b"), at(2));
            refusal_log.add(&refused("a"), at(999));
            logged(&[("a", 1), ("b", 1)]);
            // The next refusal logs the previous ones.
            refusal_log.add(&refused("a"), at(1000));
            logged(&[("a", 1), ("b", 1), ("a", 3)]);
            refusal_log.add(&refused("a"), at(1001));
            refusal_log.sweep(at(1500));
            logged(&[("a", 1), ("b", 1), ("a", 3), ("a", 1)]);
            refusal_log.sweep(at(3000));
            assert!(refusal_log.kinds().is_empty());
            // None is lost at the end, nor when there are too many kinds.
            refusal_log.add(&refused("a"), at(4000));
            refusal_log.add(&refused("a"), at(4000));
            let before = lines(&captured).len();
            let hosts: Vec<String> = (0..2 * MOST).map(|number| format!("host-{number}")).collect();
            for host in &hosts {
                refusal_log.add(&refused(host), at(4001));
            }
            assert_eq!(lines(&captured).len(), before + hosts.len());
            assert!(refusal_log.kinds().len() <= MOST);
            drop(refusal_log);
            assert_eq!(lines(&captured).last().unwrap(), &("a".to_owned(), 1));
        });
    }
}
