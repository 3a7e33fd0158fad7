//! `POST /sign-in/policy-reports`: what browsers blocked by our pages' content security policy (SEC-509).
//!
//! Any client can send a report, so it is only counted, under a label of our own. No cookie is read, nothing of it is
//! logged, and the answer says nothing. Neither the origin check nor a CSRF token applies: browsers send reports by
//! themselves, from pages of any origin.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};

use actix_web::http::ConnectionType;
use actix_web::web::{Data, Payload};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use serde::Deserialize;

use crate::flow::Flow;
use crate::telemetry::Metrics;
use crate::web::error::WebError;
use crate::web::middleware::client_address::ClientAddress;
use crate::web::outcome::note_outcome;
use crate::web::pages::posted_form;

/// Path below the base path. It is under a path that every proxy in front routes to us, and that no portal has.
pub(in crate::web) const PATH: &str = "/sign-in/policy-reports";

/// Largest body, in bytes. One report has less than one KiB.
pub(in crate::web) const LIMIT: usize = 8 * 1024;

/// Most reports counted per request. Browsers put all of a page's into one.
const MOST: usize = 20;

/// The directives that are counted by name: all that browsers report as violated.
const DIRECTIVES: [&str; 23] = [
    "base-uri",
    "child-src",
    "connect-src",
    "default-src",
    "fenced-frame-src",
    "font-src",
    "form-action",
    "frame-ancestors",
    "frame-src",
    "img-src",
    "manifest-src",
    "media-src",
    "object-src",
    "prefetch-src",
    "require-trusted-types-for",
    "script-src",
    "script-src-attr",
    "script-src-elem",
    "style-src",
    "style-src-attr",
    "style-src-elem",
    "trusted-types",
    "worker-src",
];
const OTHER: &str = "other";

/// Begins the counts of reports at 0.
pub fn begin_counts(metrics: &Metrics) {
    metrics.begin_csp_reports(DIRECTIVES.into_iter().chain([OTHER]));
}

/// Counts the violations in the body. The answer is the same whatever the body holds.
pub(in crate::web) async fn submit(
    req: HttpRequest,
    payload: Payload,
    flow: Data<Flow>,
    metrics: Data<Metrics>,
) -> HttpResponse {
    let mut answer = HttpResponse::NoContent().finish();
    let address = ClientAddress::of(&req).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    if !flow.takes_report(address) {
        note_outcome(&mut answer, "throttled");
        return answer;
    }
    let Some(kind) = Kind::of(req.content_type()) else {
        note_outcome(&mut answer, "unreadable");
        return answer;
    };
    match posted_form::body(&req, &mut payload.into_inner()).await {
        Ok(body) => {
            for directive in directives(kind, &body) {
                metrics.csp_report(directive);
            }
        }
        Err(error) => {
            if matches!(error, WebError::TooSlow) {
                // The rest of the body would be taken for the next request.
                let head = answer.head_mut();
                head.set_connection_type(ConnectionType::Close);
            }
            note_outcome(&mut answer, "unreadable");
        }
    }
    answer
}

/// The two ways in which browsers report.
#[derive(Debug, Clone, Copy)]
pub(in crate::web) enum Kind {
    /// `report-uri`: one violation.
    Uri,
    /// `report-to`: reports of any type, several at once.
    To,
}

impl Kind {
    pub(in crate::web) const ALL: [Self; 2] = [Self::Uri, Self::To];

    fn of(media_type: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| media_type.eq_ignore_ascii_case(kind.media_type()))
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Uri => "application/csp-report",
            Self::To => "application/reports+json",
        }
    }
}

#[derive(Deserialize)]
struct UriReport<'a> {
    #[serde(borrow, rename = "csp-report")]
    report: UriViolation<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct UriViolation<'a> {
    #[serde(borrow)]
    effective_directive: Option<Cow<'a, str>>,
    /// Sent by older browsers: the directive, followed by its sources.
    #[serde(borrow)]
    violated_directive: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct ToReport<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    body: ToBody<'a>,
}

