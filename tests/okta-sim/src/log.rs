//! The log of requests, without secrets.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde::Serialize;

use crate::fault::Endpoint;

/// Form fields whose value may be kept; of every other field only the name is kept.
const HARMLESS_FIELDS: [&str; 23] = [
    "grant_type",
    "scope",
    "username",
    "login_hint",
    "channel_hint",
    "challenge_hint",
    "challenge_types_supported",
    "grant_types_supported",
    "acr_values",
    "client_id",
    "client_assertion_type",
    "token_type_hint",
    "intent",
    "response_type",
    "response_mode",
    "redirect_uri",
    "post_logout_redirect_uri",
    "prompt",
    "max_age",
    "code_challenge_method",
    "action",
    "factor",
    "display",
];

const HARMLESS_HEADERS: [&str; 12] = [
    "accept",
    "accept-language",
    "connection",
    "content-length",
    "content-type",
    "host",
    "origin",
    "traceparent",
    "tracestate",
    "user-agent",
    "x-forwarded-for",
    "x-device-token",
];

const HIDDEN: &str = "[hidden]";

/// One request, as tests read it.
#[derive(Debug, Clone, Serialize)]
pub struct RecordedRequest {
    /// When it arrived, by the simulator's clock (RFC 3339).
    pub at: String,
    pub method: String,
    /// Without the query.
    pub path: String,
    pub endpoint: Endpoint,
    /// Form fields, or a browser's query; values that may be secret read `[hidden]`.
    pub form: BTreeMap<String, String>,
    /// Lower-case names; values that may be secret read `[hidden]`.
    pub headers: BTreeMap<String, String>,
    /// The client's address: the peer, or from `X-Forwarded-For` of a trusted proxy.
    pub client_ip: String,
    pub request_id: String,
    pub status: u16,
    /// The `error` or `errorCode` that was answered.
    pub error: Option<String>,
    /// The fault that broke it.
    pub fault: Option<String>,
}

pub(crate) fn without_secrets<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeMap<String, String> {
    let kept = |name: &str, value: &str| {
        if HARMLESS_FIELDS.contains(&name) {
            value.to_owned()
        } else {
            HIDDEN.to_owned()
        }
    };
    fields
        .map(|(name, value)| (name.to_owned(), kept(name, value)))
        .collect()
}

pub(crate) fn harmless_headers<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeMap<String, String> {
    let kept = |name: &str, value: &str| match (name, value.split_once(' ')) {
        ("authorization", Some((scheme, _))) => format!("{scheme} {HIDDEN}"),
        _ if HARMLESS_HEADERS.contains(&name) => value.to_owned(),
        _ => HIDDEN.to_owned(),
    };
    headers
        .map(|(name, value)| (name.to_owned(), kept(name, value)))
        .collect()
}

/// The newest requests, and how many there were for each endpoint.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    kept: VecDeque<RecordedRequest>,
    counts: HashMap<Endpoint, u64>,
}

impl RequestLog {
    pub(crate) fn count(&mut self, endpoint: Endpoint) {
        *self.counts.entry(endpoint).or_default() += 1;
        *self.counts.entry(Endpoint::Any).or_default() += u64::from(endpoint != Endpoint::Any);
    }

    pub(crate) fn counted(&self, endpoint: Endpoint) -> u64 {
        self.counts.get(&endpoint).copied().unwrap_or(0)
    }

    pub(crate) fn keep(&mut self, request: RecordedRequest, at_most: usize) {
        while self.kept.len() >= at_most.max(1) {
            self.kept.pop_front();
        }
        self.kept.push_back(request);
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        self.kept.iter().cloned().collect()
    }
}
