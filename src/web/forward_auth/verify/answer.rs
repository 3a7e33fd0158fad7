//! Statuses, headers and small bodies, in the form that each proxy understands.

use std::fmt::Write as _;

use actix_web::HttpResponse;
use actix_web::body::MessageBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER, VARY,
    WWW_AUTHENTICATE,
};
use actix_web::web::Bytes;
use portico_views::copy::{TroubleText, Words};
use serde_json::json;

use super::asked_by::AskedBy;
use crate::domain::assurance::Wanted;
use crate::flow::NoSessionReason;
use crate::portal::proxies::RedirectsBy;
use crate::web::cookies;

/// Gives programs the URL of the form.
const PORTICO_SIGN_IN: HeaderName = HeaderName::from_static("portico-sign-in");

/// Why a request was refused, as a short code for operators.
const PORTICO_REASON: HeaderName = HeaderName::from_static("portico-reason");

/// The reason for a head that exceeds the limits.
pub(in crate::web) const TOO_LARGE: &str = "head_too_large";

/// Every reason for a refusal.
pub(super) const REASONS: [&str; 18] = [
    "no_session",
    "expired",
    "revoked",
    "step_up",
    "ambiguous_session",
    "forbidden",
    "unavailable",
    "untrusted_peer",
    TOO_LARGE,
    "missing_header",
    "doubled_header",
    "unreadable_header",
    "contradictory_headers",
    "bad_host",
    "unknown_host",
    "bad_method",
    "ambiguous_path",
    "own_page",
];

/// `Retry-After` when the store fails, in seconds.
const RETRY_S: u16 = 5;

/// The request headers that the answer depends on.
const VARIES: HeaderValue = HeaderValue::from_static("Cookie, Accept, Sec-Fetch-Mode, Sec-Fetch-Dest");

/// 200, with the identity headers.
pub(in crate::web) fn allow<'a>(identity: impl Iterator<Item = (&'a HeaderName, HeaderValue)>) -> HttpResponse {
    let mut answer = plain(StatusCode::OK);
    let headers = answer.headers_mut();
    for (name, value) in identity {
        headers.insert(name.clone(), value);
    }
    answer
}

/// Redirects a browser to the form.
pub(in crate::web) fn to_form(by: AskedBy, method: &str, form: String, reason: &'static str) -> HttpResponse {
    let status = match redirects_by(by) {
        RedirectsBy::Unauthorized => StatusCode::UNAUTHORIZED,
        RedirectsBy::Found => StatusCode::FOUND,
        RedirectsBy::Method if matches!(method, "GET" | "HEAD") => StatusCode::FOUND,
        // Never 307: the browser must not post its body to the form.
        RedirectsBy::Method => StatusCode::SEE_OTHER,
    };
    let mut answer = refused(status, reason);
    if let Ok(form) = HeaderValue::try_from(form) {
        answer.headers_mut().insert(LOCATION, form);
    }
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Bearer");
        answer.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    answer
}

/// The answer to a program without a session. It is the same for all, so it is built once.
#[derive(Debug)]
pub(in crate::web) struct SignInRequired {
    form: HeaderValue,
    bodies: Vec<(&'static str, Bytes)>,
}

impl SignInRequired {
    pub(in crate::web) fn new(form: &str) -> Self {
        let body = |no_session: NoSessionReason| {
            let reason = no_session.name();
            (reason, sign_in_required(form, reason).into())
        };
        Self {
            // A parsed URL is always valid header text.
            form: HeaderValue::from_str(form).unwrap_or_else(|_| HeaderValue::from_static("")),
            bodies: [
                NoSessionReason::NoSession,
                NoSessionReason::Expired,
                NoSessionReason::Revoked,
                NoSessionReason::Ambiguous,
            ]
            .map(body)
            .into(),
        }
    }

    pub(in crate::web) fn answer(&self, reason: &'static str) -> HttpResponse {
        let known = self.bodies.iter().find(|(known, _)| *known == reason);
        let body = known.map_or_else(Bytes::new, |(_, body)| body.clone());
        let challenge = HeaderValue::from_static("Bearer");
        unauthorized(reason, body, challenge, self.form.clone())
    }
}

/// Tells a program that stronger authentication is needed (RFC 9470).
pub(in crate::web) fn step_up(form: &str, reason: &'static str, wanted: &Wanted) -> HttpResponse {
    let header = |text: &str| {
        // Text that is not valid in a header was refused at startup.
        HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
    };
    let body = sign_in_required(form, reason).into();
    unauthorized(reason, body, header(&challenge(wanted)), header(form))
}

fn sign_in_required(form: &str, reason: &str) -> String {
    json!({ "error": "sign_in_required", "reason": reason, "login_url": form }).to_string()
}

fn unauthorized(reason: &'static str, body: Bytes, challenge: HeaderValue, form: HeaderValue) -> HttpResponse {
    let mut answer = with_json(refused(StatusCode::UNAUTHORIZED, reason), body);
    let headers = answer.headers_mut();
    headers.insert(WWW_AUTHENTICATE, challenge);
    headers.insert(PORTICO_SIGN_IN, form);
    answer
}

/// 403: signed in, but not allowed.
pub(in crate::web) fn forbidden(page: Option<(&str, &Words)>) -> HttpResponse {
    let answer = refused(StatusCode::FORBIDDEN, "forbidden");
    match page {
        None => with_json(answer, r#"{"error":"forbidden"}"#),
        // Small, because some proxies accept only a short body, and bare, because they may not serve our assets.
        Some((account, words)) => with_html(answer, words, words.trouble.no_access, Some(account)),
    }
}

fn with_html(answer: HttpResponse, words: &Words, trouble: TroubleText, account: Option<&str>) -> HttpResponse {
    let page = maud::html! {
        (maud::DOCTYPE)
        html lang=(words.lang) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (trouble.heading) }
            }
            body {
                h1 { (trouble.heading) }
                p { (trouble.text) }
                @if let Some(account) = account {
                    p { a href=(account) { (words.account.manage) } }
                }
            }
        }
    };
    let mut answer = answer.set_body(page.into_string()).map_into_boxed_body();
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, html);
    answer
}

