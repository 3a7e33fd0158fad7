//! Spans as the messages of OTLP.

use jiff::Timestamp;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span as Message, Status, span, status};
use prost::Message as _;

use super::span::{AttributeValue, Span, SpanKind};
use crate::trace::{Sampling, random};

/// In the flags of a span, beside those of its `traceparent`: that it is known whether the parent is another program's,
/// and that it is.
const KNOWS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// Makes batches, which name this process.
#[derive(Debug, Clone)]
pub(super) struct SpanEncoder(Resource);

impl SpanEncoder {
    pub(super) fn new(service_name: &str) -> Self {
        // Another one after each start, so that restarts can be told apart.
        let instance = random();
        Self(Resource {
            attributes: vec![
                attribute("service.name", text(service_name)),
                attribute("service.version", text(env!("CARGO_PKG_VERSION"))),
                attribute("service.instance.id", text(&format!("{instance:016x}"))),
            ],
            ..Resource::default()
        })
    }

    /// One batch, ready to be sent.
    pub(super) fn encode(&self, batch: Vec<Span>) -> Vec<u8> {
        let scope = InstrumentationScope {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..InstrumentationScope::default()
        };
        let spans = ScopeSpans {
            scope: Some(scope),
            spans: batch.into_iter().map(message).collect(),
            ..ScopeSpans::default()
        };
        let spans = ResourceSpans {
            resource: Some(self.0.clone()),
            scope_spans: vec![spans],
            ..ResourceSpans::default()
        };
        let request = ExportTraceServiceRequest {
            resource_spans: vec![spans],
        };
        request.encode_to_vec()
    }
}

fn message(span: Span) -> Message {
    let context = span.context;
    let mut flags = KNOWS_REMOTE | u32::from(context.sampling() == Sampling::Recorded);
    if context.is_parent_remote() {
        flags |= IS_REMOTE;
    }
    let parent = context.parent_id().map(|id| id.number().to_be_bytes().to_vec());
    let attributes = span.attributes.into_iter();
    let attributes = attributes.map(|(name, value)| {
        attribute(
            name,
            match value {
                AttributeValue::Text(value) => text(&value),
                AttributeValue::Number(value) => Value::IntValue(value),
            },
        )
    });
    Message {
        trace_id: context.trace_id().number().to_be_bytes().to_vec(),
        span_id: context.span_id().number().to_be_bytes().to_vec(),
        trace_state: context.tracestate().unwrap_or_default().to_owned(),
        parent_span_id: parent.unwrap_or_default(),
        flags,
        name: span.name.into_owned(),
        kind: match span.kind {
            SpanKind::Server => span::SpanKind::Server,
            SpanKind::Client => span::SpanKind::Client,
            SpanKind::Internal => span::SpanKind::Internal,
        }
        .into(),
        start_time_unix_nano: nanoseconds(span.began),
        end_time_unix_nano: nanoseconds(span.ended.max(span.began)),
        attributes: attributes.collect(),
        status: span.is_failed.then(|| Status {
            code: status::StatusCode::Error.into(),
            ..Status::default()
        }),
        ..Message::default()
    }
}

fn attribute(name: &str, value: Value) -> KeyValue {
    KeyValue {
        key: name.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

fn text(text: &str) -> Value {
    Value::StringValue(text.to_owned())
}

fn nanoseconds(time: Timestamp) -> u64 {
    u64::try_from(time.as_nanosecond()).unwrap_or_default()
}
