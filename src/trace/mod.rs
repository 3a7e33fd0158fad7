//! The trace that a request belongs to, by the W3C's recommendation [Trace Context](https://www.w3.org/TR/trace-context-1/).
//!
//! [`RemoteParent`] reads the headers of whoever called us, [`TraceContext`] is our own span and writes the headers for
//! whomever we call, and [`current`] tells code that is busy with a request which span that is.

mod remote_parent;
mod task;

use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::num::{NonZeroU64, NonZeroU128};
use std::sync::Arc;

pub use remote_parent::RemoteParent;
pub use task::{current, inheriting, within};

/// The header that names trace and span.
pub const TRACEPARENT: &str = "traceparent";

/// The header with what other vendors want to find again.
pub const TRACESTATE: &str = "tracestate";

/// Whether the spans of a trace are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    /// Nobody has said so far.
    Undecided,
    Dropped,
    Recorded,
}

/// A span of ours in a trace. Ids are no secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: NonZeroU128,
    span_id: NonZeroU64,
    parent: Option<NonZeroU64>,
    is_parent_remote: bool,
    sampling: Sampling,
    /// The `tracestate` that came with the parent.
    state: Option<Arc<str>>,
}

impl TraceContext {
    /// The first span of a new trace.
    pub fn new() -> Self {
        Self {
            trace_id: new_trace_id(),
            span_id: new_span_id(),
            parent: None,
            is_parent_remote: false,
            sampling: Sampling::Undecided,
            state: None,
        }
    }

    /// The span of a call that another program made.
    pub fn of(parent: RemoteParent) -> Self {
        Self {
            trace_id: parent.trace_id,
            span_id: new_span_id(),
            parent: Some(parent.span_id),
            is_parent_remote: true,
            sampling: if parent.is_sampled {
                Sampling::Recorded
            } else {
                Sampling::Dropped
            },
            state: parent.state,
        }
    }

    /// A span within this one.
    #[must_use]
    pub fn child(&self) -> Self {
        Self {
            span_id: new_span_id(),
            parent: Some(self.span_id),
            is_parent_remote: false,
            ..self.clone()
        }
    }

    /// The same span, where nobody has decided yet.
    #[must_use]
    pub fn decided(self, is_recorded: bool) -> Self {
        let decided = if is_recorded {
            Sampling::Recorded
        } else {
            Sampling::Dropped
        };
        Self {
            sampling: match self.sampling {
                Sampling::Undecided => decided,
                Sampling::Dropped | Sampling::Recorded => self.sampling,
            },
            ..self
        }
    }

    pub fn sampling(&self) -> Sampling {
        self.sampling
    }

    pub fn trace_id(&self) -> TraceId {
        TraceId(self.trace_id)
    }

    pub fn span_id(&self) -> SpanId {
        SpanId(self.span_id)
    }

    pub fn parent_id(&self) -> Option<SpanId> {
        self.parent.map(SpanId)
    }

    /// Whether the parent is a span of another program.
    pub fn is_parent_remote(&self) -> bool {
        self.is_parent_remote
    }

    /// The value of `traceparent` for what is called within this span.
    pub fn traceparent(&self) -> String {
        let flags = u8::from(self.sampling == Sampling::Recorded);
        format!("00-{}-{}-{flags:02x}", self.trace_id(), self.span_id())
    }

    /// The value of `tracestate`.
    pub fn tracestate(&self) -> Option<&str> {
        self.state.as_deref()
    }
}

impl Default for TraceContext {
    fn default() -> Self {
        Self::new()
    }
}

/// Written as 32 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId(NonZeroU128);

impl TraceId {
    pub fn number(self) -> u128 {
        self.0.get()
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Written as 16 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanId(NonZeroU64);

impl SpanId {
    pub fn number(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

fn new_trace_id() -> NonZeroU128 {
    let id = u128::from(random()) << 64 | u128::from(random());
    NonZeroU128::new(id).unwrap_or(NonZeroU128::MIN)
}

fn new_span_id() -> NonZeroU64 {
    NonZeroU64::new(random()).unwrap_or(NonZeroU64::MIN)
}

/// For ids, which nobody has to be kept from guessing. From the keys of the standard library's hash maps, which the
/// system's generator gives each thread once: every request has ids, and each would be a system call.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_in_the_trace_of_its_parent_and_goes_by_its_decision() {
        let root = TraceContext::new();
        assert_eq!((root.parent_id(), root.sampling()), (None, Sampling::Undecided));
        for is_recorded in [false, true] {
            let root = root.clone().decided(is_recorded);
            let child = root.child();
            assert_eq!(child.trace_id(), root.trace_id());
            assert_eq!(child.parent_id(), Some(root.span_id()));
            assert_ne!(child.span_id(), root.span_id());
            let flags = if is_recorded { "01" } else { "00" };
            assert_eq!(
                child.traceparent(),
                format!("00-{}-{}-{flags}", root.trace_id(), child.span_id())
            );
            assert_eq!(child.clone().decided(!is_recorded), child);
        }
    }
}
