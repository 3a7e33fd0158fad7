//! The logout token: a JWT by the same key as the assertion, for one portal.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::json;

use super::LogoutSubject;
use crate::domain::session::after;
use crate::portal::assertion::{BACKDATED, Signer};

/// The lifetime of a token, which is used at once. `OpenID` recommends two minutes at most.
const LIFE: Duration = Duration::from_mins(2);

/// The member of `events` that makes it a logout token.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

impl Signer {
    /// A logout token for the portal at this host. `None` when it cannot be signed.
    pub(super) fn logout_token(&self, audience: &str, subject: LogoutSubject<'_>, now: Timestamp) -> Option<String> {
        let issued = now.saturating_sub(BACKDATED).unwrap_or(now);
        let mut id = [0; 16];
        self.entropy.fill(&mut id);
        let header = json!({ "alg": "ES256", "kid": &*self.kid, "typ": "logout+jwt" });
        let claims = json!({
            "iss": &*self.issuer,
            "aud": audience,
            "iat": issued.as_second(),
            "exp": after(now, LIFE).as_second(),
            "jti": URL_SAFE_NO_PAD.encode(id),
            "sub": subject.subject,
            "sid": subject.session,
            "events": { EVENT: {} },
        });
        let parts = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let part = parts.join(".");
        let signature = URL_SAFE_NO_PAD.encode(self.sign_part(&part)?);
        Some(format!("{part}.{signature}"))
    }
}
