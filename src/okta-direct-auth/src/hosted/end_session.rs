//! Ends the session that the browser has at Okta (OpenID Connect RP-Initiated Logout).

use super::lacks;
use crate::{BrowserUrl, Client, Error, ErrorKind, IdToken};

/// The length that every recipient should accept (RFC 9110, 4.1). A longer address would lead to an error page and end
/// nothing.
const LONGEST_ADDRESS: usize = 8000;

impl Client {
    /// Where to send the browser so that its session at Okta ends. The tokens stay valid: revoke them.
    ///
    /// `back_to` must be registered for the app, character for character; `state` comes back with the browser. The
    /// address holds the ID token, because Okta demands it: it says whose session may end.
    pub async fn end_session(&self, hint: &IdToken, back_to: &str, state: &str) -> Result<BrowserUrl, Error> {
        let metadata = self.metadata().await?;
        let endpoint = metadata.end_session_endpoint.as_ref();
        let mut url = endpoint.ok_or_else(|| lacks("end_session_endpoint_missing"))?.clone();
        url.query_pairs_mut()
            .append_pair("id_token_hint", hint.expose_secret())
            .append_pair("post_logout_redirect_uri", back_to)
            .append_pair("state", state);
        if url.as_str().len() > LONGEST_ADDRESS {
            return Err(Error::new(ErrorKind::Misconfigured, "id_token_hint_too_long"));
        }
        Ok(BrowserUrl::new(url))
    }
}
