//! Okta's hosted page: the authorization code flow with PKCE (OpenID Connect Core, 3.1; RFC 7636; RFC 9207), for what
//! direct authentication cannot do, and the end of the session that the browser then has at Okta.

mod answer;
mod end_session;
mod random;

use std::{fmt, sync::Arc, time::Duration};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use url::Url;

pub use self::answer::AuthorizationAnswer;

use crate::{
    BrowserUrl, Client, Context, Device, Error, ErrorKind, Grant, TokenSet,
    flow::Flow,
    id_token::Proof,
    secret::{CodeVerifier, Nonce, State},
    transport::{Call, Purpose},
};

/// What to request from Okta's hosted page.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// Where Okta sends the browser back to. Must be registered for the app, character for character.
    pub redirect_uri: String,
    /// Put in front of the random part of `state`, so that the caller finds what an answer belongs to. Not a secret.
    pub label: Option<String>,
    /// Fills in the login on the page.
    pub login_hint: Option<String>,
    /// Authentication context classes to request. The ID token must then name one of them in `acr`.
    pub acr_values: Vec<String>,
    /// How long ago the user may have authenticated at Okta, at most. The ID token must then say when that was.
    pub max_age: Option<Duration>,
    pub prompt: Option<Prompt>,
}

/// Whether Okta shows its page to a user who has a session there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Prompt {
    /// Never: without a session the browser comes back with an error.
    None,
    /// Always.
    Login,
}

impl Prompt {
    const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Login => "login",
        }
    }
}

/// A browser that is about to be sent to Okta's hosted page.
#[derive(Clone, Debug)]
pub struct Authorization {
    /// Where to send the browser.
    pub url: BrowserUrl,
    /// The state to continue with when the browser is back.
    pub pending: HostedPending,
}

/// A browser is at Okta's hosted page. Good for one answer.
#[derive(Clone)]
pub struct HostedPending {
    pub(crate) flow: Flow,
    pub(crate) redirect_uri: Arc<str>,
    pub(crate) state: State,
    pub(crate) nonce: Nonce,
    pub(crate) verifier: CodeVerifier,
    /// The user must have authenticated at this time or later, in seconds since 1970.
    pub(crate) not_before: Option<i64>,
}

impl Client {
    /// Builds the address of Okta's hosted page for one sign-in. Makes no call but discovery.
    pub async fn authorize(&self, request: &AuthorizationRequest) -> Result<Authorization, Error> {
        let metadata = self.metadata().await?;
        let endpoint = metadata.authorization_endpoint.as_ref();
        let endpoint = endpoint.ok_or_else(|| lacks("authorization_endpoint_missing"))?;
        let context = Context {
            acr_values: request.acr_values.clone(),
            ..Context::default()
        };
        let pending = HostedPending {
            flow: self.begin(&context, &metadata)?,
            redirect_uri: request.redirect_uri.as_str().into(),
            state: State::random(&*self.entropy, request.label.as_deref()),
            nonce: Nonce::random(&*self.entropy),
            verifier: CodeVerifier::random(&*self.entropy),
            not_before: request.max_age.map(|age| self.okta_now_less(age)),
        };
        let url = self.address(endpoint, request, &pending);
        Ok(Authorization { url, pending })
    }

    fn okta_now_less(&self, age: Duration) -> i64 {
        let age = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
        self.okta_now().saturating_sub(age)
    }

    fn address(&self, endpoint: &Url, request: &AuthorizationRequest, pending: &HostedPending) -> BrowserUrl {
        let mut url = endpoint.clone();
        let mut query = url.query_pairs_mut();
        query
            .append_pair("client_id", &self.config().client_id)
            .append_pair("response_type", "code")
            .append_pair("response_mode", "query")
            .append_pair("scope", &pending.flow.scope)
            .append_pair("redirect_uri", &pending.redirect_uri)
            .append_pair("state", pending.state.expose_secret())
            .append_pair("nonce", pending.nonce.expose_secret())
            .append_pair("code_challenge", &pending.verifier.challenge())
            .append_pair("code_challenge_method", "S256");
        let optional = [
            ("login_hint", request.login_hint.clone()),
            ("acr_values", pending.flow.acr()),
            ("max_age", request.max_age.map(|age| age.as_secs().to_string())),
            ("prompt", request.prompt.map(|prompt| prompt.as_str().to_owned())),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                query.append_pair(name, &value);
            }
        }
        drop(query);
        BrowserUrl::new(url)
    }
}

impl HostedPending {
    /// Whether the answer belongs to this request. Takes the same time for every wrong answer.
    pub fn is_answered_by(&self, answer: &AuthorizationAnswer) -> bool {
        let (ours, theirs) = (self.state.expose_secret(), answer.state().unwrap_or_default());
        verify_slices_are_equal(ours.as_bytes(), theirs.as_bytes()).is_ok()
    }

    /// Whether both wait for the same answer.
    pub fn is_same(&self, other: &Self) -> bool {
        let (one, other) = (self.state.expose_secret(), other.state.expose_secret());
        verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
    }

    /// Exchanges the code that the browser brought. Whatever the outcome, this is used up: Okta accepts a code once.
    pub async fn finish(self, okta: &Client, answer: &AuthorizationAnswer, device: &Device) -> Result<TokenSet, Error> {
        if !self.is_answered_by(answer) {
            return Err(Error::new(ErrorKind::FlowMixedUp, "state_differs"));
        }
        let metadata = okta.metadata().await?;
        let code = answer.code(&metadata)?;
        let url = &metadata.token_endpoint;
        let call = Call::new(Purpose::Redeem, url, device)
            .with("grant_type", Grant::AuthorizationCode.as_str())
            .with("code", code)
            .with("redirect_uri", &*self.redirect_uri)
            .with("code_verifier", self.verifier.expose_secret())
            .proving(self.flow.dpop.as_ref());
        let proof = Proof {
            nonce: self.nonce.expose_secret(),
            not_before: self.not_before,
        };
        okta.redeemed(&call, &self.flow, proof).await
    }
}

fn lacks(cause: &'static str) -> Error {
    Error::new(ErrorKind::Misconfigured, cause)
}

impl fmt::Debug for AuthorizationRequest {
    /// Leaves out the login: people type passwords there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationRequest")
            .field("redirect_uri", &self.redirect_uri)
            .field("acr_values", &self.acr_values)
            .field("max_age", &self.max_age)
            .field("prompt", &self.prompt)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for HostedPending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostedPending")
            .field("flow", &self.flow)
            .field("redirect_uri", &self.redirect_uri)
            .field("not_before", &self.not_before)
            .finish_non_exhaustive()
    }
}
