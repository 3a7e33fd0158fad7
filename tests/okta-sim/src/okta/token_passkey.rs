//! Grants `webauthn` and `mfa-webauthn`.

use crate::{
    account::{AccountState, Factor},
    accounts::full_login,
    errors,
    grant::GrantType,
    ids::unb64,
    okta::{
        call::Call,
        finish::{Finished, check_origin, end, judge, resume},
    },
    policy::Proof,
    reply::Reply,
    state::State,
    transactions::PasskeyChallenge,
    webauthn::{Assertion, Expected, challenge_of},
};

pub(super) fn answer(call: &Call<'_>, scope: &str, grant: GrantType) -> Result<Finished, Reply> {
    let assertion = assertion(call)?;
    let mfa_token = if grant == GrantType::MfaWebauthn {
        Some(call.form().require("mfa_token")?)
    } else {
        None
    };
    let mut state = call.world.lock();
    let flow = match mfa_token {
        Some(token) => Some(resume(&mut state, call, token, Some(scope))?),
        None => None,
    };
    let challenge = challenge_of(&assertion.client_data).ok_or_else(errors::no_pending_challenge)?;
    let pending = state
        .passkey_challenges
        .get(&challenge)
        .cloned()
        .ok_or_else(errors::no_pending_challenge)?;
    if call.expires_now || call.now >= pending.expires {
        return Err(errors::no_pending_challenge());
    }
    check_origin(&pending.origin, call, None)?;
    if pending.mfa_token.as_deref() != mfa_token {
        return Err(errors::challenge_not_for_mfa_token());
    }
    // A challenge can be answered once, whatever the outcome.
    state.passkey_challenges.remove(&challenge);
    let login = verify(&mut state, call, &pending, &assertion, &challenge)?;
    end(&mut state, mfa_token);
    let mut shown = flow.map(|flow| flow.shown).unwrap_or_default();
    shown.push(Proof::Factor(Factor::Passkey));
    judge(&mut state, call, &login, scope, &shown)
}

fn assertion(call: &Call<'_>) -> Result<Assertion, Reply> {
    let field = |name: &str| {
        call.form()
            .get(name)
            .and_then(unb64)
            .ok_or_else(errors::incomplete_assertion)
    };
    Ok(Assertion {
        authenticator_data: field("authenticatorData")?,
        client_data: field("clientDataJSON")?,
        signature: field("signature")?,
        user_handle: call.form().get("userHandle").and_then(unb64),
    })
}

/// The login whose passkey signed the assertion.
fn verify(
    state: &mut State,
    call: &Call<'_>,
    pending: &PasskeyChallenge,
    assertion: &Assertion,
    challenge: &str,
) -> Result<String, Reply> {
    let settings = &call.world.settings;
    let expected = Expected {
        rp_id: &settings.rp_id,
        origins: &settings.origins,
        challenge,
    };
    let login = pending
        .login
        .clone()
        .or_else(|| owner(state, assertion))
        .ok_or_else(errors::passkey_not_verified)?;
    let account = state.account_mut(&login).ok_or_else(errors::passkey_not_verified)?;
    if matches!(account.state, AccountState::Locked | AccountState::Denied) {
        return Err(errors::policy_denied());
    }
    if assertion
        .user_handle
        .as_ref()
        .is_some_and(|handle| handle != account.id.as_bytes())
    {
        return Err(errors::passkey_not_verified());
    }
    let is_verified = account.passkeys.iter_mut().any(|key| key.accept(assertion, &expected));
    if is_verified {
        Ok(login)
    } else {
        Err(errors::passkey_not_verified())
    }
}

/// The login of a discoverable passkey, whose user handle is the user id.
fn owner(state: &State, assertion: &Assertion) -> Option<String> {
    let handle = String::from_utf8(assertion.user_handle.clone()?).ok()?;
    let account = state.accounts.values().find(|account| account.id == handle)?;
    Some(full_login(&account.login))
}
