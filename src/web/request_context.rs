//! What nearly every handler works with: the installation, the verbs, and the facts of the request.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use futures_util::future::LocalBoxFuture;

use super::cookies;
use super::error::WebError;
use super::middleware::origin_check::{self, CrossSite};
use super::pages::fresh_form;
use super::pages::reply::Reply;
use super::request_facts::RequestFacts;
use super::site::Site;
use crate::domain::ids::{FormReference, Press};
use crate::flow::{Flow, Posted, Visitor};

/// Field names that the address of a post must not carry: addresses end up in logs and histories (SEC-125).
const NEVER_IN_QUERY: [&str; 4] = ["username", "password", "code", "csrf"];

/// What a handler works with.
#[derive(Debug)]
pub(super) struct RequestContext {
    pub(super) site: web::Data<Site>,
    pub(super) flow: web::Data<Flow>,
    pub(super) facts: RequestFacts,
    /// Whether the browser says that a page of ours sent the request; matters for posts alone.
    from_our_page: Result<(), CrossSite>,
    has_secret_in_query: bool,
}

/// What every form carries beside its own fields.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct FormTokens {
    #[serde(default)]
    pub(super) csrf: String,
    #[serde(default)]
    pub(super) attempt: String,
    /// The attempt's destination; used only when the attempt is no longer known.
    pub(super) return_to: Option<String>,
    /// A random value of the page's script, which no other client has; `None` without script.
    pub(super) nonce: Option<String>,
}

/// The fields that were filled in. They tell one press of a page's button from another.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Filled<'a> {
    /// Fields that others may know.
    pub(super) plain: &'a [&'a str],
    /// A field that nobody else knows: a password, a code, a signature.
    pub(super) secret: &'a str,
}

/// Fields of a first form that a fresh one keeps.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Typed<'a> {
    pub(super) username: Option<&'a str>,
    /// "Keep me signed in".
    pub(super) remember: bool,
}

/// A post that may act.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) visitor: Visitor,
    pub(super) form_ref: FormReference,
    /// Whether the browser needs its visit cookie.
    pub(super) is_new: bool,
}

impl RequestContext {
    /// An answer about an attempt of this visitor.
    pub(super) fn reply<'a>(&'a self, visitor: &'a Visitor) -> Reply<'a> {
        Reply::new(&self.site, &self.flow, &self.facts, visitor)
    }

    /// The same for a post that may act.
    pub(super) fn reply_to<'a>(&'a self, visitor: &'a Visitor, is_new: bool) -> Reply<'a> {
        let mut reply = self.reply(visitor);
        reply.is_new = is_new;
        reply
    }

    /// Refuses posts of other origins outright.
    pub(super) fn same_origin(&self) -> Result<(), WebError> {
        self.from_our_page.map_err(WebError::CrossSite)
    }

    /// Whether a page of ours sent this, as far as the browser says.
    pub(super) fn is_same_origin(&self) -> bool {
        self.from_our_page.is_ok()
    }

    /// Lets a post of a sign-in page act when it comes from our page, from the browser that the page was made for, with
    /// the page's own token. A page of ours whose token is no longer good gets a fresh form that keeps what was typed.
    pub(super) async fn admit(
        &self,
        tokens: &FormTokens,
        typed: Option<Typed<'_>>,
        filled: Filled<'_>,
    ) -> Result<Result<Admitted, HttpResponse>, WebError> {
        self.same_origin()?;
        if self.has_secret_in_query {
            return Err(WebError::Unreadable);
        }
        let sender = match self.facts.sender(&self.flow, &tokens.csrf) {
            Some((known, made)) if self.flow.takes(&known.visitor.visit, made).await? => Some((known, made)),
            _ => None,
        };
        let Some((known, made)) = sender else {
            let known = self.facts.known(&self.flow, None).await?;
            return Ok(Err(
                fresh_form::stale(self, known, tokens, typed.unwrap_or_default()).await?
            ));
        };
        let visitor = Visitor {
            posted: Some(Box::new(Posted {
                press: self.press(&known.visitor, tokens, filled),
                made,
                bound_for: tokens.return_to.clone(),
            })),
            ..known.visitor
        };
        let is_new = known.is_new;
        let form_ref = match FormReference::parse(&tokens.attempt) {
            Some(form_ref) => form_ref,
            // Scripts that know only the contract's fields mean the attempt they opened last.
            None => self.flow.newest(&visitor).await?,
        };
        Ok(Ok(Admitted {
            visitor,
            form_ref,
            is_new,
        }))
    }

    /// Identifies a press of a page's button. An attacker may have copied everything in the page; so where no secret
    /// was filled in, the script's nonce tells whose press it is, and without script where it came from.
    fn press(&self, visitor: &Visitor, tokens: &FormTokens, filled: Filled<'_>) -> Option<Press> {
        let address = visitor.address.to_string();
        let browser = visitor.user_agent.as_deref().unwrap_or_default();
        let nonce = tokens.nonce.as_deref().filter(|nonce| !nonce.is_empty());
        // With its kind, so that text typed into one form never passes for the identifier of another press.
        let (kind, own): (&str, &[&str]) = match (filled.secret, nonce) {
            ("", Some(nonce)) => ("nonce", &[nonce]),
            ("", None) => ("address", &[&address, browser]),
            (secret, _) => ("secret", &[secret]),
        };
        let parts: Vec<&[u8]> = [kind, tokens.attempt.as_str()]
            .iter()
            .chain(filled.plain)
            .chain(own)
            .map(|part| part.as_bytes())
            .collect();
        self.flow.secrets().csrf.press(&visitor.visit, &tokens.csrf, &parts)
    }

    /// Runs a verb to its end even when the browser goes away: its answer may be the only one Okta gives.
    pub(super) async fn to_the_end<T, E, F>(&self, verb: impl FnOnce(Flow) -> F) -> Result<T, WebError>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
        WebError: From<E>,
    {
        let verb = tracing::Instrument::in_current_span(verb(self.flow.get_ref().clone()));
        tokio::spawn(verb)
            .await
            .map_err(WebError::Broken)?
            .map_err(WebError::from)
    }
}

impl FromRequest for RequestContext {
    type Error = WebError;
    type Future = LocalBoxFuture<'static, Result<Self, WebError>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let facts = RequestFacts::from_request(req, payload);
        let site = req.app_data::<web::Data<Site>>().cloned();
        let flow = req.app_data::<web::Data<Flow>>().cloned();
        let from_our_page = match &site {
            Some(site) => origin_check::check(req, &site.origin),
            None => Err(CrossSite::Unstated),
        };
        let names = req
            .query_string()
            .split('&')
            .map(|pair| pair.split('=').next().unwrap_or_default());
        let has_secret_in_query = names.into_iter().any(|name| NEVER_IN_QUERY.contains(&name));
        let req = req.clone();
        Box::pin(async move {
            let site = site.ok_or(WebError::Wiring("Site"))?;
            let flow = flow.ok_or(WebError::Wiring("Flow"))?;
            let mut facts = facts.await?;
            facts.find_session(&flow).await;
            if let Some(none_counts) = facts.none_counts {
                tracing::warn!(
                    cookie = site.cookies.session_name(),
                    event = "ambiguous_session",
                    "a browser shows several live sessions under one name: none counts"
                );
                cookies::note_none_counts(&req, none_counts);
            }
            Ok(Self {
                site,
                flow,
                facts,
                from_our_page,
                has_secret_in_query,
            })
        })
    }
}
