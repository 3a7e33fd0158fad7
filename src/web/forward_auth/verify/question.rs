//! One forward-auth request of a proxy: the client, the gate's decision, and the answer.

use std::error::Error as StdError;

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::uri::Authority;
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;

use super::asked_by::AskedBy;
use super::client_kind::ClientKind;
use super::identity::{NotRendered, RenderedIdentity};
use super::metadata;
use super::metadata::Own;
use super::request_session;
use super::request_session::Came;
use super::service::Verify;
use super::wanted_assurance::in_query;
use super::{answer, refusal_log};
use crate::domain::assurance::Wanted;
use crate::flow::{Flow, InUse, NoSessionReason, SessionKey};
use crate::panics::caught;
use crate::portal::gate::{Found, PortalRequest, Verdict};
use crate::portal::proxies::Proxy;
use crate::portal::rules::Requirement;
use crate::web::forward_auth::cross_host;
use crate::web::middleware::client_address::{peer_address, peer_is_trusted};
use crate::web::middleware::head_size;
use crate::web::request_facts::words;

/// Answers a proxy.
pub(super) async fn check(proxy: Proxy, req: &HttpRequest, verify: &Verify, flow: &Flow) -> HttpResponse {
    let auth = AuthRequest::new(AskedBy::Proxy(proxy), req, verify, flow);
    match auth.decide().await {
        Ok(who) => {
            let mut answer = answer::allow(verify.identities.headers(who));
            if !proxy.traits().removes_cookies {
                answer::keep_cookies(&mut answer, req.headers());
            }
            answer
        }
        Err(refusal) => auth.refuses(&refusal),
    }
}

/// Answers in place of a proxy that has refused a request and forwarded it with its body. No identity is returned, and
/// a client that would be allowed by now is asked to try again.
pub(in crate::web) async fn refuse(proxy: Proxy, req: &HttpRequest, verify: &Verify, flow: &Flow) -> HttpResponse {
    let auth = AuthRequest::new(AskedBy::Proxy(proxy), req, verify, flow);
    match auth.decide().await {
        Ok(_) => answer::unavailable(),
        Err(refusal) => auth.refuses(&refusal),
    }
}

/// Decides on a request that we forward ourselves.
pub(in crate::web) async fn admit(req: &HttpRequest, verify: &Verify, flow: &Flow) -> Result<PassedRequest, Refused> {
    let auth = AuthRequest::new(AskedBy::Portico, req, verify, flow);
    match auth.decide().await {
        Ok(who) => Ok(PassedRequest(who)),
        Err(refusal) => Err(Refused {
            answer: auth.refuses(&refusal),
            is_page: is_page(req),
        }),
    }
}

/// Whether a browser is about to show the answer as a page.
pub(in crate::web) fn is_page(req: &HttpRequest) -> bool {
    ClientKind::of(req.headers(), req.method().as_str()) == ClientKind::Page
}

/// An allowed request, with the identity for the portal.
#[derive(Debug)]
pub(in crate::web) struct PassedRequest(Shown);

impl PassedRequest {
    /// The identity headers for the portal.
    pub(in crate::web) fn identity<'a>(
        &'a self,
        verify: &'a Verify,
    ) -> impl Iterator<Item = (&'a HeaderName, HeaderValue)> {
        verify.identities.headers(self.0.clone())
    }

    /// The session, if there is one.
    pub(in crate::web) fn session(&self) -> Option<SessionKey> {
        self.0.as_ref().map(|identity| identity.session)
    }
}

/// The answer to a request that is not allowed.
#[derive(Debug)]
pub(in crate::web) struct Refused {
    pub(in crate::web) answer: HttpResponse,
    pub(in crate::web) is_page: bool,
}

/// One forward-auth request.
struct AuthRequest<'a> {
    by: AskedBy,
    req: &'a HttpRequest,
    verify: &'a Verify,
    flow: &'a Flow,
    now: Timestamp,
}

/// The identity at this host; `None` for an anonymous request.
type Shown = Option<RenderedIdentity>;

/// Why a request is not allowed.
struct Refusal<'a> {
    why: DenyReason<'a>,
    asked: Option<PortalRequest<'a>>,
    rule: Option<usize>,
    /// The identity that the portal gets nevertheless, in shadow mode.
    who: Option<Box<RenderedIdentity>>,
}

