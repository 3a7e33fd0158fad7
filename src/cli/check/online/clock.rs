//! This machine's clock, by the `Date` header of Okta's replies.

use okta_direct_auth::{LARGEST_SKEW, WORRYING_SKEW};

use super::super::code::FindingCode;
use super::super::report::CheckReport;
use super::calls::OktaCalls;

pub(super) fn check(calls: &OktaCalls, report: &mut CheckReport) {
    let Some(skew) = calls.skew() else {
        report.unseen("this machine's clock: Okta's reply has no date of its own");
        return;
    };
    let (seconds, side) = (skew.unsigned_abs(), if skew < 0 { "behind" } else { "ahead of" });
    if seconds > LARGEST_SKEW {
        let text = format!(
            "this machine's clock is {seconds} s {side} Okta's, and beyond {LARGEST_SKEW} s nobody can sign in; synchronise \
             it (NTP)"
        );
        report.error(FindingCode::ClockDiffers, text);
    } else if seconds > WORRYING_SKEW {
        let text = format!(
            "this machine's clock is {seconds} s {side} Okta's; synchronise it (NTP) before it is {LARGEST_SKEW} s, when \
             nobody can sign in any more"
        );
        report.warn(FindingCode::ClockDiffers, text);
    } else {
        report.fine(format!(
            "this machine's clock agrees with Okta's to within {} s",
            seconds.max(1)
        ));
    }
}
