//! Whether a POST comes from a page of ours (SEC-104).
//!
//! The browser itself says so, in headers that no page can set. The form's CSRF token is a second, independent check.

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, HeaderName, ORIGIN};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Why a POST was refused; each is answered with 403.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CrossSite {
    #[error("the browser says that the request comes from elsewhere")]
    FetchSite,
    #[error("the request comes from another origin")]
    Origin,
    #[error("the request does not say where it comes from")]
    Unstated,
}

/// Refuses a state-changing request unless a page of `public_origin` sent it. `public_origin` is the ASCII
/// serialisation, such as `https://signin.example.com`.
pub fn check(req: &HttpRequest, public_origin: &str) -> Result<(), CrossSite> {
    let sent_from = |name| Stated::of(req.headers(), name);
    decide(sent_from(SEC_FETCH_SITE), sent_from(ORIGIN), public_origin)
}

/// The value of a header; one that occurs twice is never trusted.
#[derive(Debug, Clone, Copy)]
enum Stated<'a> {
    Absent,
    Once(&'a [u8]),
    Contradictory,
}

impl<'a> Stated<'a> {
    fn of(headers: &'a HeaderMap, name: HeaderName) -> Self {
        let mut values = headers.get_all(name);
        match (values.next(), values.next()) {
            (None, _) => Self::Absent,
            (Some(value), None) => Self::Once(value.as_bytes()),
            (Some(_), Some(_)) => Self::Contradictory,
        }
    }
}

fn decide(fetch_site: Stated<'_>, origin: Stated<'_>, public_origin: &str) -> Result<(), CrossSite> {
    match (fetch_site, origin) {
        (Stated::Once(b"same-origin"), _) => Ok(()),
        // `none` means a typed or bookmarked URL, which is never a POST of our forms.
        (Stated::Once(_) | Stated::Contradictory, _) => Err(CrossSite::FetchSite),
        (Stated::Absent, Stated::Once(origin)) if origin == public_origin.as_bytes() => Ok(()),
        (Stated::Absent, Stated::Once(_) | Stated::Contradictory) => Err(CrossSite::Origin),
        (Stated::Absent, Stated::Absent) => Err(CrossSite::Unstated),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::{CrossSite, check};

    const OURS: &str = "https://login.example.com";
    const SITE: &str = "sec-fetch-site";

    type Case = (&'static [(&'static str, &'static str)], Result<(), CrossSite>);

    #[test]
    fn sec_104_only_our_own_pages_may_post() {
        let cases: &[Case] = &[
            (&[(SITE, "same-origin")], Ok(())),
            (&[(SITE, "same-origin"), ("origin", OURS)], Ok(())),
            (&[("origin", OURS)], Ok(())),
            (&[(SITE, "same-site")], Err(CrossSite::FetchSite)),
            (&[(SITE, "cross-site")], Err(CrossSite::FetchSite)),
            (&[(SITE, "none")], Err(CrossSite::FetchSite)),
            (&[(SITE, "")], Err(CrossSite::FetchSite)),
            (&[(SITE, "Same-Origin")], Err(CrossSite::FetchSite)),
            (&[(SITE, "same-origin, cross-site")], Err(CrossSite::FetchSite)),
            (&[(SITE, "cross-site"), ("origin", OURS)], Err(CrossSite::FetchSite)),
            (
                &[(SITE, "same-origin"), (SITE, "cross-site")],
                Err(CrossSite::FetchSite),
            ),
            (&[("origin", "null")], Err(CrossSite::Origin)),
            (&[("origin", "")], Err(CrossSite::Origin)),
            (&[("origin", "http://login.example.com")], Err(CrossSite::Origin)),
            (&[("origin", "https://login.example.com:8443")], Err(CrossSite::Origin)),
            (&[("origin", "https://login.example.com/")], Err(CrossSite::Origin)),
            (
                &[("origin", "https://login.example.com.evil.test")],
                Err(CrossSite::Origin),
            ),
            (&[("origin", "https://app.example.com")], Err(CrossSite::Origin)),
            (
                &[("origin", OURS), ("origin", "https://evil.test")],
                Err(CrossSite::Origin),
            ),
            (
                &[("referer", "https://login.example.com/sign-in")],
                Err(CrossSite::Unstated),
            ),
            (&[], Err(CrossSite::Unstated)),
        ];
        for (headers, expected) in cases {
            let mut request = TestRequest::post().uri("/sign-in");
            for header in *headers {
                request = request.append_header(*header);
            }
            let outcome = check(&request.to_http_request(), OURS);
            assert_eq!(outcome, *expected, "{headers:?}");
        }
    }
}
