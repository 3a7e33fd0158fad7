//! The figures, and the limits that may fail the run.

use std::fmt::{self, Display};
use std::time::Duration;

use crate::sessions::ratio;

/// The times at which answers gather when Nagle's algorithm meets a delayed acknowledgement.
const NAGLE: std::ops::Range<Duration> = Duration::from_millis(40)..Duration::from_millis(48);

/// The least share of calls to Okta on a connection that existed already.
const LEAST_REUSE: f64 = 0.95;

/// How long the proxies in front keep an idle connection (nginx).
pub(crate) const PROXY_IDLE: Duration = Duration::from_mins(1);

/// What was measured.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) wanted: u64,
    pub(crate) pushes: u64,
    pub(crate) opening: Duration,
    pub(crate) bare_kib: f64,
    pub(crate) kib: f64,
    pub(crate) polls: u64,
    /// The processor time of a poll, here and by a program that only polls.
    pub(crate) poll: Duration,
    pub(crate) bare_poll: Duration,
    pub(crate) intervals: f64,
    pub(crate) cpu: f64,
    pub(crate) org_cpu: f64,
    pub(crate) machine_cpu: f64,
    pub(crate) calls: u64,
    pub(crate) connections: usize,
    pub(crate) misuse: String,
    pub(crate) told: Times,
    pub(crate) still_waiting: usize,
    pub(crate) idle_answers: Times,
    pub(crate) busy_answers: Times,
    /// How long a connection without a request was seen to stay open.
    pub(crate) idled: Duration,
}

/// The limits of a full-size run.
#[derive(Debug)]
pub(crate) struct Most {
    /// To a bare event stream.
    pub(crate) memory: f64,
    /// To a bare poll.
    pub(crate) poll: f64,
    pub(crate) polls: f64,
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test are small")]
impl Report {
    fn polls_per_interval(&self) -> f64 {
        self.polls as f64 / self.pushes as f64 / self.intervals
    }

    fn reuse(&self) -> f64 {
        1.0 - self.connections as f64 / self.calls as f64
    }

    /// What holds for any number of pushes on any machine.
    pub(crate) fn assert_within_limits(&self) {
        // The simulator tells all pushes apart: an early poll, or two at once, of any of them shows here.
        assert_eq!(self.misuse, "None", "Okta was asked what a correct client never asks");
        assert_eq!(self.still_waiting as u64, self.pushes, "some waits ended by themselves");
        let most = self.pushes as f64 * (self.intervals.floor() + 1.0);
        assert!(
            self.polls as f64 <= most,
            "{} polls in {:.2} intervals",
            self.polls,
            self.intervals
        );
        assert!(
            self.reuse() >= LEAST_REUSE,
            "{} connections to Okta for {} calls",
            self.connections,
            self.calls
        );
        // A busy machine puts some answers there; the algorithm puts nearly all.
        for answers in [&self.idle_answers, &self.busy_answers] {
            let nagled = answers.nagled();
            assert!(
                nagled * 2 <= answers.0.len(),
                "answers wait for the client to confirm the piece before: {answers}"
            );
        }
    }

    /// The limits for a full-size run.
    pub(crate) fn keeps(&self, most: &Most) {
        for (is, most, what) in [
            (
                self.kib / self.bare_kib,
                most.memory,
                "memory of a waiting push, to a bare stream",
            ),
            (
                ratio(self.poll, self.bare_poll),
                most.poll,
                "processor time of a poll, to a bare one",
            ),
            (self.polls_per_interval(), most.polls, "polls per push and interval"),
        ] {
            assert!(is <= most, "{what}: {is:.3}; {most} at most");
        }
        for answers in [&self.idle_answers, &self.busy_answers] {
            assert!(answers.nagled() * 20 <= answers.0.len(), "{answers}");
        }
        assert!(self.idled > PROXY_IDLE, "seen to stand for {:?} only", self.idled);
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test are small")]
impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |name: &str, value: String| writeln!(f, "{name:<44} {value}");
        row("", String::new())?;
        if self.pushes < self.wanted {
            row("lowered: too few descriptors (ulimit -n) for", self.wanted.to_string())?;
        }
        row("pushes waiting", self.pushes.to_string())?;
        row(
            "opened, sign-ins per second",
            format!("{:.0}", self.pushes as f64 / self.opening.as_secs_f64()),
        )?;
        row("KiB each, attempt included", format!("{:.1}", self.kib))?;
        row("KiB each on the bare server", format!("{:.1}", self.bare_kib))?;
        row("ratio", format!("{:.2}", self.kib / self.bare_kib))?;
        row(
            "polls per push and interval",
            format!("{:.3}", self.polls_per_interval()),
        )?;
        row(
            "processor time of a poll, to a bare one",
            format!(
                "{:.2} ({:.0?} to {:.0?})",
                ratio(self.poll, self.bare_poll),
                self.poll,
                self.bare_poll
            ),
        )?;
        row(
            "processor of the service, % of one core",
            format!("{:.0}", self.cpu * 100.0),
        )?;
        let polls_s = self.polls as f64 / self.intervals;
        row(
            "  of the simulated org, of the machine",
            format!(
                "{:.0}, {:.0} ({polls_s:.0} polls an interval)",
                self.org_cpu * 100.0,
                self.machine_cpu * 100.0
            ),
        )?;
        row(
            "calls to Okta on connections that were there",
            format!(
                "{:.1} % ({} calls, {} connections)",
                self.reuse() * 100.0,
                self.calls,
                self.connections
            ),
        )?;
        row("approved to told (polls are one interval apart)", self.told.to_string())?;
        row("a page, nobody waiting", self.idle_answers.to_string())?;
        row("a page, everybody waiting", self.busy_answers.to_string())?;
        row(
            "a connection without a request stood for",
            format!("{:.0} s", self.idled.as_secs_f64()),
        )
    }
}

/// How long things took.
#[derive(Debug, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// How many of them are at those times.
    fn nagled(&self) -> usize {
        self.0.iter().filter(|time| NAGLE.contains(*time)).count()
    }

    fn quantile(&self, percent: usize) -> Duration {
        let place = self.0.len().saturating_sub(1) * percent / 100;
        self.0.get(place).copied().unwrap_or_default()
    }
}

impl Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |percent| self.quantile(percent).as_secs_f64() * 1000.0;
        write!(
            f,
            "median {:.1} ms, p99 {:.1} ms; {} of {} between 40 and 48 ms",
            ms(50),
            ms(99),
            self.nagled(),
            self.0.len()
        )
    }
}

#[cfg(test)]
mod tests;