/// A report of another type may have any body.
#[derive(Deserialize)]
#[serde(untagged)]
enum ToBody<'a> {
    Violation(#[serde(borrow)] ToViolation<'a>),
    Other(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToViolation<'a> {
    #[serde(borrow)]
    effective_directive: Cow<'a, str>,
}

/// The violated directive of each report in a body; none where the body cannot be read.
pub(in crate::web) fn directives(kind: Kind, body: &[u8]) -> Vec<&'static str> {
    match kind {
        Kind::Uri => {
            let report = serde_json::from_slice::<UriReport<'_>>(body);
            let one = report.map(|UriReport { report }| {
                let reported = report.effective_directive.or(report.violated_directive);
                known(reported.as_deref().unwrap_or_default())
            });
            one.into_iter().collect()
        }
        Kind::To => {
            let reports = serde_json::from_slice::<Vec<ToReport<'_>>>(body).unwrap_or_default();
            let violations = reports.into_iter().filter(|report| report.kind == "csp-violation");
            let reported = violations.map(|report| match report.body {
                ToBody::Violation(violation) => known(&violation.effective_directive),
                ToBody::Other(_) => OTHER,
            });
            reported.take(MOST).collect()
        }
    }
}

/// The known directive that a text begins with, else `other`.
fn known(reported: &str) -> &'static str {
    let name = reported.split_ascii_whitespace().next().unwrap_or_default();
    DIRECTIVES.into_iter().find(|known| *known == name).unwrap_or(OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_509_both_kinds_of_reports_are_read_and_nothing_else_is() {
        let uri = |body: &str| directives(Kind::Uri, body.as_bytes());
        let to = |body: &str| directives(Kind::To, body.as_bytes());
        for (reported, expected) in [
            (
                r#"{"csp-report":{"document-uri":"https://a","effective-directive":"style-src-elem","status-code":200}}"#,
                &["style-src-elem"][..],
            ),
            // Sent by browsers before 2017.
            (
                r#"{"csp-report":{"violated-directive":"img-src 'self'"}}"#,
                &["img-src"],
            ),
            (r#"{"csp-report":{"effective-directive":"x\u000aimg-src"}}"#, &[OTHER]),
            (r#"{"csp-report":{}}"#, &[OTHER]),
            (r#"{"csp-report":{"effective-directive":7}}"#, &[]),
            (r#"{"csp-report":[]}"#, &[]),
            ("{}", &[]),
            ("", &[]),
        ] {
            assert_eq!(uri(reported), expected, "{reported}");
        }
        for (reported, expected) in [
            (
                r#"[{"age":1,"type":"csp-violation","url":"https://a","body":{"effectiveDirective":"img-src","sample":""}},
                    {"type":"deprecation","body":{"id":"x"}},
                    {"type":"csp-violation","body":null},
                    {"type":"csp-violation","body":{"effectiveDirective":"img-src https://elsewhere"}},
                    {"type":"csp-violation","body":{"effectiveDirective":"unheard-of"}}]"#,
                &["img-src", OTHER, "img-src", OTHER][..],
            ),
            (r#"[{"type":"csp-violation"}]"#, &[]),
            (r#"{"type":"csp-violation","body":{}}"#, &[]),
            ("[]", &[]),
            ("[[[[", &[]),
            ("\u{0}", &[]),
        ] {
            assert_eq!(to(reported), expected, "{reported}");
        }
        let many = vec![r#"{"type":"csp-violation","body":{"effectiveDirective":"img-src"}}"#; 90];
        let many = format!("[{}]", many.join(","));
        assert!(many.len() < LIMIT);
        assert_eq!(to(&many).len(), MOST);
    }

    #[test]
    fn nothing_is_counted_as_both_known_and_other() {
        assert!(DIRECTIVES.is_sorted());
        assert!(!DIRECTIVES.contains(&OTHER));
    }
}
