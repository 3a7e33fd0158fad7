//! Forward-auth: the portal's proxy asks about each request before it lets it through.
//!
//! It stands outside the middleware of the pages: an answer that lets a request pass writes no log line and is the most
//! frequent answer there is. What each proxy sends is in [`metadata`], what each obeys in [`answer`];
//! [`crate::portal::gate`] decides.

mod answer;
mod came;
mod client_kind;
mod identity_cache;
mod metadata;
mod preflight;
mod question;
mod raw;
mod refusal_log;

use std::sync::Arc;

use actix_web::dev::RequestHead;
use actix_web::guard::{self, Guard, GuardContext};
use actix_web::http::Method;
use actix_web::http::header::HOST;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, Resource};
use jiff::Timestamp;
use url::Url;

use crate::domain::session::Lifetimes;
use crate::flow::Flow;
use crate::portal::assertion::Signer;
use crate::portal::gate::Gate;
use crate::portal::identity::Preset;
use crate::telemetry::{Metrics, Passed};
use crate::web::cookies::Cookies;
use crate::web::middleware::client_address::TrustedProxies;
use crate::web::middleware::headers::SecurityHeaders;
use answer::SignInRequired;
use metadata::Proxy;

use identity_cache::IdentityCache;
pub(in crate::web) use question::{PassedRequest, Refused, admit, is_page};
use question::{check, refuse};
pub use raw::RawQuestion;
use refusal_log::RefusalLog;

/// What forward-auth is built from.
#[derive(Debug)]
pub struct VerifyParts {
    /// Decides who may see what.
    pub gate: Gate,
    /// The names of identity headers.
    pub preset: Preset,
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
}

#[derive(Debug)]
pub struct Verify {
    gate: Gate,
    identities: IdentityCache,
    trusted: TrustedProxies,
    is_shadow: bool,
    cookies: Cookies,
    /// `https`, or `http` on a loopback host.
    scheme: String,
    /// Path of the public address: empty, or like `/auth`.
    base: String,
    /// Address of the form.
    form: String,
    sign_in_required: SignInRequired,
    /// Address of the account page.
    account: String,
    security: SecurityHeaders,
    metrics: Arc<Metrics>,
    passed: [Passed; Proxy::COUNT],
    refusal_log: RefusalLog,
}

impl Verify {
    pub fn new(parts: VerifyParts) -> Self {
        let public = parts.public_url.as_str().trim_end_matches('/');
        let form = format!("{public}/sign-in");
        let passed = |proxy: Proxy| parts.metrics.verify_passed(proxy.name());
        Self {
            passed: std::array::from_fn(|at| passed(Proxy::ASKING.get(at).copied().unwrap_or(Proxy::Portico))),
            gate: parts.gate,
            identities: IdentityCache::new(parts.preset, parts.signer, parts.lifetimes),
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
            refusal_log: RefusalLog::default(),
        }
    }

    /// Removes expired identity headers, and logs refusals that were only counted.
    pub fn sweep(&self, now: Timestamp) {
        self.identities.sweep(now);
        self.refusal_log.sweep(now);
    }

    /// Whether a request is for a page of ours and not for the portal.
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

/// Path segment at which a proxy hands over a request that it refuses. The proxies that have it drop an answer of their
/// own while the request is still coming in; we read the request first (docs/decisions/0027).
pub(in crate::web) const REFUSED: &str = "refused";

/// Mounts the paths, one per proxy.
pub fn configure(base: &str) -> impl Fn(&mut ServiceConfig) + Clone + use<> {
    let base = base.to_owned();
    move |cfg: &mut ServiceConfig| {
        for proxy in Proxy::ASKING {
            let path = format!("{base}/verify/{}", proxy.name());
            if matches!(proxy, Proxy::Caddy | Proxy::Haproxy) {
                let path = format!("{path}/{REFUSED}");
                let refuse = move |req: HttpRequest, verify: Data<Verify>, flow: Data<Flow>| async move {
                    refuse(proxy, &req, &verify, &flow).await
                };
                cfg.service(literal(path).to(refuse));
            }
            let check = move |req: HttpRequest, verify: Data<Verify>, flow: Data<Flow>| async move {
                check(proxy, &req, &verify, &flow).await
            };
            if proxy == Proxy::Envoy {
                // The original path follows the prefix, and the method is the original one.
                let pattern = format!("{path}{{original:(/.*)?}}");
                cfg.service(web::resource(pattern).guard(begins(path)).to(check));
            } else {
                let refuse = |verify: Data<Verify>| async move {
                    let mut answer = crate::web::pages::not_found::method("GET, HEAD");
                    verify.security.apply_to_bare(answer.headers_mut());
                    answer
                };
                cfg.service(
                    literal(path)
                        .route(web::route().guard(guard::fn_guard(asks)).to(check))
                        .default_service(web::to(refuse)),
                );
            }
        }
    }
}

/// Our own guard: the library's records the allowed methods with each request.
fn asks(context: &GuardContext<'_>) -> bool {
    matches!(context.head().method, Method::GET | Method::HEAD)
}

/// Matches this path literally. Proxies refuse it to all other clients, and not every proxy decodes escapes first.
fn literal(path: String) -> Resource {
    web::resource(path.clone()).guard(begins(path))
}

fn begins(path: String) -> impl Guard {
    guard::fn_guard(move |context| context.head().uri.path().starts_with(&path))
}

/// The wanted assurance as OpenID Connect parameters, to be appended to a query.
pub(in crate::web) fn wanted_query(classes: Option<&str>, max_age: Option<u32>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if let Some(classes) = classes {
        query.append_pair("acr_values", classes);
    }
    if let Some(max_age) = max_age {
        query.append_pair("max_age", &max_age.to_string());
    }
    let query = query.finish();
    if query.is_empty() { query } else { format!("&{query}") }
}
