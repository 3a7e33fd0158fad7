//! First factors.

use crate::{
    Challenge, Channel, Client, Code, Context, DpopKey, Error, Grant, Metadata, Password, Step, WebauthnPending,
    flow::Flow,
    origin::Origin,
    transport::{Call, Purpose},
};

impl Client {
    /// First factor: password.
    pub async fn password(&self, login: &str, password: &Password, context: &Context) -> Result<Step, Error> {
        let metadata = self.metadata().await?;
        let flow = self.begin(context, &metadata)?;
        let call = Call::token(
            Purpose::Password,
            Grant::Password,
            &flow,
            &metadata.token_endpoint,
            &context.device,
        )
        .with("username", login)
        .with("password", password.expose_secret())
        .with_some("grant_types_supported", self.config().grants_to_name());
        self.step(&call, &flow).await
    }

    /// First factor: a code from an authenticator app.
    pub async fn otp(&self, login: &str, code: &Code, context: &Context) -> Result<Step, Error> {
        let metadata = self.metadata().await?;
        let flow = self.begin(context, &metadata)?;
        let call = Call::token(
            Purpose::PrimaryOtp,
            Grant::Otp,
            &flow,
            &metadata.token_endpoint,
            &context.device,
        )
        .with("login_hint", login)
        .with("otp", code.expose_secret())
        .with_some("grant_types_supported", self.config().grants_to_name());
        self.step(&call, &flow).await
    }

    /// First factor: a push prompt, or a code that Okta sends.
    pub async fn out_of_band(&self, login: &str, channel: Channel, context: &Context) -> Result<Challenge, Error> {
        let metadata = self.metadata().await?;
        let flow = self.begin(context, &metadata)?;
        let origin = Origin::Primary {
            flow,
            login: Some(login.into()),
        };
        self.start_oob(origin, channel, &context.device).await
    }

    /// First factor: a passkey. Without a login the browser offers every passkey it has for the domain.
    pub async fn webauthn(&self, login: Option<&str>, context: &Context) -> Result<WebauthnPending, Error> {
        let metadata = self.metadata().await?;
        let flow = self.begin(context, &metadata)?;
        let url = &metadata.primary_authenticate_endpoint;
        let call = Call::new(Purpose::PrimaryPasskeyStart, url, &context.device)
            .with("challenge_hint", Grant::Webauthn.as_str())
            .with_some("login_hint", login)
            .with_some("acr_values", flow.acr());
        let origin = Origin::Primary {
            flow: flow.clone(),
            login: login.map(Into::into),
        };
        self.start_passkey(&call, origin).await
    }

    pub(crate) fn begin(&self, context: &Context, metadata: &Metadata) -> Result<Flow, Error> {
        Ok(self.begin_with(context, self.new_dpop_key(metadata)?))
    }

    pub(crate) fn begin_with(&self, context: &Context, dpop: Option<DpopKey>) -> Flow {
        Flow {
            scope: self.config().scope().into(),
            acr_values: context.acr_values.clone().into(),
            rounds: 0,
            dpop,
        }
    }
}
