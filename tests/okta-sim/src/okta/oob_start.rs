//! Sends a push, text, call or email, and answers with its `oob_code`.

use serde_json::{Value, json};

use crate::{
    account::{Factor, Message},
    clock::{millis, timestamp},
    errors,
    grant::GrantType,
    ids,
    json_object::extend,
    okta::call::Call,
    reply::Reply,
    state::State,
    switches::{EmailCode, NumberChallenge},
    transactions::{OobState, OobTransaction, Prompt, PromptState},
};

const KEPT_PROMPTS: usize = 20_000;

pub(super) fn start(
    state: &mut State,
    call: &Call<'_>,
    login: Option<&str>,
    factor: Factor,
    mfa_token: Option<&str>,
) -> Result<Reply, Reply> {
    let oob_code = send(state, call, login, factor, mfa_token)?;
    let transaction = state.oob.get(&oob_code).ok_or_else(errors::oob_failure)?;
    Ok(Reply::json(200, body(state, transaction, &oob_code)))
}

/// Sends it, and keeps its state under the `oob_code` that is returned.
pub(super) fn send(
    state: &mut State,
    call: &Call<'_>,
    login: Option<&str>,
    factor: Factor,
    mfa_token: Option<&str>,
) -> Result<String, Reply> {
    let oob_code = format!("ft{}", ids::opaque(32));
    if let Some(login) = login {
        limit_messages(state, call, login, factor)?;
    }
    let mut transaction = OobTransaction {
        origin: call.origin(None),
        login: login.map(str::to_owned),
        mfa_token: mfa_token.map(str::to_owned),
        factor,
        expires: call.now + millis(state.switches.oob_expires_in_s),
        interval: millis(state.switches.interval_s),
        state: OobState::Pending,
        end_was_told: false,
        last_poll: None,
        code: None,
        prompt: None,
    };
    if factor == Factor::Push {
        transaction.prompt = Some(prompt(state, call, login, &oob_code));
    } else {
        transaction.code = send_code(state, call, login, factor);
    }
    if let Some(token) = mfa_token {
        replace_newest(state, token, &oob_code);
    }
    state.secret(&oob_code);
    let now = call.now;
    // Dead codes stay a minute past expiry, so that a second use can be told from a made-up code.
    state
        .oob
        .insert(oob_code.clone(), transaction, |kept| kept.expires + 60_000 > now);
    Ok(oob_code)
}

fn limit_messages(state: &mut State, call: &Call<'_>, login: &str, factor: Factor) -> Result<(), Reply> {
    let limits = state.limits.clone();
    let (key, pause, code, summary) = match factor {
        Factor::Sms => (
            "phone",
            limits.phone_pause_s,
            "E0000109",
            "An SMS message was recently sent. Please wait 30 seconds before trying again.",
        ),
        Factor::Voice => (
            "phone",
            limits.phone_pause_s,
            "E0000133",
            "A call was recently made. Please wait 30 seconds before trying again.",
        ),
        Factor::Email => (
            "mailbox",
            limits.email_pause_s,
            "E0000118",
            "An email was recently sent. Please wait 5 seconds before trying again.",
        ),
        _ => return Ok(()),
    };
    let is_free = state.counters.message(&format!("{key} {login}"), pause, call.now);
    if is_free {
        Ok(())
    } else {
        Err(errors::message_too_soon(code, summary))
    }
}

fn prompt(state: &mut State, call: &Call<'_>, login: Option<&str>, oob_code: &str) -> Prompt {
    let asks_number = match state.switches.number_challenge {
        NumberChallenge::Never => false,
        NumberChallenge::Always => true,
        NumberChallenge::PerAccount => login
            .and_then(|login| state.account(login))
            .is_some_and(|a| a.number_challenge),
    };
    let numbers = if asks_number { ids::three_numbers() } else { Vec::new() };
    let right_number = numbers.get(ids::index(3)).cloned();
    let id = format!("opf{}", ids::alphanumeric(17));
    if let Some(account) = login.and_then(|login| state.account_mut(login)) {
        account.inbox.prompts.push_front(id.clone());
        account.inbox.prompts.truncate(KEPT_PROMPTS);
    }
    let open = &state.oob;
    state
        .prompts
        .insert(id.clone(), oob_code.to_owned(), |code| open.get(code).is_some());
    Prompt {
        id,
        numbers,
        right_number,
        state: PromptState::Pending,
        at: call.now,
    }
}

fn send_code(state: &mut State, call: &Call<'_>, login: Option<&str>, factor: Factor) -> Option<String> {
    let code = match (factor, state.switches.email_code) {
        (Factor::Email, EmailCode::Letters) => ids::letters(8),
        _ => ids::digits(6),
    };
    state.secret(&code);
    let body = match factor {
        Factor::Sms => format!("Your verification code is {code}."),
        Factor::Voice => {
            let spoken: Vec<_> = code.chars().map(String::from).collect();
            format!("Hello. Your verification code is {}.", spoken.join(", "))
        }
        _ => {
            format!("Enter {code} to finish signing in. If this was not you, ignore this message.")
        }
    };
    let message = Message {
        body,
        code: code.clone(),
        at: timestamp(call.now).to_string(),
    };
    if let Some(account) = login.and_then(|login| state.account_mut(login)) {
        account.inbox.deliver(factor, message);
    }
    // Without an account nobody receives the code, so no typed code may ever match.
    login.map(|_| code)
}

fn replace_newest(state: &mut State, mfa_token: &str, oob_code: &str) {
    let Some(flow) = state.mfa.get_mut(mfa_token) else {
        return;
    };
    let previous = flow.newest.replace(oob_code.to_owned());
    if !state.switches.challenge_kills_previous {
        return;
    }
    if let Some(previous) = previous.and_then(|code| state.oob.get_mut(&code)) {
        previous.state = OobState::Dead;
    }
}

fn body(state: &State, transaction: &OobTransaction, oob_code: &str) -> Value {
    let switches = &state.switches;
    let channel = match transaction.factor {
        _ if switches.unknown_channel => "carrier-pigeon",
        Factor::Push => "push",
        Factor::Sms => "sms",
        Factor::Voice => "voice",
        _ => "email",
    };
    let mut body = json!({ "oob_code": oob_code, "expires_in": switches.oob_expires_in_s, "channel": channel });
    let right_number = transaction
        .prompt
        .as_ref()
        .and_then(|prompt| prompt.right_number.clone());
    let method = match (&transaction.prompt, &right_number) {
        (None, _) => "prompt",
        (Some(_), None) => "none",
        (Some(_), Some(_)) => "transfer",
    };
    extend(&mut body, "binding_method", json!(method));
    if let Some(number) = right_number.filter(|_| !switches.transfer_without_code) {
        extend(&mut body, "binding_code", json!(number));
    }
    if transaction.prompt.is_some() && !switches.push_without_interval {
        extend(&mut body, "interval", json!(switches.interval_s));
    }
    if transaction.mfa_token.is_some() {
        extend(&mut body, "challenge_type", json!(GrantType::MfaOob.name()));
    }
    body
}
