//! The headers that every answer carries, failures included (SEC-301 to SEC-304, SEC-318).

#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue, SERVER};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, ResponseError, web};

use crate::web::api::policy_reports;

/// Everything is off except passkeys. Only names that browsers know: others are errors in the console.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), clipboard-read=(), clipboard-write=(), \
    display-capture=(), encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), \
    identity-credentials-get=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), \
    otp-credentials=(), payment=(), picture-in-picture=(), publickey-credentials-create=(), \
    publickey-credentials-get=(self), screen-wake-lock=(), serial=(), storage-access=(), usb=(), \
    window-management=(), xr-spatial-tracking=()";

/// How long, and for which hosts, browsers must use https alone (RFC 6797).
#[derive(Debug, Clone, Copy)]
pub struct Hsts {
    /// Counted from each answer.
    pub max_age: Duration,
    /// Whether subdomains are included.
    pub subdomains: bool,
    /// Whether browsers may ship with it.
    pub preload: bool,
}

impl fmt::Display for Hsts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "max-age={}", self.max_age.as_secs())?;
        f.write_str(if self.subdomains { "; includeSubDomains" } else { "" })?;
        f.write_str(if self.preload { "; preload" } else { "" })
    }
}

/// The name of the [`policy_reports`] endpoint in the policy.
const REPORTS: &str = "portico";

/// Gives browsers the URL of that endpoint (W3C Reporting API).
const REPORTING_ENDPOINTS: HeaderName = HeaderName::from_static("reporting-endpoints");

/// The policy of an answer that loads nothing and has only links. Proxies pass such answers on, so they are on the
/// portal's origin, from which a report to us would need a preflight. They report nothing.
const NOTHING_LOADS: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The header set, made once at start and shared by the workers as `web::Data`.
#[derive(Debug, Clone)]
pub struct SecurityHeaders {
    fixed: Vec<(HeaderName, HeaderValue)>,
    /// The policy of our pages, with their reporting endpoint.
    pages: Vec<(HeaderName, HeaderValue)>,
}

impl SecurityHeaders {
    /// `form_action` contains the other origins that a form may lead to (SEC-150); `hsts` is for https alone. `public`
    /// is the URL of the service, without a trailing slash.
    pub fn new(hsts: Option<Hsts>, form_action: &[String], public: &str) -> Result<Self, InvalidHeaderValue> {
        // Absolute: some of our answers are served at hosts of the portal.
        let reports = format!("{public}{}", policy_reports::PATH);
        let policy = HeaderValue::try_from(content_security_policy(form_action, &reports))?;
        let same_origin = HeaderValue::from_static("same-origin");
        let mut pages = vec![(header::CONTENT_SECURITY_POLICY, policy)];
        let mut fixed = vec![
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (header::CROSS_ORIGIN_OPENER_POLICY, same_origin.clone()),
            (header::CROSS_ORIGIN_RESOURCE_POLICY, same_origin.clone()),
            (header::PERMISSIONS_POLICY, HeaderValue::from_static(PERMISSIONS)),
            (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
            // Not `no-referrer`: with it browsers send `Origin: null` on our own forms (SEC-303).
            (header::REFERRER_POLICY, same_origin),
        ];
        if is_safe(&reports) {
            let endpoints = format!("{REPORTS}=\"{reports}\"");
            pages.push((REPORTING_ENDPOINTS, HeaderValue::try_from(endpoints)?));
        }
        if let Some(hsts) = hsts {
            fixed.push((
                header::STRICT_TRANSPORT_SECURITY,
                HeaderValue::try_from(hsts.to_string())?,
            ));
        }
        Ok(Self { fixed, pages })
    }

    /// Sets the headers on an answer. The answer itself cannot loosen them; it decides only on its own caching.
    pub fn apply(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.pages {
            headers.insert(name.clone(), value.clone());
        }
        self.apply_fixed(headers);
    }

    /// Sets the headers on an answer that is not a page of ours, with a stricter policy than that of our pages.
    pub fn apply_to_bare(&self, headers: &mut HeaderMap) {
        let policy = HeaderValue::from_static(NOTHING_LOADS);
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        self.apply_fixed(headers);
    }

    fn apply_fixed(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.fixed {
            headers.insert(name.clone(), value.clone());
        }
        if !headers.contains_key(header::CACHE_CONTROL) {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        headers.remove(SERVER);
    }
}

/// Middleware for `from_fn`; needs `web::Data<SecurityHeaders>`. Must wrap everything that can fail.
pub async fn secure<B: MessageBody + 'static>(
    headers: web::Data<SecurityHeaders>,
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    match next.call(req).await {
        Ok(mut response) => {
            headers.apply(response.headers_mut());
            Ok(response)
        }
        Err(error) => Err(with_headers(error, move |map| headers.apply(map))),
    }
}

/// A failure whose answer gets headers added, wherever it is built. Middleware cannot add them on the spot: an answer
/// needs the request, and keeping a copy of that makes actix panic while it routes.
pub(in crate::web) fn with_headers(cause: Error, add: impl Fn(&mut HeaderMap) + 'static) -> Error {
    WithHeaders {
        cause,
        add: Box::new(add),
    }
    .into()
}

/// The failure to which headers were added.
pub(in crate::web) fn cause(error: &Error) -> &Error {
    let mut error = error;
    while let Some(wrapped) = error.as_error::<WithHeaders>() {
        error = &wrapped.cause;
    }
    error
}

struct WithHeaders {
    cause: Error,
    add: Box<dyn Fn(&mut HeaderMap)>,
}

impl ResponseError for WithHeaders {
    fn status_code(&self) -> StatusCode {
        self.cause.as_response_error().status_code()
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = self.cause.error_response();
        (self.add)(response.headers_mut());
        response
    }
}

impl fmt::Debug for WithHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.cause, f)
    }
}

impl fmt::Display for WithHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.cause, f)
    }
}

/// Browsers use a named endpoint only over https.
fn is_safe(address: &str) -> bool {
    address.starts_with("https:")
}

/// No nonce and no hash: nothing is inline, so `'self'` is both stricter and cacheable.
fn content_security_policy(form_action: &[String], reports: &str) -> String {
    let mut targets = vec!["'self'"];
    targets.extend(form_action.iter().map(String::as_str));
    let mut policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
         connect-src 'self'; form-action {}; base-uri 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; report-uri {reports}",
        targets.join(" ")
    );
    if is_safe(reports) {
        // Browsers that support this ignore `report-uri`, whether or not there is such an endpoint.
        policy.push_str("; report-to ");
        policy.push_str(REPORTS);
    }
    policy
}
