//! The first page, and the page for an expired password.

use crate::{
    account::AccountState,
    browsers::Step,
    okta::{
        hosted::{
            step::{may_begin_without_password, offered},
            turn::{Moved, Tried, Turn},
        },
        token_password::{limit_user, verify},
    },
    policy::Proof,
    reply::Reply,
};

/// For an unknown user, a locked account and a wrong password alike.
pub(super) const UNABLE: &str = "Unable to sign in";

const SHORTEST_PASSWORD: usize = 8;

pub(super) fn password(turn: &mut Turn<'_>) -> Tried {
    let login = named(turn)?;
    let password = turn.call.form().get("password").ok_or(UNABLE)?;
    let verified = verify(turn.state, &login, password);
    let state = verified.map_err(|refusal| words(&refusal, UNABLE))?;
    if state == AccountState::PasswordExpired {
        turn.sign_in.step = Step::NewPassword;
        return Ok(Moved::Turned);
    }
    Ok(Moved::Proved(Proof::Password))
}

/// Begins without a password, where the policy lets another factor come first.
pub(super) fn other_way(turn: &mut Turn<'_>) -> Tried {
    let login = named(turn)?;
    let account = turn
        .state
        .accounts
        .get(&login)
        .filter(|account| account.state != AccountState::Locked)
        .filter(|account| !offered(account, &[]).is_empty());
    if account.is_none() || !may_begin_without_password(turn.call.client.policy) {
        return Err(UNABLE.to_owned());
    }
    turn.sign_in.step = Step::ChooseFactor;
    Ok(Moved::Turned)
}

pub(super) fn new_password(turn: &mut Turn<'_>) -> Tried {
    let form = turn.call.form();
    let chosen = form.get("new_password").unwrap_or_default();
    if form.get("confirm_password") != Some(chosen) {
        return Err("New passwords must match".to_owned());
    }
    let account = turn.state.account_mut(&turn.sign_in.login).ok_or(UNABLE)?;
    if chosen.chars().count() < SHORTEST_PASSWORD || account.password.as_deref() == Some(chosen) {
        let text = format!("Choose another password than before, of at least {SHORTEST_PASSWORD} characters");
        return Err(text);
    }
    account.password = Some(chosen.to_owned());
    account.state = AccountState::Active;
    Ok(Moved::Proved(Proof::Password))
}

/// The username, which stays in the form. Tries are limited per second and username, whether or not it exists.
fn named(turn: &mut Turn<'_>) -> Result<String, String> {
    let username = turn.call.form().get("username").ok_or(UNABLE)?;
    let login = username.to_lowercase();
    turn.sign_in.login.clone_from(&login);
    limit_user(turn.state, turn.call, &login).map_err(|refusal| words(&refusal, UNABLE))?;
    Ok(login)
}

/// The page's message for a refusal: a rate limit keeps its text, all others get `otherwise`.
pub(super) fn words(refusal: &Reply, otherwise: &str) -> String {
    let description = refusal.description().filter(|_| refusal.status == 429);
    description.unwrap_or_else(|| otherwise.to_owned())
}