enum DenyReason<'a> {
    TooLarge,
    Bad(&'static str),
    SignIn(NoSessionReason),
    StepUp(&'a Wanted),
    Forbidden,
    Unavailable,
}

impl<'a> Refusal<'a> {
    fn bad(reason: &'static str, asked: Option<PortalRequest<'a>>) -> Self {
        Self::of(DenyReason::Bad(reason), asked)
    }

    fn of(why: DenyReason<'a>, asked: Option<PortalRequest<'a>>) -> Self {
        Self {
            why,
            asked,
            rule: None,
            who: None,
        }
    }

    fn reason(&self) -> &'static str {
        match self.why {
            DenyReason::TooLarge => answer::TOO_LARGE,
            DenyReason::Bad(reason) => reason,
            DenyReason::SignIn(no_session) => no_session.name(),
            DenyReason::StepUp(_) => NoSessionReason::StepUp.name(),
            DenyReason::Forbidden => "forbidden",
            DenyReason::Unavailable => "unavailable",
        }
    }
}

impl<'a> AuthRequest<'a> {
    fn new(by: AskedBy, req: &'a HttpRequest, verify: &'a Verify, flow: &'a Flow) -> Self {
        Self {
            by,
            req,
            verify,
            flow,
            now: flow.now(),
        }
    }

