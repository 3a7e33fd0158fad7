//! Proof of possession: demanded of some clients; the switch `unasked_dpop_proof` says what one from any other does.

mod proof;

use crate::{
    errors,
    okta::{call::Call, incoming::Incoming, route::Route},
    reply::Reply,
    switches::{DpopDemand, UnaskedProof},
    world::World,
};

use self::proof::{DpopProof, Request};

/// Longer than any proof is valid.
const REMEMBERED_S: i64 = 600;

/// The thumbprint of the key that a token request proves; none if a proof is neither demanded nor used.
pub(super) fn shown_key(call: &Call<'_>) -> Result<Option<String>, Reply> {
    let (demand, unasked, wants_nonce) = call
        .world
        .lock_switch(|on| (on.dpop, on.unasked_dpop_proof, on.dpop_nonces));
    let is_demanded = match demand {
        DpopDemand::PerClient => call.client.demands_dpop,
        DpopDemand::Always => true,
        DpopDemand::Never => false,
    };
    let is_shown = call.incoming.header("dpop").is_some();
    if !is_demanded && (!is_shown || unasked == UnaskedProof::Ignored) {
        return Ok(None);
    }
    let proof = checked(call.world, call.incoming, call.route, None)?;
    if wants_nonce {
        check_nonce(call, &proof)?;
    }
    Ok(Some(proof.jkt))
}

pub(super) fn next_nonce(call: &Call<'_>) -> String {
    let mut state = call.world.lock();
    state.nonces.current(call.server(), call.now)
}

/// At a resource: the proof must be made with the token's key and for this token.
pub(super) fn check_bound(
    world: &World,
    incoming: &Incoming,
    route: &Route,
    (token, jkt): (&str, &str),
) -> Result<(), Reply> {
    if incoming.header("dpop").is_none() {
        return Err(errors::proof_required_for_token());
    }
    let proof = checked(world, incoming, route, Some(token))?;
    if proof.jkt == jkt {
        Ok(())
    } else {
        Err(errors::invalid_proof(
            "The access token is not bound to the DPoP proof.",
        ))
    }
}

fn checked(world: &World, incoming: &Incoming, route: &Route, access_token: Option<&str>) -> Result<DpopProof, Reply> {
    let mut shown = incoming.headers().filter(|(name, _)| *name == "dpop");
    let (_, jwt) = shown
        .next()
        .ok_or_else(|| errors::invalid_proof("The DPoP proof JWT header is missing."))?;
    if shown.next().is_some() {
        return Err(errors::invalid_proof("The request has several DPoP proof JWT headers."));
    }
    let url = format!("{}/{}", world.prefix(route.server.as_deref()), route.segment());
    let request = Request {
        method: &incoming.method,
        url: &url,
        now: crate::clock::seconds(incoming.at),
        access_token,
    };
    let proof = proof::verify(jwt, &request).map_err(errors::invalid_proof)?;
    check_replay(world, &proof)?;
    Ok(proof)
}

fn check_replay(world: &World, proof: &DpopProof) -> Result<(), Reply> {
    let key = format!("{} {}", proof.jkt, proof.jti);
    let now = world.now_s();
    let mut state = world.lock();
    if state.proofs.get(&key).is_some() {
        return Err(errors::invalid_proof("The DPoP proof JWT has already been used."));
    }
    let until = proof.iat + REMEMBERED_S;
    state.proofs.insert(key, until, |until| *until > now);
    Ok(())
}

fn check_nonce(call: &Call<'_>, proof: &DpopProof) -> Result<(), Reply> {
    let mut state = call.world.lock();
    let is_good = proof
        .nonce
        .as_deref()
        .is_some_and(|nonce| state.nonces.is_good(call.server(), nonce, call.now));
    if is_good {
        return Ok(());
    }
    let nonce = state.nonces.current(call.server(), call.now);
    Err(errors::nonce_wanted(nonce))
}
