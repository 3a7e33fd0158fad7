//! Grants `oob` and `mfa-oob`: polls of a push, and codes from a text, call or email.

use crate::{
    account::{AccountState, Factor},
    clock::Millis,
    errors,
    grant::GrantType,
    misuse::Misuse,
    okta::{
        call::Call,
        finish::{Finished, check_origin, end, judge, resume},
        token_otp::limit_codes,
    },
    policy::Proof,
    reply::Reply,
    state::State,
    switches::Switches,
    transactions::{OobState, OobTransaction},
};

/// How much too early a poll may come: timers and networks are not exact.
const SLACK: Millis = 500;
const SLOWER_BY: Millis = 5000;

pub(super) fn answer(call: &Call<'_>, scope: &str, grant: GrantType) -> Result<Finished, Reply> {
    let code = call.form().require("oob_code")?;
    let mfa_token = if grant == GrantType::MfaOob {
        Some(call.form().require("mfa_token")?)
    } else {
        None
    };
    let mut state = call.world.lock();
    // A fault expires only the code here, so that the client can tell which of the two it was.
    let lasting = Call {
        expires_now: false,
        ..*call
    };
    let flow = mfa_token.map(|token| resume(&mut state, &lasting, token, Some(scope)));
    let flow = flow.transpose()?;
    let transaction = open(&mut state, call, code, scope)?;
    if transaction.mfa_token.as_deref() != mfa_token {
        return Err(errors::codes_not_associated());
    }
    if transaction.factor == Factor::Push {
        poll(&mut state, call, code, &transaction)?;
    } else {
        type_code(&mut state, call, code, &transaction)?;
    }
    let login = transaction.login.ok_or_else(errors::policy_denied)?;
    let account = state.account(&login);
    if account.is_some_and(|account| account.state == AccountState::Locked) {
        return Err(errors::policy_denied());
    }
    finish_code(&mut state, call, code);
    end(&mut state, mfa_token);
    let mut shown = flow.map(|flow| flow.shown).unwrap_or_default();
    shown.push(Proof::Factor(transaction.factor));
    judge(&mut state, call, &login, scope, &shown)
}

/// The transaction, if it is still open. The first token request for a primary factor sets its scope.
fn open(state: &mut State, call: &Call<'_>, code: &str, scope: &str) -> Result<OobTransaction, Reply> {
    let expired = errors::expired(&state.switches, code, "oob_code");
    let Some(transaction) = state.oob.get_mut(code) else {
        return Err(expired);
    };
    check_origin(&transaction.origin, call, Some(scope))?;
    transaction.origin.scope.get_or_insert_with(|| scope.to_owned());
    let is_over = transaction.state == OobState::Dead || call.expires_now || call.now >= transaction.expires;
    if !is_over {
        return Ok(transaction.clone());
    }
    transaction.state = OobState::Dead;
    let was_told = transaction.end_was_told;
    transaction.end_was_told |= call.answer_arrives;
    Err(if was_told {
        expired.misuse(Misuse::DeadOobCode)
    } else {
        expired
    })
}

pub(super) fn finish_code(state: &mut State, call: &Call<'_>, code: &str) {
    if let Some(transaction) = state.oob.get_mut(code) {
        transaction.state = OobState::Dead;
        transaction.end_was_told = call.answer_arrives;
    }
}

fn poll(state: &mut State, call: &Call<'_>, code: &str, before: &OobTransaction) -> Result<(), Reply> {
    let switches = state.switches.clone();
    let Some(transaction) = state.oob.get_mut(code) else {
        return Err(errors::codes_not_associated());
    };
    transaction.last_poll = Some(call.now);
    match transaction.state {
        OobState::Approved => Ok(()),
        OobState::Rejected => Err(reject(state, call, code, &switches)),
        _ if is_too_fast(before, call.now) => Err(hurry(transaction, &switches)),
        _ => Err(errors::pending(&switches)),
    }
}

fn is_too_fast(before: &OobTransaction, now: Millis) -> bool {
    let slack = SLACK.min(before.interval / 2);
    before
        .last_poll
        .is_some_and(|last| now - last < before.interval - slack)
}

fn hurry(transaction: &mut OobTransaction, switches: &Switches) -> Reply {
    let reply = if switches.slow_down_on_fast_polls {
        transaction.interval += SLOWER_BY;
        errors::slow_down()
    } else {
        errors::pending(switches)
    };
    if switches.check_poll_pace {
        reply.misuse(Misuse::FastPoll)
    } else {
        reply
    }
}

fn reject(state: &mut State, call: &Call<'_>, code: &str, switches: &Switches) -> Reply {
    let reply = errors::rejected(switches);
    let Some(transaction) = state.oob.get_mut(code) else {
        return reply;
    };
    let was_told = transaction.end_was_told;
    transaction.end_was_told |= call.answer_arrives;
    if !switches.rejected_stays_rejected && call.answer_arrives {
        transaction.state = OobState::Dead;
    }
    let mfa_token = transaction.mfa_token.clone();
    if !switches.keep_mfa_token_after_rejection {
        end(state, mfa_token.as_deref());
    }
    if was_told {
        reply.misuse(Misuse::DeadOobCode)
    } else {
        reply
    }
}

pub(super) fn type_code(
    state: &mut State,
    call: &Call<'_>,
    code: &str,
    transaction: &OobTransaction,
) -> Result<(), Reply> {
    let typed = match call.form().get("binding_code") {
        Some(typed) => typed,
        None if call.form().has("binding_code") => "",
        None => return Err(errors::missing_parameter("binding_code")),
    };
    // A login that does not exist is limited too, by its `oob_code`.
    let login = transaction.login.clone().unwrap_or_else(|| code.to_owned());
    limit_codes(state, call, &login)?;
    if transaction.code.as_deref() == Some(typed) {
        return Ok(());
    }
    if !state.switches.keep_oob_code_after_wrong_code
        && let Some(transaction) = state.oob.get_mut(code)
    {
        transaction.state = OobState::Dead;
    }
    if !state.switches.keep_mfa_token_after_wrong_code {
        end(state, transaction.mfa_token.as_deref());
    }
    Err(errors::invalid_otp(&state.switches))
}
