//! How many calls Okta still allows.

use super::super::code::FindingCode;
use super::super::report::CheckReport;
use super::calls::OktaCalls;

/// Of the calls allowed in a minute, the part below which it is worth a look.
const LITTLE: u64 = 10;

pub(super) fn check(calls: &OktaCalls, report: &mut CheckReport) {
    let Some(allowance) = calls.tightest() else {
        return;
    };
    if report.has(FindingCode::RateLimited) {
        return;
    }
    let (limit, remaining) = (allowance.limit, allowance.remaining);
    if remaining.saturating_mul(LITTLE) < limit {
        let text = format!(
            "Okta allows {remaining} of {limit} calls until the limit is reset, at most a minute from now; beyond it, \
             customers are told to wait"
        );
        report.warn(FindingCode::RateLimitLow, text);
    } else {
        report.fine(format!("Okta allows {remaining} more of {limit} calls a minute"));
    }
}
