//! Whether the app demands proofs of possession, and whether the settings know it.

use okta_direct_auth::Error;

use super::super::code::FindingCode;
use super::super::report::{CheckReport, Finding, Severity};
use crate::config::Dpop;

/// Whether Okta refused a call because it had no proof.
pub(super) fn is_demanded(answer: &Result<(), Error>) -> bool {
    answer.as_ref().is_err_and(is_demanded_by)
}

/// Whether this refusal is one of a call without a proof.
pub(super) fn is_demanded_by(error: &Error) -> bool {
    matches!(error.cause(), "invalid_dpop_proof" | "use_dpop_nonce")
}

/// Compares what the app does with the setting.
pub(super) fn check(is_demanded: bool, setting: Dpop, report: &mut CheckReport) {
    match (is_demanded, setting) {
        (true, Dpop::Off) => report.error(
            FindingCode::DpopDemanded,
            "the app demands proofs of possession (DPoP) and okta.dpop is \"off\", so Okta refuses every sign-in",
        ),
        (false, Dpop::On) => {
            let text = "the app does not demand proofs of possession (DPoP) and okta.dpop is \"on\", so every sign-in \
                        would be refused here";
            let finding = Finding::new(FindingCode::DpopNotDemanded, Severity::Error, text);
            report.add(finding.inferred());
        }
        (true, Dpop::On | Dpop::Auto) => report.fine("the app demands proofs of possession (DPoP), and gets them"),
        (false, Dpop::Off | Dpop::Auto) => {}
    }
}
