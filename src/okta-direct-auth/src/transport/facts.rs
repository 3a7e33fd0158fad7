//! What is read from the head of a reply.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::fmt::rfc2822;
use reqwest::header::{AGE, CACHE_CONTROL, CONTENT_TYPE, DATE, HeaderMap, HeaderName, RETRY_AFTER};

use crate::{CallReport, Endpoint, OutcomeClass};

/// No user waits longer than this for a second try, whatever a header says.
const LONGEST_WAIT: Duration = Duration::from_mins(2);
const LONGEST_NONCE: usize = 512;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-okta-request-id");
const LIMIT: HeaderName = HeaderName::from_static("x-rate-limit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-rate-limit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-rate-limit-reset");
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// Zero when no reply came.
    pub(crate) status: u16,
    pub(crate) is_json: bool,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) rate_limit: Option<u64>,
    pub(crate) rate_limit_remaining: Option<u64>,
    /// Our clock minus Okta's, in seconds.
    pub(crate) clock_skew: Option<i64>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) dpop_nonce: Option<String>,
}

impl Facts {
    pub(crate) fn read(status: u16, headers: &HeaderMap, now: SystemTime) -> Self {
        // A cache on the way passes on an old date, and says so by `Age` (RFC 9111, 5.1).
        let date = text(headers, &DATE).filter(|_| !headers.contains_key(AGE));
        let date = date.and_then(http_date);
        let theirs = date.unwrap_or_else(|| unix(now));
        Self {
            status,
            is_json: text(headers, &CONTENT_TYPE).is_some_and(is_json),
            request_id: text(headers, &REQUEST_ID).map(printable),
            retry_after: if status < 400 {
                None
            } else {
                wait(status, headers, theirs)
            },
            rate_limit: number(headers, &LIMIT),
            rate_limit_remaining: number(headers, &REMAINING),
            clock_skew: date.map(|theirs| unix(now).saturating_sub(theirs)),
            max_age: text(headers, &CACHE_CONTROL).and_then(max_age),
            dpop_nonce: text(headers, &DPOP_NONCE).and_then(nonce),
        }
    }

    pub(crate) fn report(
        &self,
        endpoint: Endpoint,
        (outcome, class): (&'static str, OutcomeClass),
        duration: Duration,
    ) -> CallReport<'_> {
        CallReport {
            endpoint,
            grant: None,
            status: Some(self.status).filter(|status| *status != 0),
            outcome,
            cause: None,
            class,
            duration,
            request_id: self.request_id.as_deref(),
            rate_limit: self.rate_limit,
            rate_limit_remaining: self.rate_limit_remaining,
            clock_skew: self.clock_skew,
        }
    }
}

/// Whole seconds since 1970; 0 for a clock before that.
pub(crate) fn unix(time: SystemTime) -> i64 {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    text(headers, name)?.trim().parse().ok()
}

fn printable(id: &str) -> String {
    id.chars().filter(char::is_ascii_graphic).take(128).collect()
}

/// Only what RFC 9449, 8.1 allows, and no more than is sensible to send back.
fn nonce(value: &str) -> Option<String> {
    let is_allowed = |c: char| c.is_ascii_graphic() && c != '"' && c != '\\';
    let is_fine = !value.is_empty() && value.len() <= LONGEST_NONCE && value.chars().all(is_allowed);
    is_fine.then(|| value.to_owned())
}

/// Only the media type counts; Okta sometimes adds a charset.
fn is_json(value: &str) -> bool {
    let media_type = value.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/json") || media_type.to_ascii_lowercase().ends_with("+json")
}

/// `Retry-After` comes in seconds or as a date (RFC 9110, 10.2.3), Okta's own header as a point in time. Both times are
/// by Okta's clock, so they are measured against the reply's own date.
fn wait(status: u16, headers: &HeaderMap, theirs: i64) -> Option<Duration> {
    let asked = text(headers, &RETRY_AFTER).and_then(|value| {
        let seconds = value.trim().parse().ok();
        seconds.or_else(|| http_date(value).map(|then| then.saturating_sub(theirs)))
    });
    let reset = number(headers, &RESET)
        .filter(|_| status == 429)
        .and_then(|then| i64::try_from(then).ok())
        .map(|then| then.saturating_sub(theirs));
    let seconds = asked.max(reset)?;
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0).max(1)).min(LONGEST_WAIT))
}

fn http_date(value: &str) -> Option<i64> {
    let date = rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
    Some(date.as_second())
}

fn max_age(value: &str) -> Option<Duration> {
    let seconds = value
        .split(',')
        .find_map(|directive| directive.trim().strip_prefix("max-age="))?;
    seconds.parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests;
