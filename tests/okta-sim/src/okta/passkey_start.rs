//! Starts a passkey ceremony, for `/primary-authenticate` and for `/challenge`.

use serde_json::{Value, json};

use crate::{
    account::{AccountState, Factor},
    clock::Millis,
    errors,
    grant::GrantType,
    ids::{self, b64},
    json_object::extend,
    okta::{call::Call, finish::resume},
    policy::remaining,
    reply::Reply,
    state::State,
    transactions::PasskeyChallenge,
    webauthn::Passkey,
};

const LIFETIME: Millis = 300_000;
const TIMEOUT_MS: u32 = 60_000;

/// Whether this client may use passkeys at all.
pub(super) fn is_on(call: &Call<'_>) -> bool {
    let may = call.client.may(GrantType::Webauthn) || call.client.may(GrantType::MfaWebauthn);
    may && call.world.lock_switch(|switches| switches.webauthn)
}

/// `/primary-authenticate`: a first factor, or a second one when the request has an `mfa_token`.
pub(super) fn from_primary(call: &Call<'_>) -> Result<Reply, Reply> {
    let mut state = call.world.lock();
    if let Some(token) = call.form().get("mfa_token") {
        let flow = resume(&mut state, call, token, None)?;
        let account = state.account(&flow.login).ok_or_else(errors::policy_denied)?;
        if !remaining(account, &flow.shown).contains(&Factor::Passkey) {
            return Err(errors::enrollment_required());
        }
        return Ok(start(&mut state, call, Some(&flow.login), Some(token)));
    }
    if !call.client.may(GrantType::Webauthn) {
        return Err(errors::unauthorized_client(&call.client.grants));
    }
    let Some(login) = call.form().get("login_hint").map(str::to_lowercase) else {
        return Ok(start(&mut state, call, None, None));
    };
    let account = state.accounts.get(&login).ok_or_else(errors::unknown_login)?;
    match account.state {
        AccountState::Unassigned => Err(errors::not_assigned()),
        AccountState::Denied | AccountState::Locked => Err(errors::policy_denied()),
        _ if !account.has(Factor::Passkey) => Err(errors::enrollment_required()),
        _ => Ok(start(&mut state, call, Some(&login), None)),
    }
}

/// The options for the browser. Without a login, any passkey of the org may answer.
pub(super) fn start(state: &mut State, call: &Call<'_>, login: Option<&str>, mfa_token: Option<&str>) -> Reply {
    let challenge = b64(ids::bytes::<24>());
    let passkeys = login
        .and_then(|login| state.account(login))
        .map(|account| account.passkeys.clone())
        .unwrap_or_default();
    let now = call.now;
    let transaction = PasskeyChallenge {
        origin: call.origin(None),
        login: login.map(str::to_owned),
        mfa_token: mfa_token.map(str::to_owned),
        expires: now + LIFETIME,
    };
    state
        .passkey_challenges
        .insert(challenge.clone(), transaction, |kept| kept.expires > now);
    state.secret(&challenge);
    let (allowed, enrolled) = described(&passkeys);
    let public_key = json!({
        "challenge": challenge,
        "rpId": call.world.settings.rp_id,
        "timeout": TIMEOUT_MS,
        "userVerification": "preferred",
        "allowCredentials": allowed,
    });
    let grant = if mfa_token.is_some() {
        GrantType::MfaWebauthn
    } else {
        GrantType::Webauthn
    };
    let mut body = json!({ "challengeType": grant.name(), "publicKey": public_key });
    if !enrolled.is_empty() {
        extend(&mut body, "authenticatorEnrollments", json!(enrolled));
    }
    Reply::json(200, body)
}

/// The passkeys as `allowCredentials`, and as `authenticatorEnrollments`.
fn described(passkeys: &[Passkey]) -> (Vec<Value>, Vec<Value>) {
    let allowed =
        |key: &Passkey| json!({ "id": b64(&key.id), "type": "public-key", "transports": ["internal", "hybrid"] });
    let enrolled = |key: &Passkey| {
        let profile = json!({ "aaguid": "00000000-0000-0000-0000-000000000001" });
        json!({ "credentialId": b64(&key.id), "displayName": key.name, "profile": profile })
    };
    (
        passkeys.iter().map(allowed).collect(),
        passkeys.iter().map(enrolled).collect(),
    )
}
