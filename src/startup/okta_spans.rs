//! Calls to Okta in traces.

use std::sync::Arc;

use jiff::Timestamp;
use okta_direct_auth::{CallReport, CallTrace, CallTracer, Endpoint, OutcomeClass};

use crate::clock::Clock;
use crate::telemetry::Traces;
use crate::telemetry::traces::{Span, SpanKind};
use crate::trace::{self, TRACEPARENT, TraceContext};

/// Makes each call a span.
pub(super) struct OktaSpans {
    pub(super) traces: Arc<Traces>,
    pub(super) clock: Arc<dyn Clock>,
    /// The host of the org.
    pub(super) host: Arc<str>,
}

struct OktaSpan {
    traces: Arc<Traces>,
    clock: Arc<dyn Clock>,
    host: Arc<str>,
    context: TraceContext,
    began: Timestamp,
}

impl CallTracer for OktaSpans {
    fn call_started(&self, _: Endpoint, _: Option<&str>) -> Box<dyn CallTrace> {
        let context = match trace::current() {
            Some(request) => request.child(),
            // A revocation that is tried again, keys that are fetched at the start, a check that is not recorded.
            None => self.traces.begins(None),
        };
        Box::new(OktaSpan {
            traces: Arc::clone(&self.traces),
            clock: Arc::clone(&self.clock),
            host: Arc::clone(&self.host),
            context,
            began: self.clock.now(),
        })
    }
}

impl CallTrace for OktaSpan {
    /// Without `tracestate`: what other programs of the operator's keep there is none of Okta's business.
    fn headers(&self) -> Vec<(&'static str, String)> {
        vec![(TRACEPARENT, self.context.traceparent())]
    }

    fn finished(self: Box<Self>, report: &CallReport<'_>) {
        self.traces.record(&self.context, |context| {
            let ran = (self.began, self.clock.now());
            let endpoint = report.endpoint.as_str();
            Span::new(context, SpanKind::Client, format!("okta {endpoint}"), ran)
                .text(
                    "http.request.method",
                    if report.endpoint.is_get() { "GET" } else { "POST" },
                )
                .text("server.address", self.host.to_string())
                .text("okta.endpoint", endpoint)
                .text_if_known("okta.grant", report.grant.map(str::to_owned))
                .text("okta.outcome", report.outcome)
                .text_if_known("okta.cause", report.cause)
                .text_if_known("okta.request_id", report.request_id.map(str::to_owned))
                .status(report.status.unwrap_or_default())
                .failed(report.class == OutcomeClass::Trouble)
        });
    }
}
