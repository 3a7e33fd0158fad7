//! The keys that ID tokens are checked with.

use okta_direct_auth::{Client, ErrorKind};

use super::super::code::FindingCode;
use super::super::report::CheckReport;

pub(super) async fn check(okta: &Client, report: &mut CheckReport) {
    let Err(error) = okta.probe_keys().await else {
        report.fine("Okta's key set has a key for RS256");
        return;
    };
    if error.cause() == "no_usable_key" {
        report.error(
            FindingCode::KeysEmpty,
            "Okta's key set has no key that can check an ID token (RS256, at least 2048 bits), so nobody can sign in",
        );
    } else {
        let text = match error.kind() {
            ErrorKind::Unavailable => format!("Okta's key set could not be fetched: {}", error.cause()),
            _ => format!("Okta's key set cannot be read: {}", error.cause()),
        };
        report.error(FindingCode::KeysUnavailable, text + "; without it nobody can sign in");
    }
}
