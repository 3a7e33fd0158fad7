//! One request of a proxy: who asks, what the gate says, and what the proxy is told.

use std::sync::Arc;

use actix_web::http::header::USER_AGENT;
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;

use super::asker::Asker;
use super::metadata::{self, Proxy};
use super::passes::{NoPass, Pass};
use super::{Verify, answer, wanted_query};
use crate::domain::assurance::Wanted;
use crate::domain::debt::Requester;
use crate::domain::end::EndReason;
use crate::flow::{Flow, FlowError, InUse, Seen, SessionKey};
use crate::portal::gate::{Asked, Found, Verdict};
use crate::portal::rules::Requirement;
use crate::web::client_address::{client_address, peer_address, peer_is_trusted};
use crate::web::elsewhere;

pub(super) async fn check(
    proxy: Proxy,
    req: &HttpRequest,
    verify: &Verify,
    flow: &Flow,
) -> HttpResponse {
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
type Passing = Option<Arc<Pass>>;

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
        let key = self.key(&found);
        let refusal = |why, who| Refusal {
            why,
            asked: Some(asked),
            rule: found.decided.number,
            who,
        };
        let session = match self.session(key).await {
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
            Verdict::SignIn => Err(refusal(Why::SignIn(self.seen(key).await), None)),
            Verdict::StepUp(wanted) => Err(refusal(Why::StepUp(wanted), who)),
            Verdict::Forbidden => Err(refusal(Why::Forbidden, who)),
        }
    }

    fn asker(&self, asked: &Asked<'_>) -> Asker {
        Asker::of(self.req.headers(), asked.method)
    }

    /// The session whose cookie came along, of the kind that the host has.
    fn key(&self, found: &Found<'_>) -> Option<SessionKey> {
        let (cookies, headers) = (&self.verify.cookies, self.req.headers());
        if self.flow.is_elsewhere(&found.authority) {
            let pass = cookies.find_pass(headers)?;
            return self.flow.passed(&found.authority.name(), pass);
        }
        let id = cookies.find_session(headers)?;
        Some(SessionKey::of(&id))
    }

    async fn session(&self, key: Option<SessionKey>) -> Result<Option<InUse>, FlowError> {
        let Some(key) = key else {
            return Ok(None);
        };
        if let Some(in_use) = self.flow.glance(key) {
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
        self.flow.in_use(key, &requester).await
    }

    fn named(&self, session: Option<&InUse>, found: &Found<'_>) -> Result<Passing, NoPass> {
        let named = |in_use| {
            let audience = found.authority.name();
            self.verify.passes.of(in_use, &audience, self.now)
        };
        session.map(named).transpose()
    }

    /// What there is to say of a cookie that stands for nobody.
    async fn seen(&self, key: Option<SessionKey>) -> Seen {
        let Some(key) = key else {
            return Seen::NoSession;
        };
        match self.flow.why_ended(key).await {
            Ok(Some(EndReason::Idle | EndReason::Absolute)) => Seen::Expired,
            Ok(Some(_)) => Seen::Revoked,
            Ok(None) | Err(_) => Seen::Unknown,
        }
    }

    fn passes(&self, who: Option<&Arc<Pass>>) -> HttpResponse {
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
                let form = with_query(&self.verify.form, &in_query(wanted));
                answer::unauthorized(&form, reason, Some(wanted))
            }
        }
    }

    /// The address of the form, with a note of where to come back to; where our cookie does not reach, by way of that host.
    fn form(&self, asked: &Asked<'_>, seen: Seen, wanted: Option<&Wanted>) -> String {
        let wanted = wanted.map_or_else(String::new, in_query);
        let form = &self.verify.form;
        // Too long to be come back to; signing in is possible all the same.
        let Ok(target) = self.verify.gate.target(asked) else {
            return with_query(form, &wanted);
        };
        let note = self.flow.note_sent(&target, seen);
        if self.flow.is_reached(&target) {
            return format!("{form}?to={note}{wanted}");
        }
        format!(
            "{}{}/start?to={note}{wanted}",
            target.origin(),
            elsewhere::PREFIX
        )
    }
}

/// What has to be proved, to go on with a query.
fn in_query(wanted: &Wanted) -> String {
    let classes = wanted.acr_values.join(" ");
    let classes = (!classes.is_empty()).then_some(&*classes);
    let max_age = wanted.max_age.map(|age| age.as_secs());
    wanted_query(classes, max_age.and_then(|age| u32::try_from(age).ok()))
}

/// An address with what would go on with a query as its whole query.
fn with_query(address: &str, more: &str) -> String {
    format!("{address}?{}", more.trim_start_matches('&'))
}
