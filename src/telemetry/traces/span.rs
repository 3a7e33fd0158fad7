//! A finished span.
//!
//! Its attributes are chosen one by one, and none of them is text from a client: no path, query, name, cookie or
//! address is ever in a span (SEC-501).

use std::borrow::Cow;

use jiff::Timestamp;

use crate::trace::TraceContext;

/// What a span is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// A request that we answer.
    Server,
    /// A call that we make.
    Client,
    /// What happens within this process.
    Internal,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AttributeValue {
    Text(Cow<'static, str>),
    Number(i64),
}

/// A finished span.
#[derive(Debug)]
pub struct Span {
    pub(super) context: TraceContext,
    pub(super) kind: SpanKind,
    pub(super) name: Cow<'static, str>,
    pub(super) began: Timestamp,
    pub(super) ended: Timestamp,
    pub(super) attributes: Vec<(&'static str, AttributeValue)>,
    pub(super) is_failed: bool,
}

impl Span {
    pub fn new(
        context: TraceContext,
        kind: SpanKind,
        name: impl Into<Cow<'static, str>>,
        (began, ended): (Timestamp, Timestamp),
    ) -> Self {
        Self {
            context,
            kind,
            name: name.into(),
            began,
            ended,
            attributes: Vec::new(),
            is_failed: false,
        }
    }

    #[must_use]
    pub fn text(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.attributes.push((name, AttributeValue::Text(value.into())));
        self
    }

    #[must_use]
    pub fn text_if_known(self, name: &'static str, value: Option<impl Into<Cow<'static, str>>>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// The status of an answer; 0: there was none.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        if status > 0 {
            let value = AttributeValue::Number(status.into());
            self.attributes.push(("http.response.status_code", value));
        }
        self
    }

    /// Whether what it is about went wrong, and that is nothing that a customer did.
    #[must_use]
    pub fn failed(mut self, is_failed: bool) -> Self {
        self.is_failed = is_failed;
        self
    }
}

/// Clients can send any word as a method.
pub fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("_OTHER")
}
