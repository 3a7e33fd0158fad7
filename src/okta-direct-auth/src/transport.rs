//! One HTTP exchange with Okta: what is sent, what is read, and what is reported about it.

mod build;
mod call;
mod facts;
mod http_client;

pub(crate) use self::{
    call::{Call, Purpose},
    facts::{Facts, unix},
    http_client::HttpClients,
};

use std::time::Duration;

use crate::{
    CallReport, Client, Error, ErrorKind, OutcomeClass,
    ports::{MFA_REQUIRED, NONCE_DEMANDED, OK},
    refusal,
    refusal::Refusal,
    wire::MoreWanted,
};

/// In bytes. Okta's replies are a few KiB; anything larger is not from Okta.
const LARGEST_BODY: usize = 256 * 1024;
#[cfg(feature = "tracing")]
/// In seconds. Logged beyond this, so that the operator notices before ID tokens are refused.
pub const WORRYING_SKEW: u64 = 60;

/// A reply that is not a failure.
#[derive(Debug)]
pub(crate) enum Answer<T> {
    Good(T),
    /// The factor was right and another is required.
    MoreWanted(MoreWanted),
}

impl<T> Answer<T> {
    /// For calls to which Okta cannot answer with a demand for a factor.
    pub(crate) fn good(self) -> Result<T, Error> {
        match self {
            Self::Good(value) => Ok(value),
            Self::MoreWanted(_) => Err(Error::new(ErrorKind::Nonsense, "mfa_required_out_of_place")),
        }
    }
}

/// Reads the body of a 2xx reply.
pub(crate) type Reader<T> = fn(&[u8], &Facts) -> Result<T, Error>;

impl Client {
    /// Carries out a call. Only calls that change nothing, or that may be repeated, are tried a second time.
    pub(crate) async fn call<T>(&self, call: &Call<'_>, read: Reader<T>) -> Result<Answer<T>, Error> {
        let (facts, first) = self.call_once(call, None, read).await;
        match first {
            // Refused for its proof alone, so its other content has not counted (RFC 9449, 8). Repeated only once: a
            // server that is never content must not get a password again and again.
            Err(error) if demands_nonce(call, &facts, &error) => {
                let nonce = facts.dpop_nonce.as_deref();
                self.call_once(call, nonce, read).await.1
            }
            Err(error) if call.purpose.is_repeatable() && is_worth_repeating(&error) => {
                self.pause().await;
                self.call_once(call, None, read).await.1
            }
            other => other,
        }
    }

    async fn call_once<T>(
        &self,
        call: &Call<'_>,
        nonce: Option<&str>,
        read: Reader<T>,
    ) -> (Facts, Result<Answer<T>, Error>) {
        let (endpoint, grant) = (call.purpose.endpoint(), call.form.value("grant_type"));
        let trace = self.tracer.as_ref().map(|tracer| tracer.call_started(endpoint, grant));
        let headers = trace.as_ref().map(|trace| trace.headers()).unwrap_or_default();
        let began = self.clock.now();
        // The HTTP exchange is a large state machine; boxed, it does not make every caller's future as large.
        let (facts, body) = Box::pin(self.send(call, nonce, headers)).await;
        let answer = body.and_then(|body| judge(call.purpose, &facts, &body, read));
        let answer = answer.map_err(|error| error.with_request_id(facts.request_id.as_deref()));
        self.remember_skew(&facts);
        self.remember_nonce(call, &facts);
        let outcome = match &answer {
            Ok(Answer::Good(_)) => (OK, OutcomeClass::Normal),
            Ok(Answer::MoreWanted(_)) => (MFA_REQUIRED, OutcomeClass::Normal),
            Err(error) if nonce.is_none() && demands_nonce(call, &facts, error) => {
                (NONCE_DEMANDED, OutcomeClass::Normal)
            }
            Err(error) => (error.kind().as_str(), error.class()),
        };
        let duration = self.clock.now().duration_since(began).unwrap_or_default();
        let report = CallReport {
            grant,
            cause: answer.as_ref().err().map(Error::cause),
            ..facts.report(endpoint, outcome, duration)
        };
        self.report(&report);
        if let Some(trace) = trace {
            trace.finished(&report);
        }
        (facts, answer)
    }

