//! Traces: who records them, and how spans get to the collector (docs/decisions/0039).
//!
//! Every request has a [`TraceContext`](crate::trace::TraceContext), for its lines in the log and for whoever it calls.
//! With a collector in the settings, some of them are recorded as spans as well. A span goes into a queue that never
//! makes anybody wait: what does not fit is counted and lost. [`delivery`] empties the queue.

mod collector;
mod delivery;
mod otlp;
mod span;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use super::Metrics;
use crate::clock::Clock;
use crate::config::OtlpConfig;
use crate::trace::{RemoteParent, Sampling, TraceContext};
use collector::Collector;
pub use collector::CollectorError;
pub use delivery::Delivery;
use delivery::{EXPORTED, FAILED, Losses};
pub use span::{Span, SpanKind, known_method};

/// Spans that wait for the collector at most. A span takes about half a KiB.
const QUEUE: usize = 4096;

/// What becomes of spans that find no room, in the metrics.
const QUEUE_FULL: &str = "queue_full";

/// Records spans, if there is a collector.
pub struct Traces {
    exporter: Option<Exporter>,
}

struct Exporter {
    queue: mpsc::Sender<Span>,
    /// Until [`Traces::delivery`] takes it.
    delivery: Mutex<Option<Delivery>>,
    /// How many spans were lost.
    lost: Arc<AtomicU64>,
    metrics: Arc<Metrics>,
    sample_percent: u32,
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traces").field("is_on", &self.is_on()).finish()
    }
}

impl Traces {
    /// `settings` are `None` without a collector.
    pub fn new(
        settings: Option<&OtlpConfig>,
        clock: &Arc<dyn Clock>,
        metrics: &Arc<Metrics>,
    ) -> Result<Self, CollectorError> {
        metrics.begin_trace_spans([EXPORTED, QUEUE_FULL, FAILED]);
        let Some(settings) = settings else {
            return Ok(Self { exporter: None });
        };
        let (queue, spans) = mpsc::channel(QUEUE);
        let losses = Losses::default();
        let lost = Arc::clone(&losses.number);
        let delivery = Delivery {
            collector: Collector::new(settings)?,
            spans,
            clock: Arc::clone(clock),
            metrics: Arc::clone(metrics),
            losses,
        };
        Ok(Self {
            exporter: Some(Exporter {
                queue,
                delivery: Mutex::new(Some(delivery)),
                lost,
                metrics: Arc::clone(metrics),
                sample_percent: settings.sample_percent,
            }),
        })
    }

    /// Whether there is a collector.
    pub fn is_on(&self) -> bool {
        self.exporter.is_some()
    }

    /// Our span for a request. The parent, where there is one, has decided whether it is recorded; else our own share
    /// of traces decides, if there is a collector.
    pub fn begins(&self, parent: Option<RemoteParent>) -> TraceContext {
        let context = parent.map_or_else(TraceContext::new, TraceContext::of);
        match &self.exporter {
            Some(exporter) => {
                // The id is random.
                let is_recorded = context.trace_id().number() % 100 < u128::from(exporter.sample_percent);
                context.decided(is_recorded)
            }
            None => context,
        }
    }

    /// Whether this span is to be recorded.
    pub fn records(&self, context: &TraceContext) -> bool {
        self.is_on() && context.sampling() == Sampling::Recorded
    }

    /// Records a finished span, unless its trace is not recorded.
    pub fn record(&self, context: &TraceContext, span: impl FnOnce(TraceContext) -> Span) {
        if let Some(exporter) = &self.exporter
            && self.records(context)
            && exporter.queue.try_send(span(context.clone())).is_err()
        {
            exporter.metrics.trace_spans(QUEUE_FULL, 1);
            exporter.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What empties the queue; `None` without a collector, and from the second call on.
    pub fn delivery(&self) -> Option<Delivery> {
        let exporter = self.exporter.as_ref()?;
        let mut delivery = exporter.delivery.lock().unwrap_or_else(PoisonError::into_inner);
        delivery.take()
    }
}
