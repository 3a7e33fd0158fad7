//! What follows a proof on the hosted page: the return to the application, or the next step.

use crate::{
    account::Factor,
    browsers::{Session, SignIn, Step},
    clock::seconds,
    errors,
    okta::hosted::{
        code, session,
        step::{Next, next, offered},
        turn::Turn,
    },
    reply::Reply,
    state::State,
};

/// The answer that ends the sign-in; none when the page asks for more.
pub(super) fn advance(turn: &mut Turn<'_>) -> Option<Reply> {
    let SignIn {
        asked, login, shown, ..
    } = &turn.sign_in;
    let judged = match turn.state.account(login) {
        Some(account) => next(turn.call.client, account, asked, shown),
        None => Next::Refused(errors::denied()),
    };
    match judged {
        Next::Enough => Some(finish(turn)),
        Next::Refused(refusal) => Some(asked.back.refuse(&refusal)),
        lacking => {
            go_on(turn.state, &mut turn.sign_in, &lacking);
            None
        }
    }
}

fn finish(turn: &mut Turn<'_>) -> Reply {
    let SignIn {
        asked, login, shown, ..
    } = &turn.sign_in;
    let (now, incoming) = (turn.call.now, turn.call.incoming);
    let session = Session {
        login: login.clone(),
        shown: shown.clone(),
        auth_time: seconds(now),
        expires: now + session::LIFETIME,
    };
    let reply = code::issue(turn.state, asked, &session, now);
    let sid = session::begin(turn.state, incoming, session);
    session::set_cookie(turn.call.world, reply, &sid)
}

/// Moves the sign-in to the step that asks for what is missing.
pub(super) fn go_on(state: &mut State, sign_in: &mut SignIn, lacking: &Next) {
    let Some(account) = state.account_mut(&sign_in.login) else {
        return;
    };
    let is_only_app = offered(account, &sign_in.shown) == [Factor::Otp];
    sign_in.step = match lacking {
        Next::AddApp => {
            account.is_adding_app = true;
            Step::AddApp
        }
        _ if is_only_app => Step::AppCode,
        _ => Step::ChooseFactor,
    };
}
