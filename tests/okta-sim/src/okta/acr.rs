//! `acr_values`: what a client may demand on top of the policy.

use crate::{errors, okta::call::Call, policy::Proof, reply::Reply};

const TWO_FACTORS: [&str; 3] = ["urn:okta:loa:2fa:any", "phr", "phrh"];
const ATTESTATION: &str = "urn:okta:app:mfa:attestation";

const ONE_FACTOR: &str = "urn:okta:loa:1fa:any";
const PASSWORD: &str = "urn:okta:loa:1fa:pwd";
const TWO_IF_POSSIBLE: &str = "urn:okta:loa:2fa:any:ifpossible";

/// Second-factor attestation is not enabled in this org; every other value is accepted or ignored.
pub(super) fn check(call: &Call<'_>, _scope: &str) -> Result<(), Reply> {
    let wanted = call.acr().unwrap_or_default();
    if wanted.split_whitespace().any(|value| value == ATTESTATION) {
        return Err(errors::mfa_attestation_not_supported());
    }
    Ok(())
}

/// The value that `/authorize` acts on: the first known one. All others are ignored.
pub(super) fn first_known(wanted: Option<&str>) -> Option<&'static str> {
    let known = [ONE_FACTOR, PASSWORD, TWO_IF_POSSIBLE];
    let known = known.iter().chain(&TWO_FACTORS).chain([&ATTESTATION]);
    wanted?
        .split_whitespace()
        .find_map(|value| known.clone().find(|known| **known == value).copied())
}

pub(super) fn is_attestation(acr: Option<&str>) -> bool {
    acr == Some(ATTESTATION)
}

/// Whether a sign-in on the hosted page satisfies the demand. That page takes no factor that resists phishing.
pub(super) fn is_met(acr: Option<&str>, shown: &[Proof]) -> bool {
    match acr {
        Some(PASSWORD) => shown.contains(&Proof::Password),
        Some("phr" | "phrh") => false,
        _ => true,
    }
}

/// Whether two factors are demanded of users who have more than one.
pub(super) fn wants_two_if_possible(acr: Option<&str>) -> bool {
    acr == Some(TWO_IF_POSSIBLE)
}

pub(super) fn wants_two(acr: Option<&str>) -> bool {
    acr.is_some_and(|acr| acr.split_whitespace().any(|value| TWO_FACTORS.contains(&value)))
}
