//! A request as the portal gets it: the browser's, with what only we may say removed, and with what we say.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{self as asked, HeaderMap as RequestHeaders, HeaderName as AskedName};
use hyper::http::header::{HOST, HeaderMap, HeaderName, HeaderValue, VIA};
use hyper::http::request::Builder;
use hyper::http::uri::{Authority, Scheme, Uri};
use hyper::http::{self, Request};

use super::message::Head;
use super::names;
use crate::trace::{TRACEPARENT, TRACESTATE, TraceContext};
use crate::web::cookies;

/// What we add to the browser's request.
#[derive(Debug)]
pub(super) struct ForwardedFacts<'a> {
    /// `https` or `http`, as the browser sees it.
    pub(super) scheme: &'a str,
    /// `host[:port]`, as the browser sees it.
    pub(super) host: &'a str,
    /// The address of the browser.
    pub(super) client: IpAddr,
    /// The request's id in our log.
    pub(super) request_id: &'a str,
    /// Our own entry in `Via`, by which we recognise a loop.
    pub(super) via: &'a str,
    /// The span of the call to the portal, if somebody has decided whether its trace is recorded.
    pub(super) span: Option<&'a TraceContext>,
}

/// The head of the request, for the portal at this address.
pub(super) fn head<'a>(
    req: &HttpRequest,
    portal: &Authority,
    facts: &ForwardedFacts<'_>,
    identity: impl Iterator<Item = (&'a AskedName, asked::HeaderValue)>,
) -> Result<Head, http::Error> {
    let path = req.uri().path_and_query().map_or("/", |path| path.as_str());
    let address = Uri::builder()
        .scheme(Scheme::HTTP)
        .authority(portal.clone())
        .path_and_query(path)
        .build()?;
    let builder: Builder = Request::builder().method(req.method().as_str()).uri(address);
    let (mut parts, ()) = builder.body(())?.into_parts();
    parts.headers = passed_on(req.headers())?;
    let headers = &mut parts.headers;
    headers.insert(HOST, HeaderValue::from_str(facts.host)?);
    headers.append(VIA, HeaderValue::from_str(facts.via)?);
    for (name, value) in [
        ("x-forwarded-for", facts.client.to_string().as_str()),
        ("x-forwarded-proto", facts.scheme),
        ("x-forwarded-host", facts.host),
        ("x-request-id", facts.request_id),
    ] {
        headers.insert(name, HeaderValue::from_str(value)?);
    }
    if let Some(span) = facts.span {
        headers.insert(TRACEPARENT, HeaderValue::from_str(&span.traceparent())?);
        if let Some(state) = span.tracestate() {
            headers.insert(TRACESTATE, HeaderValue::from_str(state)?);
        }
    }
    for (name, value) in identity {
        let name = HeaderName::from_bytes(name.as_str().as_bytes())?;
        headers.insert(name, HeaderValue::from_bytes(value.as_bytes())?);
    }
    Ok(Head::new(parts))
}

/// Whether the request went through here before, in a loop: the portal's address leads back to us.
pub(super) fn is_loop(headers: &RequestHeaders, via: &str) -> bool {
    let lines = headers.get_all(asked::VIA);
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|hop| hop.trim() == via)
}

fn passed_on(headers: &RequestHeaders) -> Result<HeaderMap, http::Error> {
    let listed = names::listed(headers.get_all(asked::CONNECTION).map(asked::HeaderValue::as_bytes));
    let mut passed = HeaderMap::with_capacity(headers.len() + 16);
    for (name, value) in headers {
        let text = name.as_str();
        let stays = names::is_of_one_hop(text) || names::is_ours(name) || listed.iter().any(|listed| listed == text);
        if stays || *name == asked::HOST {
            continue;
        }
        let value = if *name == asked::COOKIE {
            match cookies::without_ours(value.as_bytes()) {
                Some(cookies) => HeaderValue::from_bytes(&cookies)?,
                None => continue,
            }
        } else {
            HeaderValue::from_bytes(value.as_bytes())?
        };
        passed.append(HeaderName::from_bytes(text.as_bytes())?, value);
    }
    Ok(passed)
}