/// The target of the request is unclear.
pub(in crate::web) fn bad(by: AskedBy, reason: &'static str) -> HttpResponse {
    let status = if obeys_bad_request(by) {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::UNAUTHORIZED
    };
    with_json(refused(status, reason), json!({ "error": reason }).to_string())
}

fn redirects_by(by: AskedBy) -> RedirectsBy {
    match by {
        AskedBy::Proxy(proxy) => proxy.traits().redirects_by,
        AskedBy::Portico => RedirectsBy::Method,
    }
}

fn obeys_bad_request(by: AskedBy) -> bool {
    redirects_by(by) != RedirectsBy::Unauthorized
}

/// Larger than the limits, nearly always because of cookies: trying again does not help, so the answer says what does.
pub(in crate::web) fn too_large(by: AskedBy, form: &str, page: Option<&Words>) -> HttpResponse {
    let reason = TOO_LARGE;
    let status = match (by, page) {
        (AskedBy::Portico, _) => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        (AskedBy::Proxy(_), _) if obeys_bad_request(by) => StatusCode::BAD_REQUEST,
        (AskedBy::Proxy(_), None) => return bad(by, reason),
        // It passes no page on. The form accepts the same size, and has a page for it.
        (AskedBy::Proxy(_), Some(_)) => return to_form(by, "GET", form.to_owned(), reason),
    };
    let answer = refused(status, reason);
    match page {
        Some(words) => with_html(answer, words, words.trouble.too_many_cookies, None),
        None => with_json(answer, json!({ "error": reason }).to_string()),
    }
}

/// Sets the cookies that the portal receives: all but ours. For a proxy that cannot remove one cookie from a line
/// itself, but replaces request headers by those of the answer, or removes them.
pub(in crate::web) fn keep_cookies(answer: &mut HttpResponse, asked: &HeaderMap) {
    let mut others = Vec::new();
    for line in asked.get_all(COOKIE) {
        if let Some(line) = cookies::without_ours(line.as_bytes()) {
            if others.is_empty() {
                others = line.into_owned();
            } else {
                others.extend_from_slice(b"; ");
                others.extend_from_slice(&line);
            }
        }
    }
    if others.is_empty() {
        return;
    }
    if let Ok(others) = HeaderValue::try_from(others) {
        answer.headers_mut().insert(COOKIE, others);
    }
}

/// The store does not answer: no request is let in, and no customer is told to sign in again.
pub(in crate::web) fn unavailable() -> HttpResponse {
    let answer = refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    let mut answer = with_json(answer, r#"{"error":"service_unavailable"}"#);
    answer.headers_mut().insert(RETRY_AFTER, RETRY_S.into());
    answer
}

fn challenge(wanted: &Wanted) -> String {
    let mut challenge = String::from(
        "Bearer error=\"insufficient_user_authentication\", \
         error_description=\"More has to be proved for this\"",
    );
    // OK to ignore: writing to a string cannot fail. Class names are checked to contain no quotes.
    if !wanted.acr_values.is_empty() {
        let classes = wanted.acr_values.join(" ").replace(['"', '\\'], "");
        let _ = write!(challenge, ", acr_values=\"{classes}\"");
    }
    if let Some(max_age) = wanted.max_age {
        let _ = write!(challenge, ", max_age=\"{}\"", max_age.as_secs());
    }
    challenge
}

fn refused(status: StatusCode, reason: &'static str) -> HttpResponse {
    let mut answer = plain(status);
    let headers = answer.headers_mut();
    headers.insert(PORTICO_REASON, HeaderValue::from_static(reason));
    answer
}

fn plain(status: StatusCode) -> HttpResponse {
    let mut answer = HttpResponse::new(status);
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, VARIES);
    answer
}

fn with_json(answer: HttpResponse, body: impl MessageBody + 'static) -> HttpResponse {
    let mut answer = answer.set_body(body).map_into_boxed_body();
    let json = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    answer
}
