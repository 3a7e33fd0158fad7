//! Issues authorization codes.

use crate::{
    browsers::{Asked, AuthorizationCode, Session},
    clock::Millis,
    grants_issued::Grant,
    ids,
    okta::finish::amr,
    reply::Reply,
    state::State,
    transactions::Origin,
};

const LIFETIME: Millis = 60_000;
/// After expiry, so that a second use can be told from a made-up code.
const REMEMBERED: Millis = 3600 * 1000;

/// Sends the browser back with a code for the session's account.
pub(super) fn issue(state: &mut State, asked: &Asked, session: &Session, now: Millis) -> Reply {
    let code = ids::opaque(43);
    let acr = asked.acr.map(str::to_owned);
    let origin = Origin {
        client: asked.client.clone(),
        server: asked.server.clone(),
        acr: acr.clone(),
        scope: Some(asked.scope.clone()),
    };
    let grant = Grant {
        origin,
        login: session.login.clone(),
        scope: asked.scope.clone(),
        auth_time: session.auth_time,
        amr: amr(&session.shown),
        acr,
        family: ids::opaque(20),
        jkt: None,
        nonce: asked.nonce.clone(),
    };
    let issued = AuthorizationCode {
        grant,
        redirect_uri: asked.back.redirect_uri.clone(),
        challenge: asked.challenge.clone(),
        expires: now + LIFETIME,
        is_used: false,
    };
    state.secret(&code);
    state
        .browsers
        .codes
        .insert(code.clone(), issued, |kept| kept.expires + REMEMBERED > now);
    asked.back.with_code(&code)
}
