//! `/authorize`: sends the browser back, with a code if its session is enough or an error, or to the hosted page.

use crate::{
    browsers::{Asked, Session, SignIn, Step},
    clock::{Millis, seconds},
    errors, ids,
    okta::{
        admission::check_content_type,
        hosted::{
            after::go_on,
            code,
            request::read,
            returning::redirect,
            session,
            sign_in::address,
            step::{Next, next},
        },
        incoming::Incoming,
        route::Route,
    },
    reply::Reply,
    state::State,
    world::World,
};

const SIGN_IN_LIFETIME: Millis = 3600 * 1000;

pub(in crate::okta) fn answer(world: &World, incoming: &Incoming, route: &Route) -> Result<Reply, Reply> {
    if incoming.method == "POST" {
        check_content_type(incoming)?;
    }
    let asked = read(world, incoming, route)?;
    let mut state = world.lock();
    let session = session::of(&state, incoming).map(|(_, session)| session);
    Ok(decide(world, &mut state, incoming.at, asked, session))
}

fn decide(world: &World, state: &mut State, now: Millis, asked: Asked, session: Option<Session>) -> Reply {
    let Some(session) = session else {
        return if asked.may_prompt {
            begin(state, now, asked, None)
        } else {
            asked.back.refuse(&errors::no_existing_session())
        };
    };
    let is_old = asked
        .max_age
        .is_some_and(|most| most == 0 || seconds(now) - session.auth_time > most);
    if asked.must_prompt || is_old {
        return if asked.may_prompt {
            begin(state, now, asked, None)
        } else {
            asked.back.refuse(&errors::sign_on_required())
        };
    }
    let judged = match (world.client(&asked.client), state.account(&session.login)) {
        (Some(client), Some(account)) => next(&client, account, &asked, &session.shown),
        _ => Next::Refused(errors::denied()),
    };
    match judged {
        Next::Enough => code::issue(state, &asked, &session, now),
        Next::Refused(refusal) => asked.back.refuse(&refusal),
        _ if !asked.may_prompt => asked.back.refuse(&errors::sign_on_required()),
        lacking => begin(state, now, asked, Some((session, lacking))),
    }
}

/// Begins a sign-in on the page: from the start, or only with what the session lacks.
fn begin(state: &mut State, now: Millis, asked: Asked, lacks: Option<(Session, Next)>) -> Reply {
    let mut sign_in = SignIn {
        asked,
        expires: now + SIGN_IN_LIFETIME,
        login: String::new(),
        shown: Vec::new(),
        step: Step::Identify,
        note: None,
    };
    if let Some((session, lacking)) = lacks {
        sign_in.login = session.login;
        sign_in.shown = session.shown;
        go_on(state, &mut sign_in, &lacking);
    }
    let token = format!("02{}", ids::opaque(40));
    state.secret(&token);
    let to = address(&token);
    state
        .browsers
        .sign_ins
        .insert(token, sign_in, |kept| kept.expires > now);
    redirect(302, to)
}
