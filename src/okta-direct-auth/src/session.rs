//! Calls about tokens that were issued earlier.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use url::Url;

use crate::{
    AccessToken, Client, Context, Device, DpopKey, Error, ErrorKind, Failed, Grant, RefreshToken, TokenSet, Unjudged,
    flow::Flow,
    transport::{Call, Purpose},
    wire::{IntrospectBody, UserInfoBody},
};

/// A token to ask Okta about.
#[derive(Clone, Copy, Debug)]
pub enum TokenRef<'a> {
    Access(&'a AccessToken),
    Refresh(&'a RefreshToken),
}

/// What Okta says about a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Introspection {
    Inactive,
    Active(ActiveToken),
}

/// A token that is valid right now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveToken {
    pub scope: String,
    pub client_id: Option<String>,
    pub username: Option<String>,
    pub sub: Option<String>,
    /// Okta's id of the user; the `sub` of ID tokens.
    pub uid: Option<String>,
    pub expires_at: Option<SystemTime>,
}

/// The reply of the user-info endpoint, checked to be about the expected user.
#[derive(Clone, PartialEq, Eq)]
pub struct UserInfo {
    pub sub: String,
    pub name: Option<String>,
    pub preferred_username: Option<String>,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub email: Option<String>,
    pub email_verified: Option<bool>,
    pub locale: Option<String>,
    pub zoneinfo: Option<String>,
    pub groups: Vec<String>,
}

impl fmt::Debug for UserInfo {
    /// Leaves out personal data other than `sub`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserInfo")
            .field("sub", &self.sub)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Exchanges a refresh token for new tokens of the same user. With DPoP on, a session that had no key gets one.
    ///
    /// If a failure gives something back, it was not Okta's: the new tokens could not be checked here. Keep them in
    /// place of the old ones and try again later; what is known about the user stays as it was.
    pub async fn refresh(
        &self,
        token: &RefreshToken,
        expected_sub: &str,
        device: &Device,
    ) -> Result<TokenSet, Failed<Unjudged>> {
        let metadata = self.metadata().await.map_err(Failed::dead)?;
        let flow = self.begin(&Context::default(), &metadata);
        let flow = flow.map_err(Failed::dead)?;
        self.trade(token, flow, expected_sub, device).await
    }

    /// The same for tokens that are bound to a key: the new ones will be bound to it too.
    pub async fn refresh_bound(
        &self,
        token: &RefreshToken,
        key: &DpopKey,
        expected_sub: &str,
        device: &Device,
    ) -> Result<TokenSet, Failed<Unjudged>> {
        let flow = self.begin_with(&Context::default(), Some(key.clone()));
        self.trade(token, flow, expected_sub, device).await
    }

    /// Context classes are not requested again: the new ID token repeats those of the sign-in.
    async fn trade(
        &self,
        token: &RefreshToken,
        flow: Flow,
        expected_sub: &str,
        device: &Device,
    ) -> Result<TokenSet, Failed<Unjudged>> {
        let metadata = self.metadata().await.map_err(Failed::dead)?;
        let call = Call::token(
            Purpose::Refresh,
            Grant::RefreshToken,
            &flow,
            &metadata.token_endpoint,
            device,
        )
        .with("refresh_token", token.expose_secret());
        self.refreshed(&call, &flow, expected_sub).await
    }

    /// Revokes a refresh token together with its access tokens. Succeeds for tokens that are gone already.
    pub async fn revoke_refresh_token(&self, token: &RefreshToken, device: &Device) -> Result<(), Error> {
        self.revoke(TokenRef::Refresh(token), device).await
    }

    /// Revokes one access token. Succeeds for tokens that are gone already.
    pub async fn revoke_access_token(&self, token: &AccessToken, device: &Device) -> Result<(), Error> {
        self.revoke(TokenRef::Access(token), device).await
    }

    /// Asks whether a token is still good.
    pub async fn introspect(&self, token: TokenRef<'_>, device: &Device) -> Result<Introspection, Error> {
        let metadata = self.metadata().await?;
        let call = token.call(Purpose::Introspect, &metadata.introspection_endpoint, device);
        let body = self.call(&call, IntrospectBody::read).await?.good()?;
        body.dropped.tell("introspection");
        Ok(Introspection::from_body(body))
    }

    /// Asks for the user's claims, and refuses those of another user.
    pub async fn userinfo(&self, token: &AccessToken, expected_sub: &str) -> Result<UserInfo, Error> {
        self.claims_behind(token, None, expected_sub).await
    }

    /// The same with a token that is bound to a key.
    pub async fn userinfo_bound(
        &self,
        token: &AccessToken,
        key: &DpopKey,
        expected_sub: &str,
    ) -> Result<UserInfo, Error> {
        self.claims_behind(token, Some(key), expected_sub).await
    }

    async fn claims_behind(
        &self,
        token: &AccessToken,
        key: Option<&DpopKey>,
        expected_sub: &str,
    ) -> Result<UserInfo, Error> {
        let metadata = self.metadata().await?;
        let device = Device::default();
        let call = Call::new(Purpose::UserInfo, &metadata.userinfo_endpoint, &device)
            .bearer(token)
            .proving(key);
        let body = self.call(&call, UserInfoBody::read).await?.good()?;
        if body.sub != expected_sub {
            return Err(Error::new(ErrorKind::InvalidToken, "sub_of_someone_else"));
        }
        body.dropped.tell("userinfo");
        Ok(UserInfo::from_body(body))
    }

    pub(crate) async fn revoke(&self, token: TokenRef<'_>, device: &Device) -> Result<(), Error> {
        let metadata = self.metadata().await?;
        let call = token.call(Purpose::Revoke, &metadata.revocation_endpoint, device);
        self.call(&call, |_, _| Ok(())).await?.good()
    }
}

impl<'a> TokenRef<'a> {
    fn call(self, purpose: Purpose, url: &'a Url, device: &'a Device) -> Call<'a> {
        let (token, hint) = match self {
            Self::Access(token) => (token.expose_secret(), "access_token"),
            Self::Refresh(token) => (token.expose_secret(), "refresh_token"),
        };
        Call::new(purpose, url, device)
            .with("token", token)
            .with("token_type_hint", hint)
    }
}

impl Introspection {
    fn from_body(body: IntrospectBody) -> Self {
        if !body.active {
            return Self::Inactive;
        }
        let moment = |seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
        Self::Active(ActiveToken {
            scope: body.scope,
            client_id: body.client_id,
            username: body.username,
            sub: body.sub,
            uid: body.uid,
            expires_at: body.exp.and_then(moment),
        })
    }
}

impl UserInfo {
    fn from_body(body: UserInfoBody) -> Self {
        Self {
            sub: body.sub,
            name: body.name,
            preferred_username: body.preferred_username,
            given_name: body.given_name,
            family_name: body.family_name,
            email: body.email,
            email_verified: body.email_verified,
            locale: body.locale,
            zoneinfo: body.zoneinfo,
            groups: body.groups,
        }
    }
}
