use std::time::{Duration, SystemTime, UNIX_EPOCH};

use proptest::prelude::*;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::Facts;

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_hours(490_896)
}

fn read(status: u16, headers: &[(&'static str, &str)]) -> Facts {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
        .collect();
    Facts::read(status, &headers, now())
}

type Row = (&'static [(&'static str, &'static str)], Option<u64>);

const DATE: (&str, &str) = ("date", "Thu, 01 Jan 2026 00:10:00 GMT");

#[test]
fn waits_are_measured_against_the_own_date_of_a_reply() {
    let rows: [Row; 9] = [
        (&[("retry-after", "7")], Some(7)),
        (&[DATE, ("retry-after", "Thu, 01 Jan 2026 00:10:09 GMT")], Some(9)),
        (&[DATE, ("x-rate-limit-reset", "1767226230")], Some(30)),
        (&[("x-rate-limit-reset", "1767225660")], Some(60)),
        (&[DATE, ("x-rate-limit-reset", "1767225660")], Some(1)),
        (&[("x-rate-limit-reset", "9999999999999")], Some(120)),
        (&[("retry-after", "86400")], Some(120)),
        (&[("retry-after", "soon")], None),
        (&[], None),
    ];
    for (headers, seconds) in rows {
        let wait = read(429, headers).retry_after;
        assert_eq!(wait, seconds.map(Duration::from_secs), "{headers:?}");
    }
    assert_eq!(read(200, &[("x-rate-limit-reset", "1767225660")]).retry_after, None);
    assert_eq!(
        read(503, &[("x-rate-limit-reset", "1767225660"), ("retry-after", "3")]).retry_after,
        Some(Duration::from_secs(3))
    );
}

#[test]
fn the_head_is_read() {
    let facts = read(
        200,
        &[
            DATE,
            ("x-okta-request-id", "aZ1_-x"),
            ("x-rate-limit-remaining", "299"),
            ("content-type", "application/json;charset=UTF-8"),
            ("cache-control", "max-age=3832304, must-revalidate"),
        ],
    );
    assert_eq!(facts.clock_skew, Some(-600));
    assert_eq!(facts.request_id.as_deref(), Some("aZ1_-x"));
    assert_eq!(facts.rate_limit_remaining, Some(299));
    assert_eq!(facts.max_age, Some(Duration::from_secs(3_832_304)));
    assert_eq!(read(200, &[DATE, ("age", "9")]).clock_skew, None);
    assert!(facts.is_json);
    assert!(!read(200, &[("content-type", "text/html; application/json")]).is_json);
}

proptest! {
    #[test]
    fn no_header_makes_it_panic(value in "[ -~]{0,60}", status in 100_u16..600) {
        let names = ["date", "retry-after", "x-rate-limit-reset", "content-type", "cache-control", "x-okta-request-id"];
        let headers: Vec<_> = names.iter().map(|name| (*name, value.as_str())).collect();
        prop_assert!(read(status, &headers).retry_after.is_none_or(|wait| wait <= Duration::from_mins(2)));
    }
}
