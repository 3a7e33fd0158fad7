//! The state of forward-auth, built once at startup.

use std::sync::Arc;

use actix_web::dev::RequestHead;
use actix_web::http::header::HOST;
use jiff::Timestamp;
use url::Url;

use super::answer::{REASONS, SignInRequired};
use super::asked_by::AskedBy;
use super::identity::Identities;
use super::refusal_log::RefusalLog;
use crate::domain::session::Lifetimes;
use crate::portal::assertion::Signer;
use crate::portal::gate::Gate;
use crate::portal::identity_headers::Preset;
use crate::telemetry::{Metrics, Passed, Traces};
use crate::web::cookies::Cookies;
use crate::web::middleware::client_address::TrustedProxies;
use crate::web::middleware::headers::SecurityHeaders;

/// What forward-auth is built from.
#[derive(Debug)]
pub struct VerifyParts {
    /// Decides who may see what.
    pub gate: Gate,
    /// The names of identity headers.
    pub preset: Preset,
    /// Whether the portal wants assertions.
    pub has_assertion: bool,
    /// Signs assertions.
    pub signer: Signer,
    /// How long sessions live.
    pub lifetimes: Lifetimes,
    pub cookies: Cookies,
    /// The proxies that may ask.
    pub trusted: TrustedProxies,
    /// Shadow mode: whether every request passes.
    pub is_shadow: bool,
    /// The address of the service.
    pub public_url: Url,
    /// The security headers of answers that a proxy passes on to a browser.
    pub security: SecurityHeaders,
    pub metrics: Arc<Metrics>,
    pub traces: Arc<Traces>,
}

/// Answers the proxies' questions.
#[derive(Debug)]
pub struct Verify {
    pub(super) gate: Gate,
    pub(super) identities: Identities,
    pub(super) trusted: TrustedProxies,
    pub(super) is_shadow: bool,
    pub(super) cookies: Cookies,
    /// `https`, or `http` on a loopback host.
    pub(super) scheme: String,
    /// Path of the public URL: empty, or for example `/auth`.
    pub(super) base: String,
    /// URL of the form.
    pub(super) form: String,
    pub(super) sign_in_required: SignInRequired,
    /// URL of the account page.
    pub(super) account: String,
    pub(super) security: SecurityHeaders,
    pub(super) metrics: Arc<Metrics>,
    pub(super) traces: Arc<Traces>,
    pub(super) passed: [Passed; AskedBy::COUNT],
    pub(super) refusal_log: RefusalLog,
}

impl Verify {
    pub fn new(parts: VerifyParts) -> Self {
        let public = parts.public_url.as_str().trim_end_matches('/');
        let form = format!("{public}/sign-in");
        for by in AskedBy::all() {
            let (metrics, is_shadow) = (&parts.metrics, parts.is_shadow);
            metrics.begin_verify_refused(by.name(), &REASONS, is_shadow);
        }
        Self {
            passed: AskedBy::all().map(|by| parts.metrics.verify_passed(by.name())),
            gate: parts.gate,
            identities: Identities::new(parts.preset, parts.has_assertion, parts.signer, parts.lifetimes),
            trusted: parts.trusted,
            is_shadow: parts.is_shadow,
            cookies: parts.cookies,
            scheme: parts.public_url.scheme().to_owned(),
            base: parts.public_url.path().trim_end_matches('/').to_owned(),
            sign_in_required: SignInRequired::new(&form),
            form,
            account: format!("{public}/account"),
            security: parts.security,
            metrics: parts.metrics,
            traces: parts.traces,
            refusal_log: RefusalLog::default(),
        }
    }

    /// Drops expired signatures, and logs pending counts of refusals.
    pub fn sweep(&self, now: Timestamp) {
        self.identities.sweep(now);
        self.refusal_log.sweep(now);
    }

    /// Whether a request is for one of our pages and not for the portal.
    pub fn is_ours(&self, head: &RequestHead) -> bool {
        let host = head.headers().get(HOST).and_then(|host| host.to_str().ok());
        host.is_some_and(|host| self.gate.is_served_here(&self.scheme, host, head.uri.path()))
    }

    /// `https`, or `http` on a loopback host.
    pub(in crate::web) fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The keys of the assertions, as JSON (RFC 7517).
    pub(in crate::web) fn key_set(&self) -> &str {
        self.identities.key_set()
    }
}
