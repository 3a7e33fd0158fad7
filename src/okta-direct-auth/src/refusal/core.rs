//! Verdicts by the error codes of Okta's core API, which the OAuth endpoints also send.

use super::verdict::Verdict;
use crate::{ErrorKind, transport::Purpose};

pub(super) fn verdict(purpose: Purpose, status: u16, code: &str) -> Verdict {
    use ErrorKind as K;
    match code {
        "E0000047" => Verdict::new(K::RateLimited, "org_rate_limited"),
        "E0000109" => Verdict::new(K::RateLimited, "sms_recently_sent"),
        "E0000118" => Verdict::new(K::RateLimited, "email_recently_sent"),
        "E0000133" => Verdict::new(K::RateLimited, "call_recently_made"),
        "E0000138" => Verdict::new(K::DeliveryFailed, "call_provider_failed"),
        "E0000009" => Verdict::new(K::Unavailable, "okta_internal_error"),
        "E0000010" => Verdict::new(K::Unavailable, "okta_read_only"),
        "E0000011" if purpose == Purpose::UserInfo => Verdict::new(K::SessionOver, "access_token_refused"),
        // A locked account must look like a wrong password.
        "E0000004" | "E0000069" | "E0000119" if purpose == Purpose::Password => {
            Verdict::new(K::WrongCredentials, "account_refused")
        }
        "E0000004" | "E0000006" | "E0000069" | "E0000119" => Verdict::new(K::Denied, "account_refused"),
        "E0000001" => Verdict::new(K::Misconfigured, "api_validation_failed"),
        "E0000003" => Verdict::new(K::Misconfigured, "body_not_well_formed"),
        "E0000007" => Verdict::new(K::Misconfigured, "endpoint_not_found"),
        "E0000021" => Verdict::new(K::Misconfigured, "media_type_refused"),
        "E0000022" => Verdict::new(K::Misconfigured, "method_refused"),
        _ if status >= 500 => Verdict::new(K::Unavailable, "unknown_server_error"),
        _ => Verdict::new(K::Misconfigured, "unknown_core_error"),
    }
}
