//! Forward-auth: the portal's proxy asks about each request before it lets it through.
//!
//! Stands outside the middleware of the pages: a pass writes no log line and is the most frequent answer there is. What each proxy
//! sends is in [`metadata`], what each obeys in [`answer`]; the decision is [`crate::portal::gate`]'s.

mod answer;
mod asker;
mod metadata;
mod passes;
mod raw;

use std::sync::Arc;

use actix_web::http::header::USER_AGENT;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;
use url::Url;

use super::client_address::{TrustedProxies, client_address, peer_address, peer_is_trusted};
use super::cookies::Cookies;
use crate::domain::assurance::Wanted;
use crate::domain::debt::Requester;
use crate::domain::end::EndReason;
use crate::domain::ids::SessionId;
use crate::domain::session::Lifetimes;
use crate::flow::{Flow, FlowError, InUse, Seen};
use crate::portal::assertion::Signer;
use crate::portal::gate::{Asked, Found, Gate, Verdict};
use crate::portal::identity::Preset;
use crate::portal::rules::Requirement;
use crate::telemetry::{Metrics, Passed};
use asker::Asker;
use metadata::Proxy;

use passes::{NoPass, Passes};
pub use raw::RawQuestion;

/// What forward-auth is built of.
#[derive(Debug)]
pub struct VerifyParts {
    /// Who may see what.
    pub gate: Gate,
    /// The names of identity headers.
    pub preset: Preset,
    /// Signs assertions.
    pub signer: Signer,
    /// How long sessions live.
    pub lifetimes: Lifetimes,
    /// The proxies that may ask.
    pub trusted: TrustedProxies,
    /// Whether everybody passes.
    pub is_shadow: bool,
    /// The address of the service.
    pub public_url: Url,
    /// The metrics.
    pub metrics: Arc<Metrics>,
}

/// Forward-auth.
#[derive(Debug)]
pub struct Verify {
    gate: Gate,
    passes: Passes,
    trusted: TrustedProxies,
    is_shadow: bool,
    cookies: Cookies,
    /// Path of the public address: empty, or like `/auth`.
    base: String,
    /// Address of the form.
    form: String,
    /// Address of the page of the account.
    account: String,
    metrics: Arc<Metrics>,
    passed: [Passed; Proxy::ALL.len()],
}

impl Verify {
    /// Forward-auth over its parts.
    pub fn new(parts: VerifyParts) -> Self {
        let public = parts.public_url.as_str().trim_end_matches('/');
        let passed = |proxy: Proxy| parts.metrics.verify_passed(proxy.name());
        Self {
            passed: Proxy::ALL.map(passed),
            gate: parts.gate,
            passes: Passes::new(parts.preset, parts.signer, parts.lifetimes),
            trusted: parts.trusted,
            is_shadow: parts.is_shadow,
            cookies: Cookies::for_scheme(parts.public_url.scheme()),
            base: parts.public_url.path().trim_end_matches('/').to_owned(),
            form: format!("{public}/sign-in"),
            account: format!("{public}/account"),
            metrics: parts.metrics,
        }
    }

    /// Forgets identity headers that are no longer good.
    pub fn sweep(&self, now: Timestamp) {
        self.passes.sweep(now);
    }

    /// The keys of the assertions, as JSON (RFC 7517).
    pub(super) fn key_set(&self) -> &str {
        self.passes.key_set()
    }
}

/// Mounts the paths, one per proxy.
pub fn configure(base: &str) -> impl Fn(&mut ServiceConfig) + Clone + use<> {
    let base = base.to_owned();
    move |cfg: &mut ServiceConfig| {
        for proxy in Proxy::ALL {
            let path = format!("{base}/verify/{}", proxy.name());
            let check = move |req: HttpRequest, verify: Data<Verify>, flow: Data<Flow>| async move {
                check(proxy, &req, &verify, &flow).await
            };
            if proxy == Proxy::Envoy {
                // The path of the request stands behind the prefix, and its method is the request's own.
                let path = format!("{path}{{original:(/.*)?}}");
                cfg.service(web::resource(path).to(check));
            } else {
                let refuse = || std::future::ready(super::not_found::method("GET, HEAD"));
                cfg.service(
                    web::resource(path)
                        .route(web::get().to(check))
                        .route(web::head().to(check))
                        .default_service(web::to(refuse)),
                );
            }
        }
    }
}

