//! The grants that can continue a sign-in.

use crate::{
    account::{Account, Factor},
    client::Client,
    errors,
    grant::GrantType,
    policy::{Proof, remaining},
    reply::Reply,
};

pub(super) const fn second_grant(factor: Factor) -> GrantType {
    match factor {
        Factor::Otp => GrantType::MfaOtp,
        Factor::Push | Factor::Sms | Factor::Voice | Factor::Email => GrantType::MfaOob,
        Factor::Passkey => GrantType::MfaWebauthn,
    }
}

/// The grants that can continue this sign-in, or why there are none.
pub(super) fn continuations(
    client: &Client,
    account: &Account,
    shown: &[Proof],
    supported: Option<&str>,
) -> Result<Vec<GrantType>, Reply> {
    let mut grants: Vec<GrantType> = Vec::new();
    for grant in remaining(account, shown).into_iter().map(second_grant) {
        if client.may(grant) && !grants.contains(&grant) {
            grants.push(grant);
        }
    }
    if grants.is_empty() {
        return Err(errors::grants_disabled_for_client());
    }
    if let Some(supported) = supported {
        let names: Vec<_> = supported.split_whitespace().collect();
        grants.retain(|grant| names.contains(&grant.name()));
        if grants.is_empty() {
            return Err(errors::grants_not_sufficient(supported));
        }
    }
    Ok(grants)
}
