//! `/primary-authenticate` and its older name `/oob-authenticate`: starts a first factor.

use crate::{
    account::{AccountState, Factor},
    errors,
    grant::GrantType,
    okta::{call::Call, oob_start, passkey_start},
    reply::Reply,
    switches::UnknownLogin,
};

pub(super) fn answer(call: &Call<'_>) -> Result<Reply, Reply> {
    if call.form().has("scope") {
        return Err(errors::scope_not_allowed());
    }
    match call.form().get("challenge_hint") {
        None if call.route.is_old_name => out_of_band(call),
        None => Err(errors::missing_parameter("challenge_hint")),
        Some(hint) => match GrantType::parse(hint) {
            Some(GrantType::Oob) => out_of_band(call),
            Some(GrantType::Webauthn) if passkey_start::is_on(call) => passkey_start::from_primary(call),
            _ => Err(errors::unsupported_value(hint, "challenge_hint")),
        },
    }
}

fn out_of_band(call: &Call<'_>) -> Result<Reply, Reply> {
    if !call.client.may(GrantType::Oob) {
        return Err(errors::unauthorized_client(&call.client.grants));
    }
    let hint = call.form().get("login_hint").ok_or_else(errors::missing_login_hint)?;
    let factor = channel(call)?;
    let login = hint.to_lowercase();
    let mut state = call.world.lock();
    let Some(account) = state.accounts.get(&login) else {
        return match state.switches.unknown_login {
            UnknownLogin::Refused => Err(errors::unknown_login()),
            UnknownLogin::Pretended => oob_start::start(&mut state, call, None, factor, None),
        };
    };
    match account.state {
        AccountState::Unassigned => return Err(errors::not_assigned()),
        AccountState::Denied | AccountState::Locked => return Err(errors::policy_denied()),
        _ if !account.has(factor) => return Err(errors::enrollment_required()),
        _ => {}
    }
    let reply = oob_start::start(&mut state, call, Some(&login), factor, None);
    drop(state);
    call.world.changed(&login);
    reply
}

/// The factor that `channel_hint` names.
pub(super) fn channel(call: &Call<'_>) -> Result<Factor, Reply> {
    match call.form().require("channel_hint")? {
        "push" => Ok(Factor::Push),
        "sms" => Ok(Factor::Sms),
        "voice" => Ok(Factor::Voice),
        "email" => Ok(Factor::Email),
        other => Err(errors::unsupported_value(other, "channel_hint")),
    }
}
