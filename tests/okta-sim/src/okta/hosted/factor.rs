//! The second page: the factors of the account, with the same codes and prompts as in direct authentication.

use crate::{
    account::Factor,
    browsers::Step,
    okta::{
        hosted::{
            identify::{UNABLE, words},
            step::offered,
            turn::{Moved, Tried, Turn},
        },
        oob_start,
        token_oob::{finish_code, type_code},
        token_otp::{check, limit_codes},
    },
    policy::Proof,
    transactions::{OobState, OobTransaction},
};

const WRONG_CODE: &str = "Invalid code. Try again.";
const OVER: &str = "That took too long. Choose again how to go on.";
const REJECTED: &str = "You have chosen to reject this login.";
const PENDING: &str = "Nothing was approved yet. Answer on your phone, then check again.";

pub(super) fn choose(turn: &mut Turn<'_>) -> Tried {
    let account = turn.state.account(&turn.sign_in.login).ok_or(UNABLE)?;
    let wanted = turn.call.form().get("factor").unwrap_or_default();
    let factor = offered(account, &turn.sign_in.shown)
        .into_iter()
        .find(|factor| name(*factor) == wanted)
        .ok_or("Choose one of these")?;
    let login = account.login.clone();
    let step = if factor == Factor::Otp {
        Step::AppCode
    } else {
        let sent = oob_start::send(turn.state, turn.call, Some(&login), factor, None);
        let oob_code = sent.map_err(|refusal| words(&refusal, "The message could not be sent"))?;
        Step::OutOfBand { oob_code }
    };
    let before = std::mem::replace(&mut turn.sign_in.step, step);
    if let Step::OutOfBand { oob_code } = before {
        finish_code(turn.state, turn.call, &oob_code);
    }
    Ok(Moved::Turned)
}

pub(super) fn app_code(turn: &mut Turn<'_>) -> Tried {
    check_app_code(turn)?;
    Ok(Moved::Proved(Proof::Factor(Factor::Otp)))
}

/// The first code of a new authenticator app proves that it has the key.
pub(super) fn add_app(turn: &mut Turn<'_>) -> Tried {
    check_app_code(turn)?;
    let account = turn.state.account_mut(&turn.sign_in.login).ok_or(UNABLE)?;
    account.is_adding_app = false;
    account.factors.insert(Factor::Otp);
    Ok(Moved::Proved(Proof::Factor(Factor::Otp)))
}

fn check_app_code(turn: &mut Turn<'_>) -> Result<(), String> {
    let login = turn.state.account(&turn.sign_in.login).ok_or(UNABLE)?;
    let login = login.login.clone();
    let otp = turn.call.form().get("otp").unwrap_or_default();
    limit_codes(turn.state, turn.call, &login)
        .and_then(|()| check(turn.state, turn.call, &login, otp))
        .map_err(|refusal| words(&refusal, WRONG_CODE))
}

/// The code of a text, call or email.
pub(super) fn typed_code(turn: &mut Turn<'_>, oob_code: &str) -> Tried {
    let transaction = open(turn, oob_code)?;
    type_code(turn.state, turn.call, oob_code, &transaction).map_err(|refusal| words(&refusal, WRONG_CODE))?;
    finish_code(turn.state, turn.call, oob_code);
    Ok(Moved::Proved(Proof::Factor(transaction.factor)))
}

/// Whether the push was answered on the phone.
pub(super) fn push(turn: &mut Turn<'_>, oob_code: &str) -> Tried {
    let transaction = open(turn, oob_code)?;
    match transaction.state {
        OobState::Pending | OobState::Dead => Err(PENDING.to_owned()),
        OobState::Approved => {
            finish_code(turn.state, turn.call, oob_code);
            Ok(Moved::Proved(Proof::Factor(Factor::Push)))
        }
        OobState::Rejected => {
            finish_code(turn.state, turn.call, oob_code);
            turn.sign_in.step = Step::ChooseFactor;
            Err(REJECTED.to_owned())
        }
    }
}

fn open(turn: &mut Turn<'_>, oob_code: &str) -> Result<OobTransaction, String> {
    let transaction = turn.state.oob.get(oob_code).cloned();
    let open = transaction
        .filter(|kept| kept.state != OobState::Dead && turn.call.now < kept.expires)
        .ok_or(OVER);
    if open.is_err() {
        turn.sign_in.step = Step::ChooseFactor;
    }
    Ok(open?)
}

/// The factor's name in the form.
pub(super) const fn name(factor: Factor) -> &'static str {
    match factor {
        Factor::Otp => "otp",
        Factor::Push => "push",
        Factor::Sms => "sms",
        Factor::Voice => "voice",
        Factor::Email => "email",
        Factor::Passkey => "passkey",
    }
}
