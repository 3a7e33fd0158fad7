//! Which of the requested scopes Okta refuses.

use okta_direct_auth::{Client, Error, GrantProbe};

use super::super::code::FindingCode;
use super::super::report::CheckReport;

/// Whether Okta refused a call for the scopes that it asked for.
pub(super) fn are_refused(error: &Error) -> bool {
    matches!(
        error.cause(),
        "invalid_scope" | "no_matching_scope" | "no_scope_allowed" | "scope_denied"
    )
}

/// Asks for each scope by itself, reports those that are refused, and returns the others.
pub(super) async fn accepted(okta: &Client, refused: &GrantProbe, report: &mut CheckReport) -> Vec<String> {
    let (mut accepted, mut missing) = (Vec::new(), Vec::new());
    for scope in &refused.scopes {
        let alone = GrantProbe {
            scopes: ["openid", scope].map(str::to_owned).to_vec(),
            ..refused.clone()
        };
        let is_refused = scope != "openid" && okta.probe_grant(&alone).await.is_err_and(|error| are_refused(&error));
        if is_refused { &mut missing } else { &mut accepted }.push(scope.clone());
    }
    let names = if missing.is_empty() {
        "the scopes together".to_owned()
    } else {
        missing.join(", ")
    };
    let text = format!("Okta refuses {names} (okta.scopes), so every sign-in fails");
    report.error(FindingCode::ScopeRefused, text);
    if missing.is_empty() {
        vec!["openid".to_owned()]
    } else {
        accepted
    }
}
