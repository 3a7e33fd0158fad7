//! Whether passkeys of the org can serve these pages: by the names alone, since only a user's challenge says more.

use super::super::code::FindingCode;
use super::super::report::{CheckReport, Finding, Severity};
use crate::config::{Config, Way};

pub(super) fn check(config: &Config, report: &mut CheckReport) {
    if !config.sign_in.offers(Way::Passkey) {
        return;
    }
    let page = config.public_url.host_str().unwrap_or_default();
    let org = config.okta.org_url.host_str().unwrap_or_default();
    let is_at_org = page == org || page.strip_suffix(org).is_some_and(|rest| rest.ends_with('.'));
    if !is_at_org && site(page) != site(org) {
        let text = format!(
            "passkeys made for the org at {org} cannot serve pages at {page} (public_url): the two are of different \
             domains, unless the passkeys' relying party lists {page} as a related origin"
        );
        let finding = Finding::new(FindingCode::PasskeyDomain, Severity::Error, text);
        report.add(finding.inferred());
        return;
    }
    report.unseen(format!(
        "the relying party of the org's passkeys: it must be {page} or a domain above it, or no passkey works here"
    ));
}

/// The domain that belongs to one owner.
fn site(host: &str) -> &str {
    public_suffix::registrable(host).unwrap_or(host)
}