    async fn send(
        &self,
        call: &Call<'_>,
        nonce: Option<&str>,
        headers: Vec<(&'static str, String)>,
    ) -> (Facts, Result<Vec<u8>, Error>) {
        let request = match self.request(call, nonce, headers) {
            Ok(request) => request,
            Err(error) => return (Facts::default(), Err(error)),
        };
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return (Facts::default(), Err(connection_fault(error))),
        };
        let facts = Facts::read(response.status().as_u16(), response.headers(), self.clock.now());
        let body = read_body(response).await;
        (facts, body)
    }

    fn report(&self, report: &CallReport<'_>) {
        #[cfg(feature = "tracing")]
        trace(report);
        self.observer.call_finished(report);
    }

    /// A short wait of random length, so that many clients do not come back at the same moment.
    #[expect(
        clippy::disallowed_methods,
        reason = "a fraction of a second that no test needs to skip"
    )]
    async fn pause(&self) {
        let mut jitter = [0_u8; 1];
        self.entropy.fill(&mut jitter);
        let [jitter] = jitter;
        tokio::time::sleep(Duration::from_millis(100 + u64::from(jitter))).await;
    }
}

/// Whether the proof lacked a nonce, or had an old one, and the reply brings a good one.
fn demands_nonce(call: &Call<'_>, facts: &Facts, error: &Error) -> bool {
    call.dpop.is_some() && facts.dpop_nonce.is_some() && error.cause() == NONCE_DEMANDED && !error.is_uncertain()
}

fn is_worth_repeating(error: &Error) -> bool {
    error.kind() == ErrorKind::Unavailable && error.cause() != "timeout" && error.retry_after().is_none()
}

/// What a reply means.
pub(crate) fn judge<T>(purpose: Purpose, facts: &Facts, body: &[u8], read: Reader<T>) -> Result<Answer<T>, Error> {
    match facts.status {
        200..=299 => read(body, facts).map(Answer::Good),
        300..=399 => Err(Error::new(ErrorKind::Nonsense, "redirect").uncertain()),
        _ => match refusal::read(purpose, facts, body) {
            Refusal::MoreWanted(more) => Ok(Answer::MoreWanted(more)),
            Refusal::Error(error) => Err(error.with_retry_after(facts.retry_after)),
        },
    }
}

async fn read_body(mut response: reqwest::Response) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(body_fault)? {
        if body.len() + chunk.len() > LARGEST_BODY {
            return Err(Error::new(ErrorKind::Nonsense, "body_too_large").uncertain());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

pub(crate) fn connection_fault(error: reqwest::Error) -> Error {
    let cause = match (error.is_connect(), error.is_timeout()) {
        (true, true) => "connect_timeout",
        (true, false) => "connect_failed",
        (false, true) => "timeout",
        (false, false) => "connection_lost",
    };
    let never_left = error.is_connect() || error.is_builder();
    let fault = Error::new(ErrorKind::Unavailable, cause).with_source(error.without_url());
    if never_left { fault } else { fault.uncertain() }
}

fn body_fault(error: reqwest::Error) -> Error {
    let (kind, cause) = if error.is_timeout() {
        (ErrorKind::Unavailable, "timeout")
    } else {
        (ErrorKind::Nonsense, "body_cut")
    };
    Error::new(kind, cause).uncertain().with_source(error.without_url())
}

#[cfg(feature = "tracing")]
fn trace(report: &CallReport<'_>) {
    let endpoint = report.endpoint.as_str();
    let duration_ms = u64::try_from(report.duration.as_millis()).unwrap_or(u64::MAX);
    let CallReport {
        status,
        outcome,
        request_id,
        ..
    } = report;
    tracing::debug!(
        endpoint,
        status,
        outcome,
        duration_ms,
        okta_request_id = request_id,
        "okta call finished"
    );
    if let Some(skew_s) = report.clock_skew.filter(|skew| skew.unsigned_abs() > WORRYING_SKEW) {
        tracing::warn!(skew_s, "our clock differs from okta's");
    }
}

#[cfg(test)]
mod tests;
