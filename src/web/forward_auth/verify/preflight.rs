//! CORS preflights (`OPTIONS`, `Origin`, `Access-Control-Request-Method`), by which browsers ask whether a script may
//! send its request.
//!
//! Any client can write these headers, so they exempt nothing: the gate decides on a preflight as on any request. Only
//! with `portal.preflight = "pass"` does a preflight differ, and then only if it has no body and no upgrade.

use actix_web::http::header::{
    ACCESS_CONTROL_REQUEST_METHOD, CONTENT_LENGTH, HeaderMap, HeaderName, ORIGIN, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, TRANSFER_ENCODING, UPGRADE,
};

use super::asked_by::AskedBy;

/// A proxy sends this header for a request without a body and without an upgrade; its question has neither in any case.
const HEAD_ONLY: HeaderName = HeaderName::from_static("portico-head-only");

/// Headers that name a method but cannot override it: the browser's own, and those of the proxies.
const HARMLESS: [&str; 3] = [
    "access-control-request-method",
    "x-forwarded-method",
    "x-original-method",
];

/// Whether a request is certainly only a preflight: no body, no upgrade, no other method than its own.
pub(in crate::web) fn is_plain(by: AskedBy, headers: &HeaderMap, method: &str) -> bool {
    method == "OPTIONS"
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
        && is_head_only(headers)
        && !overrides_method(headers)
        && is_vouched_for(by, headers)
}

/// Whether the proxy confirms that the request has no body and no upgrade.
fn is_vouched_for(by: AskedBy, headers: &HeaderMap) -> bool {
    match by {
        // We see the request itself.
        AskedBy::Portico => true,
        AskedBy::Proxy(proxy) if proxy.traits().sees_bodies => {
            let mut lines = headers.get_all(HEAD_ONLY);
            lines.next().is_some_and(|line| line == "yes") && lines.next().is_none()
        }
        // Its configuration cannot see a body of unknown length, so a header of that name comes from the client.
        AskedBy::Proxy(_) => false,
    }
}

fn is_head_only(headers: &HeaderMap) -> bool {
    let mut lengths = headers.get_all(CONTENT_LENGTH);
    lengths.all(|length| length == "0")
        && ![TRANSFER_ENCODING, UPGRADE, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION]
            .iter()
            .any(|name| headers.contains_key(name))
}

/// Whether a header may override the method at the portal, such as `X-HTTP-Method-Override`.
fn overrides_method(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| {
        let name = name.as_str();
        name.contains("method") && !HARMLESS.contains(&name)
    })
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;
    use crate::portal::proxies::Proxy;

    const PREFLIGHT: [(&str, &str); 2] = [
        ("origin", "https://x.example"),
        ("access-control-request-method", "PUT"),
    ];

    fn is_plain_with(by: AskedBy, method: &str, lines: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let value = HeaderValue::from_str(value).unwrap();
            headers.append(HeaderName::from_static(name), value);
        }
        is_plain(by, &headers, method)
    }

    #[test]
    fn only_a_preflight_that_is_its_head_alone_is_one() {
        let with = |more: &[(&'static str, &'static str)]| [&PREFLIGHT[..], more].concat();
        let plain = |method, lines: &[_]| is_plain_with(AskedBy::Portico, method, lines);
        assert!(plain("OPTIONS", &PREFLIGHT));
        assert!(plain("OPTIONS", &with(&[("content-length", "0")])));
        assert!(plain("OPTIONS", &with(&[("x-forwarded-method", "OPTIONS")])));
        assert!(!plain("OPTIONS", &PREFLIGHT[..1]));
        assert!(!plain("OPTIONS", &PREFLIGHT[1..]));
        for method in ["GET", "POST", "options", ""] {
            assert!(!plain(method, &PREFLIGHT), "{method}");
        }
        for more in [
            &[("content-length", "1")][..],
            &[("content-length", "00")],
            &[("content-length", "0"), ("content-length", "5")],
            &[("transfer-encoding", "chunked")],
            &[("upgrade", "websocket")],
            &[("upgrade", "h2c")],
            &[("sec-websocket-key", "x")],
            &[("sec-websocket-version", "13")],
            &[("x-http-method-override", "DELETE")],
            &[("x-http-method", "DELETE")],
            &[("x-method-override", "DELETE")],
            &[("x_http_method_override", "DELETE")],
            &[("x.http.method.override", "DELETE")],
        ] {
            assert!(!plain("OPTIONS", &with(more)), "{more:?}");
        }
    }

    #[test]
    fn a_proxy_counts_only_where_it_can_see_a_body_and_says_that_there_is_none() {
        let said = |value| [&PREFLIGHT[..], &[("portico-head-only", value)]].concat();
        for proxy in Proxy::ALL {
            let can_say = matches!(proxy, Proxy::Nginx | Proxy::Haproxy | Proxy::Envoy);
            let proxy = AskedBy::Proxy(proxy);
            assert_eq!(is_plain_with(proxy, "OPTIONS", &said("yes")), can_say);
            let twice = [&said("yes")[..], &[("portico-head-only", "yes")]].concat();
            for lines in [&PREFLIGHT[..], &said("no"), &said(""), &twice] {
                assert!(!is_plain_with(proxy, "OPTIONS", lines), "{lines:?}");
            }
        }
    }
}
