//! Grant `authorization_code`: exchanges the code with which `/authorize` sent the browser back.

use aws_lc_rs::digest::{SHA256, digest};

use crate::{
    browsers::AuthorizationCode,
    errors,
    grants_issued::Grant,
    ids::b64,
    misuse::Misuse,
    okta::{call::Call, issue},
    reply::Reply,
    state::State,
};

pub(super) fn answer(call: &Call<'_>, jkt: Option<String>) -> Result<Reply, Reply> {
    let code = call.form().require("code")?;
    let grant = redeem(&mut call.world.lock(), call, code)?;
    Ok(issue::tokens(call, Grant { jkt, ..grant }, None))
}

/// Uses up the code. A faulty request does not: the right client can still exchange it.
fn redeem(state: &mut State, call: &Call<'_>, code: &str) -> Result<Grant, Reply> {
    let found = state.browsers.codes.get(code).cloned();
    let issued = found.ok_or_else(errors::invalid_authorization_code)?;
    if issued.grant.origin.client != call.client.id {
        return Err(errors::mismatched_client());
    }
    if issued.grant.origin.server.as_deref() != call.server() {
        return Err(errors::mismatched_server());
    }
    if issued.is_used {
        if state.switches.code_reuse_revokes {
            state.issued.revoke_family(&issued.grant.family);
        }
        return Err(errors::invalid_authorization_code());
    }
    if call.expires_now || call.now >= issued.expires {
        return Err(errors::invalid_authorization_code());
    }
    if call.form().require("redirect_uri")? != issued.redirect_uri {
        return Err(errors::mismatched_redirect_uri());
    }
    check_verifier(call, &issued)?;
    if let Some(kept) = state.browsers.codes.get_mut(code) {
        kept.is_used = true;
    }
    Ok(issued.grant)
}

fn check_verifier(call: &Call<'_>, issued: &AuthorizationCode) -> Result<(), Reply> {
    let verifier = call.form().get("code_verifier");
    match (&issued.challenge, verifier) {
        (None, None) => Ok(()),
        (Some(_), None) if call.client.is_public() => Err(errors::missing_verifier()),
        (Some(_), Some(verifier)) if !is_verifier(verifier) => {
            Err(errors::wrong_verifier().misuse(Misuse::BadParameter))
        }
        (Some(challenge), Some(verifier)) if *challenge == hashed(verifier) => Ok(()),
        _ => Err(errors::wrong_verifier()),
    }
}

/// 43 to 128 unreserved characters (RFC 7636, 4.1).
fn is_verifier(text: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (43..=128).contains(&text.len()) && text.bytes().all(is_unreserved)
}

fn hashed(verifier: &str) -> String {
    b64(digest(&SHA256, verifier.as_bytes()))
}