    /// The decision, counted. A refusal is also logged; in shadow mode the request passes nevertheless.
    async fn decide(&self) -> Result<Shown, Refusal<'a>> {
        let judged = caught(self.judge()).await;
        let judged = judged.unwrap_or_else(|_| Err(Refusal::of(DenyReason::Unavailable, None)));
        let who = match judged {
            Ok(who) => who,
            Err(refusal) => {
                self.tells(&refusal);
                if !self.verify.is_shadow {
                    return Err(refusal);
                }
                refusal.who.map(|who| *who)
            }
        };
        if let Some(passed) = self.verify.passed.get(self.by.index()) {
            passed.count();
        }
        Ok(who)
    }

    /// The request that the proxy asks about; a peer that is not trusted to ask is not believed.
    fn asked(&self) -> Result<PortalRequest<'a>, Refusal<'a>> {
        let peer = peer_address(self.req.peer_addr());
        if self.by != AskedBy::Portico && !peer_is_trusted(peer, &self.verify.trusted) {
            tracing::warn!(
                %peer,
                "forward-auth was asked by a peer that is not in limits.trusted_proxies; nothing it says counts"
            );
            return Err(Refusal::bad("untrusted_peer", None));
        }
        if head_size::is_head_too_large(self.req.headers()) {
            return Err(Refusal::of(DenyReason::TooLarge, None));
        }
        let request = metadata::ProxyRequest {
            method: self.req.method().as_str(),
            uri: self.req.uri().path_and_query().map_or("/", |uri| uri.as_str()),
            authority: self.req.uri().authority().map(Authority::as_str),
            headers: self.req.headers(),
        };
        let own = Own {
            scheme: &self.verify.scheme,
            base: &self.verify.base,
        };
        metadata::asked(self.by, request, own).map_err(|bad| {
            tracing::warn!(
                proxy = self.by.name(),
                fault = %bad,
                "a proxy's forward-auth request is malformed or contradictory"
            );
            Refusal::bad(bad.name(), None)
        })
    }

    async fn judge(&self) -> Result<Shown, Refusal<'a>> {
        let asked = self.asked()?;
        let found = self.verify.gate.examine(&asked).map_err(|bad| {
            tracing::warn!(proxy = self.by.name(), fault = %bad, "no access rule can be applied to a request");
            Refusal::bad(bad.name(), Some(asked))
        })?;
        // Passes without identity: browsers send no cookie with a preflight, and other clients' cookies do not count
        // here.
        if found.is_let_through() {
            return Ok(None);
        }
        let refusal = |why, who| Refusal {
            why,
            asked: Some(asked),
            rule: found.decided.number,
            who,
        };
        let (came, session) = match request_session::find(self.req, self.verify, self.flow, &found).await {
            Ok(found) => found,
            // Public paths stay open.
            Err(_) if *found.decided.requirement == Requirement::Public => (Came::Nobody, None),
            Err(error) => {
                tracing::error!(error = &error as &dyn StdError, "forward-auth cannot ask the store");
                return Err(refusal(DenyReason::Unavailable, None));
            }
        };
        let identity = session.as_ref().map(|in_use| &in_use.live.session.identity);
        let why = match found.admits(identity, self.now) {
            Verdict::Allow => None,
            Verdict::SignIn => Some(DenyReason::SignIn(came.no_session_reason(self.flow).await)),
            Verdict::StepUp(wanted) => Some(DenyReason::StepUp(wanted)),
            Verdict::Forbidden => Some(DenyReason::Forbidden),
        };
        let is_named = why.is_none() || self.verify.is_shadow;
        let who = self
            .named(session.as_ref().filter(|_| is_named), &found)
            .map_err(|error| {
                tracing::error!(
                    error = &error as &dyn StdError,
                    "the identity headers could not be made"
                );
                refusal(DenyReason::Unavailable, None)
            })?;
        match why {
            None => Ok(who),
            Some(why) => Err(refusal(why, who.map(Box::new))),
        }
    }

    fn client_kind(&self, asked: &PortalRequest<'_>) -> ClientKind {
        ClientKind::of(self.req.headers(), asked.method)
    }

    fn named(&self, session: Option<&InUse>, found: &Found<'_>) -> Result<Shown, NotRendered> {
        let named = |in_use| {
            let audience = found.authority.name();
            self.verify.identities.of(in_use, &audience, self.now)
        };
        session.map(named).transpose()
    }

    /// Counts and logs a refusal.
    fn tells(&self, refusal: &Refusal<'_>) {
        let (proxy, reason) = (self.by.name(), refusal.reason());
        let is_shadow = self.verify.is_shadow;
        self.verify.metrics.verify_refused(proxy, reason, is_shadow);
        let refused = refusal_log::RefusalLine {
            proxy,
            reason,
            rule: refusal.rule,
            host: refusal.asked.map(|asked| asked.host),
            method: refusal.asked.map(|asked| asked.method),
            is_shadow,
        };
        self.verify.refusal_log.add(&refused, self.now);
    }

    /// The answer to a refusal, in a form that a proxy can pass on to a browser.
    fn refuses(&self, refusal: &Refusal<'_>) -> HttpResponse {
        let mut answer = self.says_no(refusal);
        let headers = answer.headers_mut();
        self.verify.security.apply_to_bare(headers);
        answer
    }

    fn says_no(&self, refusal: &Refusal<'_>) -> HttpResponse {
        let reason = refusal.reason();
        let Some(asked) = &refusal.asked else {
            return match refusal.why {
                DenyReason::Unavailable => answer::unavailable(),
                DenyReason::TooLarge => self.too_large(),
                _ => answer::bad(self.by, reason),
            };
        };
        let is_page = self.client_kind(asked) == ClientKind::Page;
        match refusal.why {
            DenyReason::TooLarge => self.too_large(),
            DenyReason::Bad(reason) => answer::bad(self.by, reason),
            DenyReason::Unavailable => answer::unavailable(),
            DenyReason::Forbidden => {
                let account = self.verify.account.as_str();
                answer::forbidden(is_page.then(|| (account, words(self.req))))
            }
            DenyReason::SignIn(no_session) if is_page => {
                answer::to_form(self.by, asked.method, self.form(asked, no_session, None), reason)
            }
            DenyReason::SignIn(_) => self.verify.sign_in_required.answer(reason),
            DenyReason::StepUp(wanted) if is_page => {
                let form = self.form(asked, NoSessionReason::StepUp, Some(wanted));
                answer::to_form(self.by, asked.method, form, reason)
            }
            DenyReason::StepUp(wanted) => {
                let form = with_query(&self.verify.form, &in_query(wanted));
                answer::step_up(&form, reason, wanted)
            }
        }
    }

    /// The request has not been parsed, but the headers still show the kind of client.
    fn too_large(&self) -> HttpResponse {
        let is_page = ClientKind::of(self.req.headers(), "GET") == ClientKind::Page;
        let page = is_page.then(|| words(self.req));
        answer::too_large(self.by, &self.verify.form, page)
    }

    /// The URL of the form, with the return state; for a host that our cookie does not reach, by way of that host.
    fn form(&self, asked: &PortalRequest<'_>, no_session: NoSessionReason, wanted: Option<&Wanted>) -> String {
        let wanted = wanted.map_or_else(String::new, in_query);
        let form = &self.verify.form;
        let target = match self.verify.gate.target(asked) {
            Ok(target) => target,
            // Signing in works without it.
            Err(refused) => {
                tracing::warn!(
                    proxy = self.by.name(),
                    %refused,
                    "the requested address cannot be used as a destination after signing in"
                );
                return with_query(form, &wanted);
            }
        };
        let note = self.flow.seal_return_state(&target, no_session);
        if self.flow.is_reached(&target) {
            return [form, "?to=", &note, &wanted].concat();
        }
        [&target.origin(), cross_host::PREFIX, "/start?to=", &note, &wanted].concat()
    }
}

/// A URL without a query, with this one added.
fn with_query(address: &str, more: &str) -> String {
    format!("{address}?{}", more.trim_start_matches('&'))
}