async fn check(proxy: Proxy, req: &HttpRequest, verify: &Verify, flow: &Flow) -> HttpResponse {
    let question = Question {
        proxy,
        req,
        verify,
        flow,
        now: flow.now(),
    };
    match question.judge().await {
        Ok(pass) => question.passes(pass.as_ref()),
        Err(refusal) => question.refuses(&refusal),
    }
}

/// One request of a proxy.
struct Question<'a> {
    proxy: Proxy,
    req: &'a HttpRequest,
    verify: &'a Verify,
    flow: &'a Flow,
    now: Timestamp,
}

/// Who passes, and where; nobody in particular: `None`.
type Passing = Option<Arc<passes::Pass>>;

/// Why a request does not pass.
struct Refusal<'a> {
    why: Why<'a>,
    asked: Option<Asked<'a>>,
    rule: Option<usize>,
    /// Who would have been named.
    who: Passing,
}

enum Why<'a> {
    Bad(&'static str),
    SignIn(Seen),
    StepUp(&'a Wanted),
    Forbidden,
    Unavailable,
}

impl<'a> Refusal<'a> {
    fn bad(reason: &'static str, asked: Option<Asked<'a>>) -> Self {
        Self {
            why: Why::Bad(reason),
            asked,
            rule: None,
            who: None,
        }
    }

    fn reason(&self) -> &'static str {
        match self.why {
            Why::Bad(reason) => reason,
            Why::SignIn(seen) => seen.name(),
            Why::StepUp(_) => Seen::StepUp.name(),
            Why::Forbidden => "forbidden",
            Why::Unavailable => "unavailable",
        }
    }
}

