//! Unguessable values: 256 random bits each.

use aws_lc_rs::digest;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::{
    Entropy,
    secret::{CodeVerifier, Nonce, State},
};

/// Separates the label of a state from its random part, which never contains this character.
pub(super) const AFTER_LABEL: char = '.';

impl State {
    pub(super) fn random(entropy: &dyn Entropy, label: Option<&str>) -> Self {
        let random = random(entropy);
        Self::new(match label {
            Some(label) => format!("{label}{AFTER_LABEL}{random}"),
            None => random,
        })
    }
}

impl Nonce {
    pub(super) fn random(entropy: &dyn Entropy) -> Self {
        Self::new(random(entropy))
    }
}

impl CodeVerifier {
    pub(super) fn random(entropy: &dyn Entropy) -> Self {
        Self::new(random(entropy))
    }

    /// The code challenge, which Okta gets before the verifier (RFC 7636, 4.2: `S256`).
    pub(super) fn challenge(&self) -> String {
        let hash = digest::digest(&digest::SHA256, self.expose_secret().as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(hash)
    }
}

fn random(entropy: &dyn Entropy) -> String {
    let mut bytes = [0_u8; 32];
    entropy.fill(&mut bytes);
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::CodeVerifier;

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        // RFC 7636, appendix B.
        let verifier = CodeVerifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert_eq!(verifier.challenge(), challenge);
    }
}
