//! Any page of ours removes cookies that came under one of our names and that we did not set.

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

/// If the latest of several sessions began so recently, the customer signed in to get rid of the others.
const RECENT: Duration = Duration::from_mins(10);

impl NoneCounts {
    /// Whether this happens again although the customer has just signed in.
    pub(in crate::web) fn comes_back(self, now: Timestamp) -> bool {
        now < after(self.latest, RECENT)
    }
}

/// Makes the answer to this request remove our own session cookie too.
pub(in crate::web) fn note_none_counts(req: &HttpRequest, none: NoneCounts) {
    req.extensions_mut().insert(none);
}

/// Middleware: if a request brought several cookies of one name, the answer leaves one at most.
pub async fn clear<B: MessageBody + 'static>(
    site: web::Data<Site>,
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    // Browsers send reports by themselves, and no handler reads the cookies that come along.
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
        // A host and a request path are always valid header text.
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
