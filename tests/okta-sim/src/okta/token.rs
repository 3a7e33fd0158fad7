//! `/token`: the checks that all grants share, then the grant itself.

use crate::{
    errors,
    grant::GrantType,
    grants_issued as issued,
    okta::{
        acr, call::Call, dpop, finish::Finished, issue, refresh, scope::scope, token_code, token_oob, token_otp,
        token_passkey, token_password,
    },
    reply::Reply,
};

/// The proof of possession comes first; the answer to a good one names the nonce for the next.
pub(super) fn answer(call: &Call<'_>) -> Result<Reply, Reply> {
    let Some(jkt) = dpop::shown_key(call)? else {
        return granted(call, None);
    };
    let nonce = dpop::next_nonce(call);
    let told = |reply: Reply| reply.header("DPoP-Nonce", nonce.clone());
    granted(call, Some(jkt)).map(told).map_err(told)
}

fn granted(call: &Call<'_>, jkt: Option<String>) -> Result<Reply, Reply> {
    let name = call.form().get("grant_type").ok_or_else(errors::missing_grant_type)?;
    let grant = GrantType::parse(name).ok_or_else(errors::unsupported_grant_type)?;
    if !call.client.may(grant) {
        return Err(errors::unauthorized_client(&call.client.grants));
    }
    refuse_ignored(call)?;
    if grant == GrantType::Refresh {
        return refresh::answer(call, jkt);
    }
    if grant == GrantType::AuthorizationCode {
        return token_code::answer(call, jkt);
    }
    let scope = scope(call.world, call.server(), call.form().get("scope"))?;
    check_supported(call)?;
    acr::check(call, &scope)?;
    let finished: Finished = match grant {
        GrantType::Password => token_password::answer(call, &scope)?,
        GrantType::Otp => token_otp::primary(call, &scope)?,
        GrantType::MfaOtp => token_otp::second(call, &scope)?,
        GrantType::Oob | GrantType::MfaOob => token_oob::answer(call, &scope, grant)?,
        GrantType::Webauthn | GrantType::MfaWebauthn => token_passkey::answer(call, &scope, grant)?,
        GrantType::Refresh | GrantType::AuthorizationCode => return Err(errors::unsupported_grant_type()),
    };
    let grant = issued::Grant { jkt, ..finished.grant };
    Ok(issue::tokens(call, grant, None))
}

fn refuse_ignored(call: &Call<'_>) -> Result<(), Reply> {
    if !call.world.lock().switches.refuse_ignored_parameters {
        return Ok(());
    }
    let sent = ["nonce", "max_age", "prompt"]
        .into_iter()
        .find(|name| call.form().has(name));
    sent.map_or(Ok(()), |name| Err(errors::ignored_parameter(name)))
}

fn check_supported(call: &Call<'_>) -> Result<(), Reply> {
    let supported = call.form().get("grant_types_supported").unwrap_or_default();
    let unknown = supported
        .split_whitespace()
        .find(|name| GrantType::parse(name).is_none());
    unknown.map_or(Ok(()), |name| Err(errors::unknown_grant_supported(name)))
}
