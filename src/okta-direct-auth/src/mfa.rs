//! The first factor has passed and Okta requires another.

mod required;

pub use self::required::MfaRequired;

use crate::{
    Challenge, Channel, Client, Code, Device, Error, Failed, Grant, Step, WebauthnPending,
    origin::Origin,
    transport::{Call, Purpose},
};

impl MfaRequired {
    /// Answers with a code from an authenticator app.
    pub async fn answer_otp(self, okta: &Client, code: &Code, device: &Device) -> Result<Step, Failed<Self>> {
        let answered = self.try_otp(okta, code, device).await;
        answered.map_err(|error| Failed::or_back(error, self))
    }

    /// Starts an out-of-band factor.
    pub async fn challenge(self, okta: &Client, channel: Channel, device: &Device) -> Result<Challenge, Failed<Self>> {
        let started = okta.start_oob(Origin::Mfa(self.clone()), channel, device).await;
        started.map_err(|error| Failed::or_back(error, self))
    }

    /// Starts a passkey ceremony.
    pub async fn webauthn(self, okta: &Client, device: &Device) -> Result<WebauthnPending, Failed<Self>> {
        let started = self.try_webauthn(okta, device).await;
        started.map_err(|error| Failed::or_back(error, self))
    }

    async fn try_otp(&self, okta: &Client, code: &Code, device: &Device) -> Result<Step, Error> {
        let metadata = okta.metadata().await?;
        let call = Call::token(
            Purpose::MfaOtp,
            Grant::MfaOtp,
            &self.flow,
            &metadata.token_endpoint,
            device,
        )
        .with("mfa_token", self.token.expose_secret())
        .with("otp", code.expose_secret());
        okta.step(&call, &self.flow).await
    }

    async fn try_webauthn(&self, okta: &Client, device: &Device) -> Result<WebauthnPending, Error> {
        let metadata = okta.metadata().await?;
        let call = Call::new(Purpose::MfaPasskeyStart, &metadata.challenge_endpoint, device)
            .with("mfa_token", self.token.expose_secret())
            .with("challenge_types_supported", Grant::MfaWebauthn.as_str())
            .with_some("acr_values", self.flow.acr());
        okta.start_passkey(&call, Origin::Mfa(self.clone())).await
    }
}
