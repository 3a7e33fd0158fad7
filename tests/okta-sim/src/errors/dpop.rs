//! Refusals of proofs of possession.

use crate::{misuse::Misuse, reply::Reply};

pub(crate) fn invalid_proof(description: &str) -> Reply {
    Reply::oauth(400, "invalid_dpop_proof", description).misuse(Misuse::BadProof)
}

/// Not misuse: this answer is how a client gets its first nonce.
pub(crate) fn nonce_wanted(nonce: String) -> Reply {
    let text = "Authorization server requires nonce in DPoP proof.";
    Reply::oauth(400, "use_dpop_nonce", text).header("DPoP-Nonce", nonce)
}

pub(crate) fn key_not_of_refresh_token() -> Reply {
    invalid_proof("Invalid DPoP Public Key binding in refresh token")
}

pub(crate) fn proof_required_for_token() -> Reply {
    let text = "The resource request requires a DPoP proof.";
    Reply::oauth(400, "invalid_request", text).misuse(Misuse::BadProof)
}

pub(crate) fn dpop_scheme_required() -> Reply {
    let text = "The access token is bound to a key. It requires the DPoP authentication scheme.";
    Reply::oauth(400, "invalid_request", text).misuse(Misuse::BadProof)
}
