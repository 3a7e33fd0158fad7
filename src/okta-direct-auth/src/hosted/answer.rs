//! The answer that Okta sent the browser back with. It came through the browser, so nothing in it is trusted before its
//! `state` is known to be ours.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use url::form_urlencoded;

use super::random::AFTER_LABEL;
use crate::{
    Error, ErrorKind, Metadata,
    refusal::by_oauth_code,
    secret::{AuthorizationCode, State},
    transport::Purpose,
};

/// In bytes; longer than any answer from Okta.
const LONGEST: usize = 8 * 1024;

/// The answer in the address that the browser came back to.
#[derive(Clone, Default)]
pub struct AuthorizationAnswer {
    state: Option<State>,
    code: Option<AuthorizationCode>,
    error: Option<String>,
    description: String,
    issuer: Option<String>,
}

impl AuthorizationAnswer {
    /// Reads the query. Unknown parameters are skipped. If a known one comes twice, or the query is too long, the
    /// answer is empty (RFC 6749, 3.1).
    pub fn parse(query: &str) -> Self {
        let mut answer = Self::default();
        if query.len() > LONGEST {
            return answer;
        }
        let mut seen = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if !["state", "code", "error", "error_description", "iss"].contains(&&*name) {
                continue;
            }
            if seen.contains(&name) {
                return Self::default();
            }
            let value = value.into_owned();
            match &*name {
                "state" => answer.state = Some(State::new(value)),
                "code" => answer.code = Some(AuthorizationCode::new(value)),
                "error" => answer.error = Some(value),
                "iss" => answer.issuer = Some(value),
                _ => answer.description = value,
            }
            seen.push(name);
        }
        answer
    }

    /// The label that the caller put in front of the random part of `state`. Not verified: it only says where to look
    /// for the request that this may answer.
    pub fn label(&self) -> Option<&str> {
        let (label, _) = self.state()?.rsplit_once(AFTER_LABEL)?;
        Some(label)
    }

    /// Whether there is a code to exchange. If not, Okta says why, or it is no answer.
    pub fn has_code(&self) -> bool {
        self.code.is_some() && self.error.is_none()
    }

    pub(super) fn state(&self) -> Option<&str> {
        self.state.as_ref().map(State::expose_secret)
    }

    /// The code, if the answer is from this server and holds no error.
    pub(super) fn code(&self, metadata: &Metadata) -> Result<&str, Error> {
        self.check_issuer(metadata)?;
        if let Some(error) = &self.error {
            // A redirect carries no status; this is the one that the error would have had.
            let is_fault = matches!(&**error, "server_error" | "temporarily_unavailable");
            let status = if is_fault { 503 } else { 400 };
            return Err(by_oauth_code(Purpose::Redeem, status, error, &self.description));
        }
        let code = self.code.as_ref().map(AuthorizationCode::expose_secret);
        code.filter(|code| !code.is_empty())
            .ok_or_else(|| Error::new(ErrorKind::Nonsense, "code_missing"))
    }

    /// The code in another server's answer must not be sent to this server (RFC 9207).
    fn check_issuer(&self, metadata: &Metadata) -> Result<(), Error> {
        let mixed_up = |cause| Err(Error::new(ErrorKind::FlowMixedUp, cause));
        match &self.issuer {
            Some(issuer) => {
                let is_ours = verify_slices_are_equal(issuer.as_bytes(), metadata.issuer.as_bytes()).is_ok();
                if is_ours { Ok(()) } else { mixed_up("iss_differs") }
            }
            None if metadata.names_itself => mixed_up("iss_missing"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for AuthorizationAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationAnswer")
            .field("has_code", &self.code.is_some())
            .field("has_error", &self.error.is_some())
            .finish_non_exhaustive()
    }
}
