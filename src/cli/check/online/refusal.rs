//! Refusals that can come at any call and say nothing about what was asked.

use okta_direct_auth::{Error, ErrorKind};

use super::super::code::FindingCode;
use super::super::report::CheckReport;

/// Reports why the probes cannot go on, or that an answer is not known here.
pub(super) fn tell(error: &Error, asked: &str, report: &mut CheckReport) {
    let cause = error.cause();
    let id = error.request_id().map(|id| format!(" (Okta's request id: {id})"));
    let id = id.unwrap_or_default();
    match (error.kind(), cause) {
        (ErrorKind::NetworkZoneDenied, _) => report.error(
            FindingCode::NetworkZone,
            "Okta refuses calls from this machine's address: it is outside the network zones that the app allows",
        ),
        (_, "no_matching_policy") => report.error(
            FindingCode::PolicyMissing,
            "no access policy of the authorization server (okta.authorization_server) lets this app in",
        ),
        (ErrorKind::RateLimited, _) => {
            let wait = error.retry_after().map_or(60, |wait| wait.as_secs());
            let text = format!("Okta's rate limit is used up, so {asked} is not known; check again in {wait} s");
            report.unknown(FindingCode::RateLimited, text);
        }
        (ErrorKind::Unavailable, _) => {
            let text = format!("Okta did not answer properly when asked for {asked}: {cause}{id}; check again later");
            report.unknown(FindingCode::NoAnswer, text);
        }
        _ => {
            let text = format!("Okta gave an unexpected answer when asked for {asked}: {cause}{id}");
            report.unknown(FindingCode::AnswerUnexpected, text);
        }
    }
}
