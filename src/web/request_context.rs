//! What nearly every handler works with: the installation, the verbs, and the facts of the request.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;

use super::cookies;
use super::error::WebError;
use super::middleware::origin_check;
use super::middleware::origin_check::CrossSite;
use super::pages::reply::Reply;
use super::request_facts::RequestFacts;
use super::site::Site;
use crate::clock::OneDraw;
use crate::flow::{Flow, Visitor, of_this_request};

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
    /// Whether the address carries what only a body may.
    pub(super) has_secret_in_query: bool,
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

    /// Runs a verb to its end even when the browser goes away: its answer may be the only one Okta gives.
    pub(super) async fn to_the_end<T, E, F>(&self, verb: impl FnOnce(Flow) -> F) -> Result<T, WebError>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
        WebError: From<E>,
    {
        let verb = OneDraw::new(verb(self.flow.get_ref().clone()));
        let verb = tracing::Instrument::in_current_span(verb);
        tokio::spawn(of_this_request(verb))
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
                    "a browser sent several live sessions in cookies of one name; none of them counts"
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
