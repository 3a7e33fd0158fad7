//! After a proof: whether it is enough, and how the sign-in goes on if not.

use serde_json::json;

use crate::{
    account::{AccountState, Factor},
    clock::millis,
    errors,
    grants_issued::Grant,
    ids,
    json_object::extend,
    okta::{acr, call::Call, continuations::continuations, scope::is_same_scope},
    policy::{Proof, Verdict},
    reply::{Body, Reply},
    state::State,
    switches::UnknownToken,
    transactions::{MfaTransaction, Origin},
};

/// Enough was proved; tokens may be issued.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) grant: Grant,
}

/// Decides whether what was proved is enough. The refusal may be `mfa_required`, after which the flow continues.
pub(super) fn judge(
    state: &mut State,
    call: &Call<'_>,
    login: &str,
    scope: &str,
    shown: &[Proof],
) -> Result<Finished, Reply> {
    let account = state.account(login).ok_or_else(errors::policy_denied)?;
    if account.state == AccountState::Unassigned {
        return Err(errors::not_assigned());
    }
    match call.client.policy.judge(shown, account, acr::wants_two(call.acr())) {
        Verdict::Enough => Ok(Finished {
            grant: grant(call, login, scope, shown),
        }),
        Verdict::NeedsMore => Err(mfa_required(state, call, login, scope, shown)?),
        Verdict::NotEnrolled => Err(errors::enrollment_required()),
        Verdict::Denied => Err(errors::policy_denied()),
    }
}

fn grant(call: &Call<'_>, login: &str, scope: &str, shown: &[Proof]) -> Grant {
    Grant {
        origin: call.origin(Some(scope)),
        login: login.to_owned(),
        scope: scope.to_owned(),
        auth_time: crate::clock::seconds(call.now),
        amr: amr(shown),
        acr: call.acr().map(str::to_owned),
        family: ids::opaque(20),
        jkt: None,
        nonce: None,
    }
}

pub(super) fn amr(shown: &[Proof]) -> Vec<&'static str> {
    let method = |proof: &Proof| match proof {
        Proof::Password => "pwd",
        Proof::Factor(Factor::Otp) => "otp",
        Proof::Factor(Factor::Push) => "swk",
        Proof::Factor(Factor::Sms) => "sms",
        Proof::Factor(Factor::Voice) => "tel",
        Proof::Factor(Factor::Email) => "email",
        Proof::Factor(Factor::Passkey) => "pop",
    };
    let mut amr: Vec<_> = shown.iter().map(method).collect();
    if amr.len() > 1 {
        amr.push("mfa");
    }
    amr
}

fn mfa_required(state: &mut State, call: &Call<'_>, login: &str, scope: &str, shown: &[Proof]) -> Result<Reply, Reply> {
    let account = state.account(login).ok_or_else(errors::policy_denied)?;
    let supported = call.form().get("grant_types_supported");
    let grants = continuations(call.client, account, shown, supported)?;
    let token = ids::opaque(20);
    let now = call.now;
    let transaction = MfaTransaction {
        origin: call.origin(Some(scope)),
        login: login.to_owned(),
        shown: shown.to_vec(),
        expires: now + millis(state.switches.mfa_token_expires_in_s),
        newest: None,
        is_over: false,
    };
    state
        .mfa
        .insert(token.clone(), transaction, |kept| kept.expires > now && !kept.is_over);
    state.secret(&token);
    let status = if state.switches.mfa_required_as_400 { 400 } else { 403 };
    let text = "Verify with an additional authenticator to complete the sign-in process.";
    let mut reply = Reply::oauth(status, "mfa_required", text);
    if let Body::Json(body) = &mut reply.body {
        extend(body, "mfa_token", json!(token));
        if state.switches.list_challenge_types {
            let names: Vec<_> = grants.iter().map(|grant| grant.name()).collect();
            extend(body, "supported_challenge_types", json!(names.join(" ")));
        }
    }
    Ok(reply)
}

/// The open sign-in behind an `mfa_token`, if this request may continue it.
pub(super) fn resume(
    state: &mut State,
    call: &Call<'_>,
    token: &str,
    scope: Option<&str>,
) -> Result<MfaTransaction, Reply> {
    let expired = errors::expired(&state.switches, token, "mfa_token");
    let unknown = state.switches.unknown_mfa_token;
    let Some(transaction) = state.mfa.get_mut(token) else {
        return Err(if unknown == UnknownToken::Expired {
            expired
        } else {
            errors::invalid_grant()
        });
    };
    if transaction.is_over || call.expires_now || call.now >= transaction.expires {
        transaction.is_over = true;
        return Err(expired);
    }
    check_origin(&transaction.origin, call, scope)?;
    Ok(transaction.clone())
}

/// Client, server, scope and `acr_values` must be those of the first request.
pub(super) fn check_origin(first: &Origin, call: &Call<'_>, scope: Option<&str>) -> Result<(), Reply> {
    if first.client != call.client.id {
        return Err(errors::client_changed(&call.client.id, &first.client));
    }
    if first.server.as_deref() != call.server() {
        let name = |server: Option<&str>| server.unwrap_or("org").to_owned();
        return Err(errors::server_changed(
            &name(call.server()),
            &name(first.server.as_deref()),
        ));
    }
    // A call without a scope starts a challenge or answers a passkey's: there acr_values may be left out.
    if call.acr() != first.acr.as_deref() && (scope.is_some() || call.acr().is_some()) {
        return Err(errors::acr_changed(
            call.acr().unwrap_or_default(),
            first.acr.as_deref().unwrap_or_default(),
        ));
    }
    match (scope, first.scope.as_deref()) {
        (Some(now), Some(first)) if !is_same_scope(now, first) => Err(errors::scope_changed(now, first)),
        _ => Ok(()),
    }
}

pub(super) fn end(state: &mut State, mfa_token: Option<&str>) {
    if let Some(transaction) = mfa_token.and_then(|token| state.mfa.get_mut(token)) {
        transaction.is_over = true;
    }
}
