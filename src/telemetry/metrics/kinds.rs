//! Counters that begin at 0, and gauges that are not exposed before they are known.

use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, OnceLock};

use prometheus_client::encoding::{EncodeLabelSet, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{Atomic, Gauge};

/// Counters by labels whose values are all known when the process starts. Each is there from the start: an increase from
/// nothing to 1 is none for Prometheus.
#[derive(Debug, Clone)]
pub(super) struct CountedFromStart<L>(pub(super) Family<L, Counter>);

// Derived, it would demand the same of the labels.
impl<L: Clone + Hash + Eq> Default for CountedFromStart<L> {
    fn default() -> Self {
        Self(Family::default())
    }
}

impl<L: Clone + Hash + Eq + fmt::Debug> CountedFromStart<L> {
    /// Begins these counts.
    pub(super) fn begin(&self, labels: impl IntoIterator<Item = L>) {
        for labels in labels {
            drop(self.0.get_or_create(&labels));
        }
    }

    pub(super) fn count(&self, labels: &L) {
        debug_assert!(self.0.get(labels).is_some(), "{labels:?} did not begin at 0");
        self.0.get_or_create(labels).inc();
    }
}

impl<L: EncodeLabelSet + Clone + Hash + Eq> EncodeMetric for CountedFromStart<L> {
    fn encode(&self, encoder: MetricEncoder) -> fmt::Result {
        self.0.encode(encoder)
    }

    fn metric_type(&self) -> MetricType {
        self.0.metric_type()
    }

    fn is_empty(&self) -> bool {
        EncodeMetric::is_empty(&self.0)
    }
}

/// A gauge that appears with its first value: 0 would be a lie until then.
#[derive(Debug)]
pub(super) struct Late<N, A>(Arc<OnceLock<Gauge<N, A>>>);

impl<N, A> Clone for Late<N, A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<N, A> Default for Late<N, A> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<N: Copy, A: Atomic<N> + Default> Late<N, A> {
    pub(super) fn set(&self, value: N) {
        let first = || {
            let gauge = Gauge::default();
            gauge.set(value);
            gauge
        };
        self.0.get_or_init(first).set(value);
    }
}

impl<N, A> EncodeMetric for Late<N, A>
where
    Gauge<N, A>: EncodeMetric,
{
    fn encode(&self, encoder: MetricEncoder) -> fmt::Result {
        self.0.get().map_or(Ok(()), |gauge| gauge.encode(encoder))
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Gauge
    }

    fn is_empty(&self) -> bool {
        self.0.get().is_none()
    }
}
