//! The browser's session with the org, which the cookie `sid` names.

use crate::{
    account::AccountState, browsers::Session, clock::Millis, ids, okta::incoming::Incoming, reply::Reply, state::State,
    world::World,
};

const COOKIE: &str = "sid";
pub(super) const LIFETIME: Millis = 24 * 3600 * 1000;

/// Id and session of this browser, if it is signed in and the account is not locked.
pub(super) fn of(state: &State, incoming: &Incoming) -> Option<(String, Session)> {
    let sid = incoming.cookie(COOKIE)?;
    let session = state.browsers.sessions.get(sid)?;
    let account = state.account(&session.login)?;
    let is_live = incoming.at < session.expires && account.state != AccountState::Locked;
    is_live.then(|| (sid.to_owned(), session.clone()))
}

/// Begins a session under a new id; the browser's old session ends.
pub(super) fn begin(state: &mut State, incoming: &Incoming, session: Session) -> String {
    end(state, incoming);
    let sid = format!("102{}", ids::opaque(40));
    let now = incoming.at;
    state.secret(&sid);
    state
        .browsers
        .sessions
        .insert(sid.clone(), session, |kept| kept.expires > now);
    sid
}

pub(super) fn end(state: &mut State, incoming: &Incoming) {
    if let Some(sid) = incoming.cookie(COOKIE) {
        state.browsers.sessions.remove(sid);
    }
}

/// Sets the session cookie; an empty `sid` removes it.
pub(super) fn set_cookie(world: &World, reply: Reply, sid: &str) -> Reply {
    let secure = if world.base.starts_with("https:") {
        "; Secure"
    } else {
        ""
    };
    let age = if sid.is_empty() { "; Max-Age=0" } else { "" };
    let cookie = format!("{COOKIE}={sid}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
    reply.header("Set-Cookie", cookie)
}
