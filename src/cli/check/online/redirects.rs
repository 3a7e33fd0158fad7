//! Whether Okta's own page may send customers back.

use okta_direct_auth::{Client, RedirectAnswer};
use portico_views::paths;

use super::super::code::FindingCode;
use super::super::report::{CheckReport, Finding, Severity};
use super::refusal;
use crate::config::Config;

pub(super) async fn check(okta: &Client, config: &Config, report: &mut CheckReport) {
    let address = config.public_page(paths::HOSTED_CALLBACK);
    match okta.probe_redirect(&address).await {
        Ok(RedirectAnswer::Accepted) => report.fine(format!("Okta's page sends customers back to {address}")),
        Ok(RedirectAnswer::Refused) => {
            let text = format!(
                "Okta's page does not send customers back to {address}: it is not a sign-in redirect URI of the app \
                 (sign_in.okta_hosted)"
            );
            report.add(Finding::new(FindingCode::RedirectUriMissing, Severity::Error, text).inferred());
        }
        Ok(RedirectAnswer::Unclear) => {
            let text = format!("Okta's page neither accepts nor refuses {address} as a sign-in redirect URI");
            report.unknown(FindingCode::AnswerUnexpected, text);
        }
        Err(error) => refusal::tell(&error, "the sign-in redirect URI", report),
    }
}
