//! `/challenge`: starts a second factor.

use serde_json::json;

use crate::{
    account::Factor,
    errors,
    grant::GrantType,
    okta::{call::Call, continuations::second_grant, finish::resume, oob_start, passkey_start, primary::channel},
    policy::remaining,
    reply::Reply,
    state::State,
    transactions::MfaTransaction,
};

pub(super) fn answer(call: &Call<'_>) -> Result<Reply, Reply> {
    if call.form().has("scope") {
        return Err(errors::scope_not_allowed());
    }
    let token = call.form().require("mfa_token")?;
    let types = types(call)?;
    let passkeys_are_on = passkey_start::is_on(call);
    let mut state = call.world.lock();
    let flow = resume(&mut state, call, token, None)?;
    if types.contains(&GrantType::MfaOob) && call.form().has("channel_hint") {
        let factor = channel(call)?;
        check_enrolled(&state, call, &flow, factor)?;
        let reply = oob_start::start(&mut state, call, Some(&flow.login), factor, Some(token));
        drop(state);
        call.world.changed(&flow.login);
        return reply;
    }
    let wants_passkey = types.contains(&GrantType::MfaWebauthn) && passkeys_are_on;
    if wants_passkey && check_enrolled(&state, call, &flow, Factor::Passkey).is_ok() {
        return Ok(passkey_start::start(&mut state, call, Some(&flow.login), Some(token)));
    }
    if types.contains(&GrantType::MfaOtp) {
        check_enrolled(&state, call, &flow, Factor::Otp)?;
        return Ok(Reply::json(200, json!({ "challenge_type": GrantType::MfaOtp.name() })));
    }
    if types.contains(&GrantType::MfaOob) {
        return Err(errors::missing_parameter("channel_hint"));
    }
    Err(errors::enrollment_required())
}

fn types(call: &Call<'_>) -> Result<Vec<GrantType>, Reply> {
    let named = call.form().require("challenge_types_supported")?;
    let parse = |name: &str| match GrantType::parse(name) {
        Some(GrantType::MfaWebauthn) if !passkey_start::is_on(call) => Err(errors::unsupported_challenge_type(name)),
        Some(grant) if grant.is_second() => Ok(grant),
        _ => Err(errors::unsupported_challenge_type(name)),
    };
    named.split_whitespace().map(parse).collect()
}

fn check_enrolled(state: &State, call: &Call<'_>, flow: &MfaTransaction, factor: Factor) -> Result<(), Reply> {
    let account = state.account(&flow.login).ok_or_else(errors::policy_denied)?;
    if !account.has(factor) {
        return Err(errors::enrollment_required());
    }
    if !remaining(account, &flow.shown).contains(&factor) {
        return Err(errors::not_challenged_for_type());
    }
    if !call.client.may(second_grant(factor)) {
        return Err(errors::grants_disabled_for_client());
    }
    Ok(())
}