impl<'a> Question<'a> {
    async fn judge(&self) -> Result<Passing, Refusal<'a>> {
        let peer = peer_address(self.req.peer_addr());
        if !peer_is_trusted(peer, &self.verify.trusted) {
            tracing::warn!(
                %peer,
                "forward-auth was asked by a peer that is not in limits.trusted_proxies; nothing it says counts"
            );
            return Err(Refusal::bad("untrusted_peer", None));
        }
        let question = metadata::Question {
            method: self.req.method().as_str(),
            uri: self
                .req
                .uri()
                .path_and_query()
                .map_or("/", |uri| uri.as_str()),
            headers: self.req.headers(),
        };
        let asked = metadata::asked(self.proxy, question, &self.verify.base).map_err(|bad| {
            tracing::warn!(proxy = self.proxy.name(), fault = %bad, "a proxy's question makes no sense");
            Refusal::bad(bad.name(), None)
        })?;
        if self.asker(&asked) == Asker::Preflight {
            return Ok(None);
        }
        let found = self.verify.gate.examine(&asked).map_err(|bad| {
            tracing::warn!(proxy = self.proxy.name(), fault = %bad, "a request cannot be decided on");
            Refusal::bad(bad.name(), Some(asked))
        })?;
        let id = self.verify.cookies.find_session(self.req.headers());
        let refusal = |why, who| Refusal {
            why,
            asked: Some(asked),
            rule: found.decided.number,
            who,
        };
        let session = match self.session(id.as_ref()).await {
            Ok(session) => session,
            // What is open to everybody stays open.
            Err(_) if *found.decided.requirement == Requirement::Public => None,
            Err(error) => {
                tracing::error!(%error, "forward-auth cannot ask the store");
                return Err(refusal(Why::Unavailable, None));
            }
        };
        let who = self.named(session.as_ref(), &found).map_err(|error| {
            tracing::error!(%error, "the identity headers could not be made");
            refusal(Why::Unavailable, None)
        })?;
        let identity = session.as_ref().map(|in_use| &in_use.live.session.identity);
        match found.admits(identity, self.now) {
            Verdict::Pass => Ok(who),
            Verdict::SignIn => Err(refusal(Why::SignIn(self.seen(id.as_ref()).await), None)),
            Verdict::StepUp(wanted) => Err(refusal(Why::StepUp(wanted), who)),
            Verdict::Forbidden => Err(refusal(Why::Forbidden, who)),
        }
    }

    fn asker(&self, asked: &Asked<'_>) -> Asker {
        Asker::of(self.req.headers(), asked.method)
    }

    async fn session(&self, id: Option<&SessionId>) -> Result<Option<InUse>, FlowError> {
        let Some(id) = id else {
            return Ok(None);
        };
        if let Some(in_use) = self.flow.glance(id) {
            return Ok(Some(in_use));
        }
        let headers = self.req.headers();
        let peer = peer_address(self.req.peer_addr());
        let agent = headers
            .get(USER_AGENT)
            .and_then(|value| value.to_str().ok());
        let requester = Requester {
            address: Some(client_address(peer, headers, &self.verify.trusted)),
            user_agent: agent.map(str::to_owned),
        };
        self.flow.in_use(id, &requester).await
    }

    fn named(&self, session: Option<&InUse>, found: &Found<'_>) -> Result<Passing, NoPass> {
        let named = |in_use| {
            let audience = found.authority.name();
            self.verify.passes.of(in_use, &audience, self.now)
        };
        session.map(named).transpose()
    }

    /// What there is to say of a cookie that stands for nobody.
    async fn seen(&self, id: Option<&SessionId>) -> Seen {
        let Some(id) = id else {
            return Seen::NoSession;
        };
        match self.flow.why_ended(id).await {
            Ok(Some(EndReason::Idle | EndReason::Absolute)) => Seen::Expired,
            Ok(Some(_)) => Seen::Revoked,
            Ok(None) | Err(_) => Seen::Unknown,
        }
    }

    fn passes(&self, who: Option<&Arc<passes::Pass>>) -> HttpResponse {
        if let Some(passed) = self.verify.passed.get(self.proxy as usize) {
            passed.count();
        }
        let anonymous = self.verify.passes.anonymous();
        answer::pass(who.map_or(anonymous, |pass| &pass.headers))
    }

    fn refuses(&self, refusal: &Refusal<'_>) -> HttpResponse {
        let (proxy, reason) = (self.proxy.name(), refusal.reason());
        let is_shadow = self.verify.is_shadow;
        self.verify.metrics.verify_refused(proxy, reason, is_shadow);
        tracing::info!(
            proxy,
            reason,
            rule = refusal.rule,
            host = refusal.asked.map(|asked| asked.host),
            method = refusal.asked.map(|asked| asked.method),
            is_shadow,
            event = "authz_fail",
            "a request for the portal was refused"
        );
        if is_shadow {
            return self.passes(refusal.who.as_ref());
        }
        let Some(asked) = &refusal.asked else {
            return match refusal.why {
                Why::Unavailable => answer::unavailable(),
                _ => answer::bad(self.proxy, reason),
            };
        };
        let is_page = self.asker(asked) == Asker::Page;
        match refusal.why {
            Why::Bad(reason) => answer::bad(self.proxy, reason),
            Why::Unavailable => answer::unavailable(),
            Why::Forbidden => answer::forbidden(is_page.then_some(self.verify.account.as_str())),
            Why::SignIn(seen) if is_page => answer::to_form(
                self.proxy,
                asked.method,
                &self.form(asked, seen, None),
                reason,
            ),
            Why::SignIn(_) => answer::unauthorized(&self.verify.form, reason, None),
            Why::StepUp(wanted) if is_page => {
                let form = self.form(asked, Seen::StepUp, Some(wanted));
                answer::to_form(self.proxy, asked.method, &form, reason)
            }
            Why::StepUp(wanted) => {
                let form = with_wanted(&self.verify.form, wanted, '?');
                answer::unauthorized(&form, reason, Some(wanted))
            }
        }
    }

    /// The address of the form, with a note of where to come back to.
    fn form(&self, asked: &Asked<'_>, seen: Seen, wanted: Option<&Wanted>) -> String {
        let form = match self.verify.gate.target(asked) {
            Ok(target) => {
                let note = self.flow.note_sent(&target, seen);
                format!("{}?to={note}", self.verify.form)
            }
            // Too long to be come back to; signing in is possible all the same.
            Err(_) => format!("{}?to=", self.verify.form),
        };
        wanted.map_or(form.clone(), |wanted| with_wanted(&form, wanted, '&'))
    }
}

/// The address with what has to be proved, as OpenID Connect writes it.
fn with_wanted(form: &str, wanted: &Wanted, first: char) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if !wanted.acr_values.is_empty() {
        query.append_pair("acr_values", &wanted.acr_values.join(" "));
    }
    if let Some(max_age) = wanted.max_age {
        query.append_pair("max_age", &max_age.as_secs().to_string());
    }
    format!("{form}{first}{}", query.finish())
}
