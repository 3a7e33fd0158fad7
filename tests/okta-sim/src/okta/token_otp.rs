//! Grants `otp` and `mfa-otp`: the code of an authenticator app.

use crate::{
    account::{AccountState, Factor},
    errors,
    okta::{
        call::Call,
        finish::{Finished, end, judge, resume},
        token_password::limit_user,
    },
    policy::{Proof, remaining},
    reply::Reply,
    state::State,
};

pub(super) fn primary(call: &Call<'_>, scope: &str) -> Result<Finished, Reply> {
    let hint = call.form().get("login_hint").ok_or_else(errors::missing_login_hint)?;
    let login = hint.to_lowercase();
    let otp = otp(call)?;
    let mut state = call.world.lock();
    limit_user(&mut state, call, &login)?;
    let account = state.accounts.get(&login).ok_or_else(errors::unknown_login)?;
    if account.state == AccountState::Locked {
        return Err(errors::policy_denied());
    }
    if !account.has(Factor::Otp) {
        return Err(errors::enrollment_required());
    }
    limit_codes(&mut state, call, &login)?;
    check(&mut state, call, &login, otp)?;
    judge(&mut state, call, &login, scope, &[Proof::Factor(Factor::Otp)])
}

pub(super) fn second(call: &Call<'_>, scope: &str) -> Result<Finished, Reply> {
    let token = call.form().require("mfa_token")?;
    let otp = otp(call)?;
    let mut state = call.world.lock();
    let mut flow = resume(&mut state, call, token, Some(scope))?;
    let account = state.account(&flow.login).ok_or_else(errors::policy_denied)?;
    if !account.has(Factor::Otp) {
        return Err(errors::enrollment_required());
    }
    if !remaining(account, &flow.shown).contains(&Factor::Otp) {
        return Err(errors::not_challenged_for_type());
    }
    limit_codes(&mut state, call, &flow.login)?;
    if let Err(wrong) = check(&mut state, call, &flow.login, otp) {
        if !state.switches.keep_mfa_token_after_wrong_code {
            end(&mut state, Some(token));
        }
        return Err(wrong);
    }
    end(&mut state, Some(token));
    flow.shown.push(Proof::Factor(Factor::Otp));
    judge(&mut state, call, &flow.login, scope, &flow.shown)
}

/// The code as typed; an empty one counts as a wrong one.
fn otp<'a>(call: &'a Call<'_>) -> Result<&'a str, Reply> {
    match call.form().get("otp") {
        Some(otp) => Ok(otp),
        None if call.form().has("otp") => Ok(""),
        None => Err(errors::missing_parameter("otp")),
    }
}

/// Limits the codes per user and time window, whichever factor they are for.
pub(super) fn limit_codes(state: &mut State, call: &Call<'_>, login: &str) -> Result<(), Reply> {
    let limits = state.limits.clone();
    let is_free = state.counters.otp(login, &limits, call.now);
    if is_free {
        Ok(())
    } else {
        Err(errors::user_rate_limited())
    }
}

pub(super) fn check(state: &mut State, call: &Call<'_>, login: &str, otp: &str) -> Result<(), Reply> {
    let wrong = errors::invalid_otp(&state.switches);
    let refuses_replay = state.switches.refuse_totp_replay;
    state.secret(otp);
    let Some(account) = state.accounts.get_mut(login) else {
        return Err(wrong);
    };
    match account.totp_step(otp, call.now) {
        Some(step) if step > account.last_totp_step || !refuses_replay => {
            account.last_totp_step = step;
            Ok(())
        }
        _ => Err(wrong),
    }
}
