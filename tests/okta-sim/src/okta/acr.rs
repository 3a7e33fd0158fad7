//! `acr_values`: what a client may demand on top of the policy.

use crate::{okta::call::Call, reply::Reply};

const TWO_FACTORS: [&str; 3] = ["urn:okta:loa:2fa:any", "phr", "phrh"];
const ATTESTATION: &str = "urn:okta:app:mfa:attestation";

/// Second-factor attestation is not enabled in this org; everything else is taken or ignored.
pub(super) fn check(call: &Call<'_>, _scope: &str) -> Result<(), Reply> {
    let wanted = call.acr().unwrap_or_default();
    if wanted.split_whitespace().any(|value| value == ATTESTATION) {
        let text = "MFA attestation is not supported for this request.";
        return Err(Reply::oauth(403, "access_denied", text));
    }
    Ok(())
}

/// Whether the demand takes two factors.
pub(super) fn wants_two(acr: Option<&str>) -> bool {
    acr.is_some_and(|acr| {
        acr.split_whitespace()
            .any(|value| TWO_FACTORS.contains(&value))
    })
}
