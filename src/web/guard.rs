//! The door for posts: same origin, own browser, own token.

use std::future::Future;

use actix_web::{HttpRequest, web};

use super::error::WebError;
use super::guest::{Guest, Known};
use super::origin_check;
use super::site::Site;
use crate::domain::ids::Place;
use crate::flow::{Flow, Visitor};

/// A post that may act.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) visitor: Visitor,
    pub(super) place: Place,
}

/// Whether a post may act.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It may.
    Admitted(Box<Admitted>),
    /// It came from our pages, but with a token that is no longer good, or none: a page left open too long.
    Stale(Box<Known>),
}

/// Refuses posts of other origins outright.
pub(super) fn same_origin(req: &HttpRequest, site: &Site) -> Result<(), WebError> {
    origin_check::check(req, &site.origin).map_err(WebError::CrossSite)
}

/// Checks a post of a sign-in page. `place` is its field `attempt`.
pub(super) async fn admit(
    req: &HttpRequest,
    site: &Site,
    flow: &Flow,
    guest: &Guest,
    csrf: &str,
    place: &str,
) -> Result<Verdict, WebError> {
    same_origin(req, site)?;
    let has_credentials = req.query_string().split('&').any(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        ["username", "password", "code", "csrf"].contains(&name)
    });
    if has_credentials {
        return Err(WebError::Unreadable);
    }
    let known = guest.known(flow).await?;
    let is_ours = !known.is_new && flow.door().is_visit_token(&known.visitor.visit, csrf);
    match Place::parse(place) {
        Some(place) if is_ours => Ok(Verdict::Admitted(Box::new(Admitted {
            visitor: known.visitor,
            place,
        }))),
        _ => Ok(Verdict::Stale(Box::new(known))),
    }
}

/// Runs a verb to its end even when the browser goes away: its answer may be the only one Okta gives.
pub(super) async fn to_the_end<T: Send + 'static, E>(
    verb: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, WebError>
where
    E: Send + 'static,
    WebError: From<E>,
{
    tokio::spawn(tracing::Instrument::in_current_span(verb))
        .await
        .map_err(WebError::Broken)?
        .map_err(WebError::from)
}

/// The attempt that a page's address names.
#[derive(Debug, serde::Deserialize)]
pub(super) struct AtQuery {
    attempt: Option<String>,
    /// Look past the problem that ended the last try.
    #[serde(default)]
    again: Option<String>,
    /// "I have approved it" was pressed.
    #[serde(default)]
    checked: Option<String>,
    /// Something was sent again.
    #[serde(default)]
    resent: Option<String>,
}

impl AtQuery {
    pub(super) fn place(&self) -> Option<Place> {
        Place::parse(self.attempt.as_deref()?)
    }

    pub(super) fn view(&self) -> super::reply::View {
        super::reply::View {
            past_problem: self.again.is_some(),
            is_checked: self.checked.is_some(),
            is_resent: self.resent.is_some(),
        }
    }
}

/// What handlers share.
pub(super) type Shared<T> = web::Data<T>;
