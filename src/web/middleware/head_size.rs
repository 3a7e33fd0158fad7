//! The maximum size of a head (SEC-307): one limit for pages, forward-auth and forwarded requests, so that a browser
//! that gets to the portal gets to the form too.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

/// Longest URL, in bytes: a destination of 4 KiB, escaped, and escaped again as part of one of our URLs.
pub(in crate::web) const LONGEST_ADDRESS: usize = 24 * 1024;

/// The maximum total of header names and values, in bytes.
const MOST_BYTES: usize = 32 * 1024;

/// The maximum number of header lines. The library accepts no more (docs/decisions/0022-one-reader-of-cookies.md).
const MOST_LINES: usize = 96;

/// Headers in which proxies describe the original request, including its whole URL. They are not counted, so that a
/// forward-auth question is no larger than the request that it is about.
const SAID_BY_PROXIES: [&str; 2] = ["x-forwarded-", "x-original-"];

/// Whether these headers exceed the limits.
pub(in crate::web) fn is_head_too_large(headers: &HeaderMap) -> bool {
    // The cheaper count comes first: nearly every head passes it.
    let is_long = || size(headers.iter()) > MOST_BYTES && size(counted(headers)) > MOST_BYTES;
    headers.len() > MOST_LINES || is_long()
}

fn counted(headers: &HeaderMap) -> impl Iterator<Item = Line<'_>> {
    let is_counted = |(name, _): &Line<'_>| {
        let name = name.as_str();
        !SAID_BY_PROXIES.iter().any(|start| name.starts_with(start))
    };
    headers.iter().filter(is_counted)
}

type Line<'a> = (&'a HeaderName, &'a HeaderValue);

fn size<'a>(lines: impl Iterator<Item = Line<'a>>) -> usize {
    lines.map(|(name, value)| name.as_str().len() + value.len()).sum()
}
