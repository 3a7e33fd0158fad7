//! What the proxy says it was asked for. Each proxy has headers of its own; those of others must not contradict them.

use actix_web::http::header::{self, HeaderMap, HeaderName};

use super::preflight;
use crate::portal::gate::Asked;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proxy {
    Nginx,
    Traefik,
    Caddy,
    Haproxy,
    Envoy,
    /// None: we hand the request on ourselves.
    Portico,
}

impl Proxy {
    /// Those that ask.
    pub(super) const ASKING: [Self; 5] = [
        Self::Nginx,
        Self::Traefik,
        Self::Caddy,
        Self::Haproxy,
        Self::Envoy,
    ];

    /// How many there are.
    pub(super) const COUNT: usize = Self::ASKING.len() + 1;

    /// As its path and the metrics have it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Traefik => "traefik",
            Self::Caddy => "caddy",
            Self::Haproxy => "haproxy",
            Self::Envoy => "envoy",
            Self::Portico => "portico",
        }
    }
}

/// Why nobody can say what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadMetadata {
    Missing(&'static str),
    Twice(&'static str),
    Unreadable(&'static str),
    Contradiction(&'static str, &'static str),
}

impl BadMetadata {
    /// In one word, for answers, logs and metrics.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Missing(_) => "missing_header",
            Self::Twice(_) => "doubled_header",
            Self::Unreadable(_) => "unreadable_header",
            Self::Contradiction(..) => "contradictory_headers",
        }
    }
}

impl std::fmt::Display for BadMetadata {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "the proxy sends no {name}"),
            Self::Twice(name) => write!(
                f,
                "{name} came twice: the proxy must replace what a client sends"
            ),
            Self::Unreadable(name) => write!(f, "{name} cannot be read"),
            Self::Contradiction(one, other) => {
                write!(
                    f,
                    "{one} and {other} contradict each other: the proxy must remove the one that it does not set"
                )
            }
        }
    }
}

// Names that were read once: each question is asked about most of them.
static ORIGINAL_URL: HeaderName = HeaderName::from_static("x-original-url");
static ORIGINAL_METHOD: HeaderName = HeaderName::from_static("x-original-method");
static PROTO: HeaderName = header::X_FORWARDED_PROTO;
static FORWARDED_HOST: HeaderName = header::X_FORWARDED_HOST;
static URI: HeaderName = HeaderName::from_static("x-forwarded-uri");
static METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
static HOST: HeaderName = header::HOST;

/// A proxy's question as it came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) method: &'a str,
    /// Path and query.
    pub(super) uri: &'a str,
    /// The host in the first line, which few write.
    pub(super) authority: Option<&'a str>,
    pub(super) headers: &'a HeaderMap,
}

/// Our own address.
#[derive(Debug, Clone, Copy)]
pub(super) struct Own<'a> {
    pub(super) scheme: &'a str,
    /// The path that the prefix of Envoy stands under.
    pub(super) base: &'a str,
}

/// What the proxy asks about.
pub(super) fn asked<'a>(
    proxy: Proxy,
    question: Question<'a>,
    own: Own<'a>,
) -> Result<Asked<'a>, BadMetadata> {
    let asked = told(proxy, question, own)?;
    Ok(Asked {
        is_preflight: preflight::is_plain(proxy, question.headers, asked.method),
        ..asked
    })
}

/// Address and method.
fn told<'a>(proxy: Proxy, question: Question<'a>, own: Own<'a>) -> Result<Asked<'a>, BadMetadata> {
    let headers = question.headers;
    match proxy {
        Proxy::Nginx => {
            let url = needed(headers, &ORIGINAL_URL)?;
            let asked = split(url)
                .map(|(scheme, host, uri)| Asked {
                    scheme: web_scheme(scheme),
                    host,
                    uri,
                    method: "",
                    is_preflight: false,
                })
                .ok_or(BadMetadata::Unreadable(ORIGINAL_URL.as_str()))?;
            let method = needed(headers, &ORIGINAL_METHOD)?;
            agrees(headers, &URI, asked.uri, ORIGINAL_URL.as_str())?;
            agrees(headers, &METHOD, method, ORIGINAL_METHOD.as_str())?;
            Ok(Asked { method, ..asked })
        }
        Proxy::Traefik | Proxy::Caddy | Proxy::Haproxy => {
            let asked = Asked {
                scheme: web_scheme(needed(headers, &PROTO)?),
                host: needed(headers, &FORWARDED_HOST)?,
                uri: needed(headers, &URI)?,
                method: needed(headers, &METHOD)?,
                is_preflight: false,
            };
            no_other(headers, &asked, URI.as_str())?;
            agrees(headers, &ORIGINAL_METHOD, asked.method, METHOD.as_str())?;
            Ok(asked)
        }
        Proxy::Envoy => {
            let uri = question
                .uri
                .strip_prefix(own.base)
                .and_then(|rest| rest.strip_prefix("/verify/envoy"))
                .ok_or(BadMetadata::Unreadable("the path"))?;
            let asked = Asked {
                scheme: web_scheme(needed(headers, &PROTO)?),
                host: needed(headers, &HOST)?,
                uri,
                method: question.method,
                is_preflight: false,
            };
            no_other(headers, &asked, "the path")?;
            agrees(headers, &URI, uri, "the path")?;
            agrees(headers, &METHOD, asked.method, "the method")?;
            Ok(asked)
        }
        // Nobody stands between, so nobody's headers count; what ends the encryption in front of us takes https alone.
        Proxy::Portico => {
            let host = needed(headers, &HOST)?;
            if question
                .authority
                .is_some_and(|authority| authority != host)
            {
                return Err(BadMetadata::Contradiction("the first line", "Host"));
            }
            Ok(Asked {
                scheme: own.scheme,
                host,
                uri: question.uri,
                method: question.method,
                is_preflight: false,
            })
        }
    }
}

