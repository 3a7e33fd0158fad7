//! The call to the portal in traces.

use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;

use super::trouble::NoAnswer;
use crate::telemetry::Traces;
use crate::telemetry::traces::{Span, SpanKind, known_method};
use crate::trace::{self, Sampling, TraceContext};

/// The span of a request that is forwarded.
#[derive(Debug)]
pub(super) struct PortalSpan {
    context: Option<TraceContext>,
    began: Timestamp,
}

impl PortalSpan {
    pub(super) fn begins(now: Timestamp) -> Self {
        let request = trace::current();
        Self {
            context: request.map(|request| request.child()),
            began: now,
        }
    }

    /// What the portal is told. Nothing if nobody has decided whether the trace is recorded: a portal usually goes by
    /// what it is told, so "no" would end its own traces, and "yes" would have it record every request.
    pub(super) fn context(&self) -> Option<&TraceContext> {
        let context = self.context.as_ref();
        context.filter(|context| context.sampling() != Sampling::Undecided)
    }

    pub(super) fn ends(
        &self,
        (traces, host): (&Traces, &str),
        req: &HttpRequest,
        answer: &Result<HttpResponse, NoAnswer>,
        now: Timestamp,
    ) {
        let Some(context) = &self.context else {
            return;
        };
        traces.record(context, |context| {
            let status = answer.as_ref().map_or(0, |answer| answer.status().as_u16());
            Span::new(context, SpanKind::Client, "portal", (self.began, now))
                .text("http.request.method", known_method(req.method().as_str()))
                .text("server.address", host.to_owned())
                .text_if_known("portico.outcome", answer.as_ref().err().map(|why| why.name()))
                .status(status)
                .failed(answer.is_err() || status >= 500)
        });
    }
}
