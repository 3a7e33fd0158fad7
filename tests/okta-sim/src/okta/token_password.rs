//! Grant `password`.

use crate::{
    account::AccountState,
    errors,
    okta::{
        call::Call,
        finish::{Finished, judge},
    },
    policy::Proof,
    reply::Reply,
    state::State,
    switches::PasswordExpiry,
};

pub(super) fn answer(call: &Call<'_>, scope: &str) -> Result<Finished, Reply> {
    let username = call.form().require("username")?;
    let password = call.form().require("password")?;
    let mut state = call.world.lock();
    let login = username.to_lowercase();
    limit_user(&mut state, call, &login)?;
    check(&mut state, &login, password)?;
    judge(&mut state, call, &login, scope, &[Proof::Password])
}

/// Limits the tries per second and username, whether or not the account exists.
pub(super) fn limit_user(state: &mut State, call: &Call<'_>, login: &str) -> Result<(), Reply> {
    let limits = state.limits.clone();
    let is_free = state.counters.user(login, &limits, call.now);
    if is_free {
        Ok(())
    } else {
        Err(errors::user_rate_limited())
    }
}

/// Direct authentication has no way to change an expired password.
fn check(state: &mut State, login: &str, password: &str) -> Result<(), Reply> {
    let expiry = state.switches.password_expiry;
    match (verify(state, login, password)?, expiry) {
        (AccountState::PasswordExpired, PasswordExpiry::InvalidGrant) => Err(errors::password_expired_grant()),
        (AccountState::PasswordExpired, PasswordExpiry::AccessDenied) => Err(errors::password_expired_access()),
        _ => Ok(()),
    }
}

/// The account's state, if the password is right. Unknown user, locked account and wrong password get one error.
pub(super) fn verify(state: &mut State, login: &str, password: &str) -> Result<AccountState, Reply> {
    let most = state.limits.wrong_passwords;
    let account = state.accounts.get_mut(login).ok_or_else(errors::bad_credentials)?;
    let Some(right) = &account.password else {
        return Err(errors::no_password());
    };
    if account.state == AccountState::Locked {
        return Err(errors::bad_credentials());
    }
    if password != right {
        account.wrong_passwords += 1;
        if most > 0 && account.wrong_passwords >= most {
            account.state = AccountState::Locked;
        }
        return Err(errors::bad_credentials());
    }
    account.wrong_passwords = 0;
    Ok(account.state)
}
