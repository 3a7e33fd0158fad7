//! Takes spans from the queue to the collector, in batches.

use std::error::Error as StdError;
use std::fmt;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::collector::{Collector, NotAccepted};
use super::span::Span;
use crate::clock::Clock;
use crate::domain::session::after;
use crate::telemetry::Metrics;

/// What becomes of spans here, in the metrics.
pub(super) const EXPORTED: &str = "exported";
pub(super) const FAILED: &str = "failed";

/// Spans in one batch at most.
const BATCH: usize = 512;

/// How long a span waits for others.
const GATHER: Duration = Duration::from_secs(2);

/// The pauses before a batch is sent again.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];

/// How long a stop waits for the collector.
const FLUSH: Duration = Duration::from_secs(3);

/// The pause between two warnings.
const QUIET: Duration = Duration::from_mins(1);

type Stop = Shared<BoxFuture<'static, ()>>;

/// Takes spans from the queue to the collector.
pub struct Delivery {
    pub(super) collector: Collector,
    pub(super) spans: mpsc::Receiver<Span>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) losses: Losses,
}

/// Spans that were lost.
#[derive(Debug, Default)]
pub(super) struct Losses {
    /// So far.
    pub(super) number: Arc<AtomicU64>,
    /// Those that the log knows of.
    told: u64,
    /// When the log may be told of more.
    next: Option<Timestamp>,
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").finish_non_exhaustive()
    }
}

impl Delivery {
    /// Delivers until `stop` completes, and then what is left, for a moment.
    pub async fn run(mut self, stop: impl Future<Output = ()> + Send + 'static) {
        let stop = stop.boxed().shared();
        let (clock, stopping) = (Arc::clone(&self.clock), stop.clone());
        let over = async move {
            stopping.await;
            clock.sleep_until(after(clock.now(), FLUSH)).await;
        };
        tokio::select! {
            () = self.deliver(&stop) => {}
            () = over => tracing::warn!("the collector of traces is too slow; the last spans are lost"),
        }
    }

    async fn deliver(&mut self, stop: &Stop) {
        loop {
            let batch = self.gather(stop).await;
            if batch.is_empty() {
                return;
            }
            self.send(batch, stop).await;
        }
    }

    /// Waits for a batch. An empty one is the end.
    async fn gather(&mut self, stop: &Stop) -> Vec<Span> {
        let mut batch = Vec::new();
        let spans = &mut self.spans;
        tokio::select! {
            _ = spans.recv_many(&mut batch, BATCH) => {}
            () = stop.clone() => {}
        }
        let gathered = self.clock.sleep_until(after(self.clock.now(), GATHER));
        let full = async {
            loop {
                let room = BATCH - batch.len();
                if room == 0 || spans.recv_many(&mut batch, room).await == 0 {
                    return;
                }
            }
        };
        tokio::select! {
            () = full => {}
            () = gathered => {}
            () = stop.clone() => {}
        }
        while batch.len() < BATCH
            && let Ok(span) = spans.try_recv()
        {
            batch.push(span);
        }
        batch
    }

    async fn send(&mut self, batch: Vec<Span>, stop: &Stop) {
        let number = batch.len() as u64;
        let body = self.collector.encode(batch);
        let mut pauses = PAUSES.into_iter();
        let sent = loop {
            let sent = self.collector.post(body.clone()).await;
            let is_over = stop.peek().is_some();
            match (&sent, pauses.next()) {
                (Err(error), Some(pause)) if error.is_worth_repeating() && !is_over => {
                    tokio::select! {
                        () = self.clock.sleep_until(after(self.clock.now(), pause)) => {}
                        () = stop.clone() => {}
                    }
                }
                _ => break sent,
            }
        };
        match sent {
            Ok(()) => {
                self.metrics.trace_spans(EXPORTED, number);
                self.tell(None);
            }
            Err(error) => {
                self.metrics.trace_spans(FAILED, number);
                self.losses.number.fetch_add(number, Ordering::Relaxed);
                self.tell(Some(&error));
            }
        }
    }

    /// Logs losses that the log does not know of: those of a batch, and those of a full queue.
    fn tell(&mut self, error: Option<&NotAccepted>) {
        let (now, losses) = (self.clock.now(), &mut self.losses);
        let number = losses.number.load(Ordering::Relaxed);
        if number == losses.told || losses.next.is_some_and(|next| now < next) {
            return;
        }
        losses.next = Some(after(now, QUIET));
        let lost = number - mem::replace(&mut losses.told, number);
        let error = error.map(|error| error as &dyn StdError);
        tracing::warn!(lost, error, "spans were lost on the way to the collector of traces");
    }
}

#[cfg(test)]
mod tests {
    use tracing::subscriber::with_default;

    use super::*;
    use crate::clock::ManualClock;
    use crate::config::OtlpConfig;
    use crate::telemetry::Build;
    use crate::telemetry::logs::tests::Captured;
    use crate::telemetry::logs::{LogFormat, subscriber};

    #[test]
    fn losses_are_told_once_a_minute_at_most_and_none_is_left_out() {
        let hand = ManualClock::at(Timestamp::UNIX_EPOCH);
        let (_, spans) = mpsc::channel(1);
        let mut delivery = Delivery {
            collector: Collector::new(&OtlpConfig {
                address: "http://localhost/v1/traces".parse().unwrap(),
                headers: Vec::new(),
                ca_pem: None,
                service_name: "portico".to_owned(),
                sample_percent: 100,
            })
            .unwrap(),
            spans,
            clock: Arc::new(hand.clone()),
            metrics: Arc::new(Metrics::new(Build {
                version: "1",
                commit: "a",
            })),
            losses: Losses::default(),
        };
        let captured = Captured::default();
        let log = subscriber(LogFormat::Json, "warn", captured.clone()).unwrap();
        with_default(log, || {
            delivery.tell(None);
            for lost in [3, 4, 5] {
                delivery.losses.number.fetch_add(lost, Ordering::Relaxed);
                delivery.tell(None);
                hand.advance(Duration::from_secs(29));
            }
            hand.advance(Duration::from_secs(2));
            let error = NotAccepted::Refused(reqwest::StatusCode::BAD_GATEWAY);
            delivery.tell(Some(&error));
            hand.advance(QUIET);
            delivery.tell(None);
        });
        let lines: Vec<serde_json::Value> = captured
            .text()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let told: Vec<_> = lines
            .iter()
            .map(|line| (line["lost"].as_u64(), line.get("error").cloned()))
            .collect();
        let error = "the collector answers 502 Bad Gateway";
        assert_eq!(told, [(Some(3), None), (Some(9), Some(error.into()))]);
    }
}
