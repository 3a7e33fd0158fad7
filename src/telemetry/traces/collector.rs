//! The collector that spans are sent to.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, StatusCode};
use secrecy::ExposeSecret as _;
use url::Url;

use super::otlp::SpanEncoder;
use super::span::Span;
use crate::config::{OtlpConfig, is_loopback};
use crate::http_client::client_builder;

/// How long a whole call may take.
const WHOLE: Duration = Duration::from_secs(10);

/// Why the collector cannot be called at all.
#[derive(Debug, thiserror::Error)]
pub enum CollectorError {
    #[error("ops.otlp_ca_file holds no certificate that can be read")]
    Certificates,
    #[error("ops.otlp_headers holds a header that cannot be sent")]
    Headers,
    #[error("the HTTP client for the collector could not be made")]
    Client(#[source] reqwest::Error),
}

/// Why a batch was not accepted.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotAccepted {
    #[error("the collector does not answer")]
    NoAnswer(#[source] reqwest::Error),
    #[error("the collector answers {0}")]
    Refused(StatusCode),
}

impl NotAccepted {
    /// Whether the same batch may be accepted in a moment, by the specification of OTLP.
    pub(super) fn is_worth_repeating(&self) -> bool {
        match self {
            Self::NoAnswer(_) => true,
            Self::Refused(status) => matches!(status.as_u16(), 429 | 502 | 503 | 504),
        }
    }
}

pub(super) struct Collector {
    client: reqwest::Client,
    address: Url,
    headers: HeaderMap,
    encoder: SpanEncoder,
}

impl Collector {
    pub(super) fn new(settings: &OtlpConfig) -> Result<Self, CollectorError> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        for (name, value) in &settings.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| CollectorError::Headers)?;
            let value = HeaderValue::from_str(value.expose_secret());
            let mut value = value.map_err(|_| CollectorError::Headers)?;
            // So that no library prints it.
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Ok(Self {
            client: client(settings)?,
            address: settings.address.clone(),
            headers,
            encoder: SpanEncoder::new(&settings.service_name),
        })
    }

    /// A batch as it is sent.
    pub(super) fn encode(&self, batch: Vec<Span>) -> Vec<u8> {
        self.encoder.encode(batch)
    }

    /// Sends a batch once.
    pub(super) async fn post(&self, batch: Vec<u8>) -> Result<(), NotAccepted> {
        let request = self.client.post(self.address.clone());
        let request = request.headers(self.headers.clone()).body(batch);
        let no_answer = |error: reqwest::Error| NotAccepted::NoAnswer(error.without_url());
        let status = request.send().await.map_err(no_answer)?.status();
        if status.is_success() {
            Ok(())
        } else {
            Err(NotAccepted::Refused(status))
        }
    }
}

fn client(settings: &OtlpConfig) -> Result<reqwest::Client, CollectorError> {
    let mut roots = Vec::new();
    if let Some(pem) = &settings.ca_pem {
        let found = Certificate::from_pem_bundle(pem).ok().filter(|found| !found.is_empty());
        roots = found.ok_or(CollectorError::Certificates)?;
    }
    let mut builder = client_builder(WHOLE, roots).tcp_nodelay(true);
    if settings.address.host_str().is_some_and(is_loopback) {
        builder = builder.no_proxy();
    }
    builder.build().map_err(CollectorError::Client)
}
