//! Client authentication by a signed assertion (RFC 7523): the secret itself is never sent.

mod signer;

pub(crate) use self::signer::Signer;

use url::Url;

use crate::{Client, Error, ErrorKind, uuid::random_uuid};

/// In seconds. Okta refuses an `iat` that lies in its future, and clocks differ a little.
pub(crate) const BACKDATE_S: i64 = 5;

impl Client {
    /// Okta accepts each assertion once, and only at the endpoint it names, so every call gets its own.
    pub(crate) fn assertion(&self, endpoint: &Url) -> Result<String, Error> {
        let broken = || Error::new(ErrorKind::Misconfigured, "assertion_not_signed");
        let signer = self.shared.signer.as_ref().ok_or_else(broken)?;
        let issued_at = self.okta_now().saturating_sub(BACKDATE_S);
        let jti = random_uuid(&*self.entropy);
        signer
            .sign(&self.config().client_id, endpoint.as_str(), issued_at, &jti)
            .ok_or_else(broken)
    }
}
