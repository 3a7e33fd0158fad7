use actix_web::test::TestRequest;

use super::*;
use crate::portal::proxies::Proxy;

/// Method and URL as they were read, or the reason for the refusal.
fn read(proxy: Proxy, uri: &str, lines: &[(&'static str, &'static str)]) -> Result<String, String> {
    let mut request = TestRequest::with_uri(uri);
    for line in lines {
        request = request.append_header(*line);
    }
    let request = request.to_http_request();
    let asking = ProxyRequest {
        method: request.method().as_str(),
        uri,
        authority: request.uri().authority().map(actix_web::http::uri::Authority::as_str),
        headers: request.headers(),
    };
    let own = Own {
        scheme: "https",
        base: "/auth",
    };
    let said = |asked: PortalRequest<'_>| {
        let PortalRequest {
            scheme,
            host,
            uri,
            method,
            ..
        } = asked;
        format!("{method} {scheme}://{host}{uri}")
    };
    asked(AskedBy::Proxy(proxy), asking, own)
        .map(said)
        .map_err(|bad| bad.name().to_owned())
}

const FORWARDED: [(&str, &str); 4] = [
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "app.example.com"),
    ("x-forwarded-uri", "/a?b=//c"),
    ("x-forwarded-method", "POST"),
];

#[test]
fn each_proxy_is_read_by_its_own_headers() {
    let nginx = [
        ("x-original-url", "https://app.example.com/a?b=//c"),
        ("x-original-method", "POST"),
    ];
    let expected = Ok("POST https://app.example.com/a?b=//c".to_owned());
    assert_eq!(read(Proxy::Nginx, "/auth/verify/nginx", &nginx), expected);
    for proxy in [Proxy::Traefik, Proxy::Caddy, Proxy::Haproxy] {
        assert_eq!(read(proxy, "/auth/verify/x", &FORWARDED), expected);
    }
    let envoy = [("host", "app.example.com"), ("x-forwarded-proto", "https")];
    assert_eq!(
        read(Proxy::Envoy, "/auth/verify/envoy/a?b=//c", &envoy),
        Ok("GET https://app.example.com/a?b=//c".to_owned())
    );
    let socket = [
        ("x-forwarded-proto", "wss"),
        ("x-forwarded-host", "app.example.com"),
        ("x-forwarded-uri", "/live"),
        ("x-forwarded-method", "GET"),
    ];
    assert_eq!(
        read(Proxy::Traefik, "/auth/verify/traefik", &socket),
        Ok("GET https://app.example.com/live".to_owned())
    );
}

#[test]
fn sec_311_missing_doubled_and_contradictory_headers_are_refused() {
    for missing in FORWARDED {
        let rest: Vec<_> = FORWARDED.into_iter().filter(|line| *line != missing).collect();
        assert_eq!(read(Proxy::Caddy, "/", &rest), Err("missing_header".to_owned()));
        let twice: Vec<_> = FORWARDED.into_iter().chain([missing]).collect();
        assert_eq!(read(Proxy::Caddy, "/", &twice), Err("doubled_header".to_owned()));
    }
    let with = |more: &[(&'static str, &'static str)]| {
        let lines: Vec<_> = FORWARDED.iter().chain(more).copied().collect();
        read(Proxy::Traefik, "/", &lines)
    };
    assert!(with(&[("x-original-url", "https://app.example.com/a?b=//c")]).is_ok());
    for other in [
        "https://app.example.com/admin",
        "https://other.example.com/a?b=//c",
        "http://app.example.com/a?b=//c",
        "/a?b=//c",
    ] {
        assert_eq!(
            with(&[("x-original-url", other)]),
            Err("contradictory_headers".to_owned())
        );
    }
    assert_eq!(
        with(&[("x-original-method", "GET")]),
        Err("contradictory_headers".to_owned())
    );
    let nginx = |more: &[(&'static str, &'static str)]| {
        let own = [
            ("x-original-url", "https://app.example.com/admin"),
            ("x-original-method", "GET"),
        ];
        let lines: Vec<_> = own.iter().chain(more).copied().collect();
        read(Proxy::Nginx, "/", &lines)
    };
    assert!(nginx(&[("x-forwarded-uri", "/admin")]).is_ok());
    assert!(nginx(&[("x-forwarded-uri", "")]).is_ok());
    assert_eq!(
        nginx(&[("x-forwarded-uri", "/public")]),
        Err("contradictory_headers".to_owned())
    );
    for url in ["/admin", "https://app.example.com", "app.example.com/admin"] {
        let lines = [("x-original-url", url), ("x-original-method", "GET")];
        assert_eq!(
            read(Proxy::Nginx, "/", &lines),
            Err("unreadable_header".to_owned()),
            "{url}"
        );
    }
}
