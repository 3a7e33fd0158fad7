//! Proof of possession (DPoP, RFC 9449): tokens that are useless without a private key, which is never sent.
//!
//! A sign-in has one key, from its first token call to its last refresh. Only calls to the token endpoint and calls
//! with a bound access token carry a proof.

mod key;
mod nonces;
mod proof;

pub use self::key::DpopKey;
pub(crate) use self::{nonces::Nonces, proof::ALGORITHM};

use self::proof::DpopProof;
use crate::{
    Client, DpopMode, Endpoint, Error, ErrorKind, Metadata,
    assertion::BACKDATE_S,
    transport::{Call, Facts},
    uuid::random_uuid,
};

impl Client {
    /// A key for a new sign-in, if it is to have one.
    ///
    /// No document says whether an app demands DPoP. Only the type of the issued tokens shows it.
    pub(crate) fn new_dpop_key(&self, metadata: &Metadata) -> Result<Option<DpopKey>, Error> {
        let is_wanted = match self.config().dpop {
            DpopMode::Off => false,
            DpopMode::On => true,
            DpopMode::Auto => {
                let known = &metadata.dpop_signing_alg_values_supported;
                known.iter().any(|algorithm| algorithm == ALGORITHM)
            }
        };
        is_wanted
            .then(|| DpopKey::generate(&*self.entropy).ok_or_else(unsigned))
            .transpose()
    }

    /// A proof for one call, never to be reused. A nonce that was just demanded takes precedence over one from an
    /// earlier reply.
    pub(crate) fn dpop_proof(&self, call: &Call<'_>, key: &DpopKey, demanded: Option<&str>) -> Result<String, Error> {
        let known = self.shared.nonces.newest().filter(|_| is_at_token_endpoint(call));
        let proof = DpopProof {
            method: if call.purpose.is_get() { "GET" } else { "POST" },
            url: call.url,
            issued_at: self.okta_now().saturating_sub(BACKDATE_S),
            jti: &random_uuid(&*self.entropy),
            nonce: demanded.or(known.as_deref()),
            access_token: call.bearer,
        };
        proof.sign(key).ok_or_else(unsigned)
    }

    /// Any reply of the token endpoint may bring the nonce for the next call (RFC 9449, 8.2). Nonces from other
    /// endpoints would be for other servers.
    pub(crate) fn remember_nonce(&self, call: &Call<'_>, facts: &Facts) {
        if let Some(nonce) = facts.dpop_nonce.as_deref()
            && is_at_token_endpoint(call)
        {
            self.shared.nonces.keep(nonce);
        }
    }
}

fn is_at_token_endpoint(call: &Call<'_>) -> bool {
    call.purpose.endpoint() == Endpoint::Token
}

fn unsigned() -> Error {
    Error::new(ErrorKind::Misconfigured, "dpop_proof_not_signed")
}

#[cfg(test)]
mod tests;
