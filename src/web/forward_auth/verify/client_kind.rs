//! Whether a browser opens a page or a program sends a request: only a page is redirected to the form.

use actix_web::http::header::{ACCEPT, HeaderMap, HeaderName, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION};

/// The kind of client that waits for the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum ClientKind {
    /// A browser that is about to show a page.
    Page,
    /// A script, another program, a WebSocket, a picture, a prefetched page.
    Program,
}

const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");
const X_REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");

impl ClientKind {
    pub(in crate::web) fn of(headers: &HeaderMap, method: &str) -> Self {
        // Not `Upgrade` or `Connection`: they belong to one hop, and proxies remove them.
        let is_program = method == "OPTIONS"
            || headers.contains_key(SEC_WEBSOCKET_KEY)
            || headers.contains_key(SEC_WEBSOCKET_VERSION)
            || headers.contains_key(X_REQUESTED_WITH)
            || says(headers, &SEC_PURPOSE, "prefetch");
        if is_program {
            return Self::Program;
        }
        let is_page = if headers.contains_key(SEC_FETCH_MODE) {
            is(headers, &SEC_FETCH_MODE, "navigate") && is(headers, &SEC_FETCH_DEST, "document")
        } else {
            matches!(method, "GET" | "HEAD") && says(headers, &ACCEPT, "text/html")
        };
        if is_page { Self::Page } else { Self::Program }
    }
}

fn is(headers: &HeaderMap, name: &HeaderName, value: &str) -> bool {
    headers.get(name).is_some_and(|given| given == value)
}

fn says(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    let given = headers.get(name).and_then(|value| value.to_str().ok());
    given.is_some_and(|given| given.contains(word))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn sec_314_a_page_is_told_from_everything_else() {
        const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        const PAGE: [(&str, &str); 2] = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        type Lines = &'static [(&'static str, &'static str)];
        let cases: &[(&str, Lines, ClientKind)] = &[
            ("GET", &[BROWSER, PAGE[0], PAGE[1]], ClientKind::Page),
            ("POST", &[BROWSER, PAGE[0], PAGE[1]], ClientKind::Page),
            ("GET", &[BROWSER], ClientKind::Page),
            ("HEAD", &[BROWSER], ClientKind::Page),
            ("POST", &[BROWSER], ClientKind::Program),
            ("GET", &[("accept", "*/*")], ClientKind::Program),
            ("GET", &[("accept", "application/json")], ClientKind::Program),
            ("GET", &[], ClientKind::Program),
            ("GET", &[("accept", "text/event-stream")], ClientKind::Program),
            (
                "GET",
                &[BROWSER, ("x-requested-with", "XMLHttpRequest")],
                ClientKind::Program,
            ),
            (
                "GET",
                &[BROWSER, ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")],
                ClientKind::Program,
            ),
            (
                "GET",
                &[BROWSER, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
                ClientKind::Program,
            ),
            (
                "GET",
                &[BROWSER, ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")],
                ClientKind::Program,
            ),
            (
                "GET",
                &[BROWSER, PAGE[0], PAGE[1], ("sec-purpose", "prefetch;prerender")],
                ClientKind::Program,
            ),
            ("GET", &[BROWSER, ("sec-websocket-key", "x")], ClientKind::Program),
            ("GET", &[("sec-websocket-version", "13")], ClientKind::Program),
            (
                "OPTIONS",
                &[("origin", "https://x"), ("access-control-request-method", "PUT")],
                ClientKind::Program,
            ),
            ("OPTIONS", &[BROWSER, PAGE[0], PAGE[1]], ClientKind::Program),
        ];
        for (method, lines, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in *lines {
                headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            assert_eq!(ClientKind::of(&headers, method), *expected, "{method} {lines:?}");
        }
    }
}
