//! What is sent to Okta, and at which step of a sign-in.

use std::borrow::Cow;

use url::{Url, form_urlencoded};

use crate::{AccessToken, Device, DpopKey, Endpoint, Grant, flow::Flow};

/// Why a call is made. The same status and error code mean different things at different steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Discovery,
    Keys,
    Password,
    PrimaryOtp,
    PrimaryStart,
    PrimaryPasskeyStart,
    MfaOtp,
    MfaStart,
    MfaPasskeyStart,
    Poll,
    SentCode,
    Passkey,
    Refresh,
    /// Exchanging the code from Okta's hosted page.
    Redeem,
    Revoke,
    Introspect,
    UserInfo,
}

impl Purpose {
    pub(crate) const fn endpoint(self) -> Endpoint {
        match self {
            Self::Discovery => Endpoint::Discovery,
            Self::Keys => Endpoint::Keys,
            Self::PrimaryStart | Self::PrimaryPasskeyStart => Endpoint::PrimaryAuthenticate,
            Self::MfaStart | Self::MfaPasskeyStart => Endpoint::Challenge,
            Self::Revoke => Endpoint::Revoke,
            Self::Introspect => Endpoint::Introspect,
            Self::UserInfo => Endpoint::UserInfo,
            Self::Password
            | Self::PrimaryOtp
            | Self::MfaOtp
            | Self::Poll
            | Self::SentCode
            | Self::Passkey
            | Self::Refresh
            | Self::Redeem => Endpoint::Token,
        }
    }

    /// A password, a code or a refresh token must never be sent twice: the first copy may have counted.
    pub(crate) const fn is_repeatable(self) -> bool {
        matches!(
            self,
            Self::Discovery | Self::Keys | Self::Revoke | Self::Introspect | Self::UserInfo
        )
    }

    pub(crate) const fn is_get(self) -> bool {
        self.endpoint().is_get()
    }
}

/// One call, before client authentication is added.
pub(crate) struct Call<'a> {
    pub(crate) purpose: Purpose,
    pub(crate) url: &'a Url,
    pub(crate) form: Form<'a>,
    pub(crate) bearer: Option<&'a AccessToken>,
    /// The key whose possession the call has to prove.
    pub(crate) dpop: Option<&'a DpopKey>,
    pub(crate) device: &'a Device,
}

impl<'a> Call<'a> {
    pub(crate) fn new(purpose: Purpose, url: &'a Url, device: &'a Device) -> Self {
        Self {
            purpose,
            url,
            form: Form::default(),
            bearer: None,
            dpop: None,
            device,
        }
    }

    /// A token call of a sign-in, with the parameters that each of them must repeat.
    pub(crate) fn token(purpose: Purpose, grant: Grant, flow: &'a Flow, url: &'a Url, device: &'a Device) -> Self {
        Self::new(purpose, url, device)
            .with("grant_type", grant.as_str())
            .with("scope", &*flow.scope)
            .with_some("acr_values", flow.acr())
            .proving(flow.dpop.as_ref())
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Cow<'a, str>>) -> Self {
        self.form.add(name, value);
        self
    }

    /// Leaves the parameter out when it has no value: Okta refuses some empty ones.
    pub(crate) fn with_some(self, name: &'static str, value: Option<impl Into<Cow<'a, str>>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub(crate) fn bearer(mut self, token: &'a AccessToken) -> Self {
        self.bearer = Some(token);
        self
    }

    pub(crate) fn proving(mut self, key: Option<&'a DpopKey>) -> Self {
        self.dpop = key;
        self
    }
}

/// Form parameters. No `Debug`: most of them are secret.
#[derive(Clone, Default)]
pub(crate) struct Form<'a>(Vec<(&'static str, Cow<'a, str>)>);

impl<'a> Form<'a> {
    pub(crate) fn add(&mut self, name: &'static str, value: impl Into<Cow<'a, str>>) {
        self.0.push((name, value.into()));
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_ref())
    }

    pub(crate) fn encode(&self) -> String {
        let length: usize = self.0.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
        // A URL in it grows by a quarter.
        form_urlencoded::Serializer::new(String::with_capacity(length + length / 4))
            .extend_pairs(&self.0)
            .finish()
    }
}
