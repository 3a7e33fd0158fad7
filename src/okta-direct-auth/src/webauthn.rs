//! Passkeys. Okta documents them only through its SDKs, so most orgs refuse them today.

use std::{fmt, sync::Arc};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::{
    Client, Device, Error, Failed, Grant, MfaRequired, Step,
    origin::Origin,
    transport::{Call, Purpose},
    wire::PasskeyBody,
};

/// A passkey ceremony that the browser has to carry out.
#[derive(Clone)]
pub struct WebauthnPending {
    pub(crate) origin: Origin,
    pub(crate) options: Arc<str>,
    pub(crate) rp_id: Arc<str>,
}

impl WebauthnPending {
    /// `PublicKeyCredentialRequestOptions` as JSON, for `navigator.credentials.get`.
    pub fn options_json(&self) -> &str {
        &self.options
    }

    /// The domain the passkey belongs to. The page must be on it or on a subdomain of it.
    pub fn rp_id(&self) -> &str {
        &self.rp_id
    }

    /// The state to choose another second factor from; none when the passkey is the first factor.
    pub fn mfa(&self) -> Option<&MfaRequired> {
        self.origin.mfa()
    }

    /// Answers with what the browser returned.
    pub async fn answer(self, okta: &Client, assertion: &Assertion, device: &Device) -> Result<Step, Failed<Self>> {
        let answered = self.try_answer(okta, assertion, device).await;
        answered.map_err(|error| Failed::or_back(error, self))
    }

    async fn try_answer(&self, okta: &Client, assertion: &Assertion, device: &Device) -> Result<Step, Error> {
        let metadata = okta.metadata().await?;
        let flow = self.origin.flow();
        let (grant, mfa_token) = match &self.origin {
            Origin::Primary { .. } => (Grant::Webauthn, None),
            Origin::Mfa(mfa) => (Grant::MfaWebauthn, Some(mfa.token.expose_secret())),
        };
        let call = Call::token(Purpose::Passkey, grant, flow, &metadata.token_endpoint, device)
            .with_some("mfa_token", mfa_token)
            .with("authenticatorData", &assertion.authenticator_data)
            .with("clientDataJSON", &assertion.client_data_json)
            .with("signature", &assertion.signature)
            .with_some("userHandle", assertion.user_handle.as_deref());
        okta.step(&call, flow).await
    }
}

impl Client {
    pub(crate) async fn start_passkey(&self, call: &Call<'_>, origin: Origin) -> Result<WebauthnPending, Error> {
        let body = self.call(call, PasskeyBody::read).await?.good()?;
        let (options, rp_id) = body.into_options(&self.config().org_url);
        Ok(WebauthnPending {
            origin,
            options: options.into(),
            rp_id: rp_id.into(),
        })
    }
}

impl fmt::Debug for WebauthnPending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebauthnPending")
            .field("origin", &self.origin)
            .field("rp_id", &self.rp_id)
            .finish_non_exhaustive()
    }
}

/// What the browser returned, each part in base64url without padding.
#[derive(Clone)]
pub struct Assertion {
    pub(crate) authenticator_data: String,
    pub(crate) client_data_json: String,
    pub(crate) signature: String,
    pub(crate) user_handle: Option<String>,
}

impl Assertion {
    /// Checks the alphabet and the size of each part; their content is for Okta to judge.
    pub fn parse(
        authenticator_data: &str,
        client_data_json: &str,
        signature: &str,
        user_handle: Option<&str>,
    ) -> Result<Self, AssertionError> {
        Ok(Self {
            authenticator_data: part("authenticatorData", authenticator_data)?,
            client_data_json: part("clientDataJSON", client_data_json)?,
            signature: part("signature", signature)?,
            user_handle: user_handle
                .filter(|handle| !handle.is_empty())
                .map(|handle| part("userHandle", handle))
                .transpose()?,
        })
    }
}

const LONGEST_PART: usize = 8 * 1024;

fn part(name: &'static str, value: &str) -> Result<String, AssertionError> {
    let bare = value.trim_end_matches('=');
    let is_fine = !bare.is_empty() && bare.len() <= LONGEST_PART && BASE64_URL_SAFE_NO_PAD.decode(bare).is_ok();
    is_fine.then(|| bare.to_owned()).ok_or(AssertionError(name))
}

impl fmt::Debug for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Assertion(..)")
    }
}

/// A part of a passkey assertion is empty, too long or not base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the passkey answer has a malformed {0}")]
pub struct AssertionError(&'static str);
