//! Cookies under a name of ours that we did not set are removed by whatever page of ours meets them.

use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HOST, HeaderMap, HeaderValue, SET_COOKIE};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest, web};
use jiff::Timestamp;

use super::Cookies;
use crate::domain::session::after;
use crate::web::api::policy_reports;
use crate::web::site::Site;

/// Several live sessions came under one name, so none counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) struct NoneCounts {
    /// When the latest of them began.
    pub(in crate::web) latest: Timestamp,
}

/// A session that began so recently among several is a sign-in that was made to get rid of them.
const RECENT: Duration = Duration::from_mins(10);

impl NoneCounts {
    /// Whether this happens again although somebody has just signed in.
    pub(in crate::web) fn comes_back(self, now: Timestamp) -> bool {
        now < after(self.latest, RECENT)
    }
}

/// Has the answer to this request remove our own cookie of a session too.
pub(in crate::web) fn note_none_counts(req: &HttpRequest, none: NoneCounts) {
    req.extensions_mut().insert(none);
}

/// Middleware: an answer to a request that brought several cookies of one name leaves one at most.
pub async fn clear<B: MessageBody + 'static>(
    site: web::Data<Site>,
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    // Reports come by themselves, and nobody looks at what comes with them.
    let is_report = req.path() == site.path(policy_reports::PATH);
    let doubled = site.cookies.doubled(req.headers());
    if is_report || doubled.is_empty() {
        return next.call(req).await;
    }
    let host = host(req.headers()).to_owned();
    let path = req.uri().path().to_owned();
    let mut answer = next.call(req).await?;
    let none_counts = answer.request().extensions().contains::<NoneCounts>();
    let cookies = &site.cookies;
    let mut removals: Vec<_> = doubled
        .iter()
        .flat_map(|name| cookies.removals(name, &host, &path))
        .collect();
    if none_counts && !says_session(cookies, answer.headers()) {
        removals.push(cookies.no_session());
    }
    for removal in removals {
        // A path of a request and a host always make a header.
        if let Ok(line) = HeaderValue::from_str(&removal.to_string()) {
            answer.headers_mut().append(SET_COOKIE, line);
        }
    }
    Ok(answer)
}

/// The host of a request, without its port.
fn host(headers: &HeaderMap) -> &str {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.unwrap_or_default();
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn says_session(cookies: &Cookies, headers: &HeaderMap) -> bool {
    let name = cookies.session.as_bytes();
    headers.get_all(SET_COOKIE).any(|line| {
        let rest = line.as_bytes().strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with(b"="))
    })
}