/// Another proxy's name for the address, if it is there, must name the same one.
fn no_other(headers: &HeaderMap, asked: &Asked<'_>, ours: &'static str) -> Result<(), BadMetadata> {
    let Some(other) = once(headers, &ORIGINAL_URL)? else {
        return Ok(());
    };
    let is_same = split(other).is_some_and(|(scheme, host, uri)| {
        (web_scheme(scheme), host, uri) == (asked.scheme, asked.host, asked.uri)
    });
    if is_same {
        Ok(())
    } else {
        Err(BadMetadata::Contradiction(ours, ORIGINAL_URL.as_str()))
    }
}

fn agrees(
    headers: &HeaderMap,
    name: &'static HeaderName,
    ours: &str,
    our_name: &'static str,
) -> Result<(), BadMetadata> {
    match once(headers, name)? {
        Some(other) if other != ours => Err(BadMetadata::Contradiction(our_name, name.as_str())),
        _ => Ok(()),
    }
}

fn needed<'a>(headers: &'a HeaderMap, name: &'static HeaderName) -> Result<&'a str, BadMetadata> {
    once(headers, name)?.ok_or(BadMetadata::Missing(name.as_str()))
}

fn once<'a>(
    headers: &'a HeaderMap,
    name: &'static HeaderName,
) -> Result<Option<&'a str>, BadMetadata> {
    let mut lines = headers.get_all(name);
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    if lines.next().is_some() {
        return Err(BadMetadata::Twice(name.as_str()));
    }
    let text = line
        .to_str()
        .map_err(|_| BadMetadata::Unreadable(name.as_str()))?;
    // Proxies write an empty value for what a client did not send.
    Ok((!text.is_empty()).then_some(text))
}

/// `https://host/path?query` in its three parts.
fn split(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let at = rest.find('/')?;
    let (host, uri) = rest.split_at_checked(at)?;
    Some((scheme, host, uri))
}

/// Traefik calls the scheme of a WebSocket by its own name.
fn web_scheme(scheme: &str) -> &str {
    match scheme {
        "wss" => "https",
        "ws" => "http",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    /// The request in the words of `Asked`, or why not.
    fn read(
        proxy: Proxy,
        uri: &str,
        lines: &[(&'static str, &'static str)],
    ) -> Result<String, String> {
        let mut request = TestRequest::with_uri(uri);
        for line in lines {
            request = request.append_header(*line);
        }
        let request = request.to_http_request();
        let question = Question {
            method: request.method().as_str(),
            uri,
            authority: request
                .uri()
                .authority()
                .map(actix_web::http::uri::Authority::as_str),
            headers: request.headers(),
        };
        let own = Own {
            scheme: "https",
            base: "/auth",
        };
        let said = |asked: Asked<'_>| {
            let Asked {
                scheme,
                host,
                uri,
                method,
                ..
            } = asked;
            format!("{method} {scheme}://{host}{uri}")
        };
        asked(proxy, question, own)
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
            let rest: Vec<_> = FORWARDED
                .into_iter()
                .filter(|line| *line != missing)
                .collect();
            assert_eq!(
                read(Proxy::Caddy, "/", &rest),
                Err("missing_header".to_owned())
            );
            let twice: Vec<_> = FORWARDED.into_iter().chain([missing]).collect();
            assert_eq!(
                read(Proxy::Caddy, "/", &twice),
                Err("doubled_header".to_owned())
            );
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
}
