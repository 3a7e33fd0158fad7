//! Out-of-band factors: the answer comes from another device, or is a code that was sent there.

mod code;
mod finish;
mod push;

pub use self::{
    code::CodePending,
    push::{Poll, PushPending},
};

use std::time::SystemTime;

use crate::{
    Channel, Client, Device, Error, Failed, Grant,
    origin::Origin,
    transport::{Call, Purpose},
    wire::{Binding, OobBody},
};

/// An out-of-band transaction that has begun.
#[derive(Clone, Debug)]
pub enum Challenge {
    /// The user answers in Okta Verify while we poll.
    Push(PushPending),
    /// The user types a code that was sent to them.
    Code(CodePending),
}

impl Client {
    /// Starts a transaction, as the first factor or a later one. Neither endpoint accepts a scope.
    pub(crate) async fn start_oob(
        &self,
        origin: Origin,
        channel: Channel,
        device: &Device,
    ) -> Result<Challenge, Error> {
        let metadata = self.metadata().await?;
        let call = match &origin {
            Origin::Primary { login, .. } => {
                Call::new(Purpose::PrimaryStart, &metadata.primary_authenticate_endpoint, device)
                    .with("challenge_hint", Grant::Oob.as_str())
                    .with("login_hint", login.as_deref().unwrap_or_default())
            }
            Origin::Mfa(mfa) => Call::new(Purpose::MfaStart, &metadata.challenge_endpoint, device)
                .with("challenge_types_supported", Grant::MfaOob.as_str())
                .with("mfa_token", mfa.token.expose_secret()),
        };
        let call = call
            .with("channel_hint", channel.as_str())
            .with_some("acr_values", origin.flow().acr());
        // Taken before the call, so that no code counts as valid here that Okta considers expired.
        let issued_at = self.clock.now();
        let body = self.call(&call, OobBody::read).await?.good()?;
        Ok(Challenge::new(body, origin, issued_at))
    }
}

impl Challenge {
    fn new(body: OobBody, origin: Origin, issued_at: SystemTime) -> Self {
        let OobBody {
            oob_code,
            expires_in,
            interval,
            channel,
            binding,
        } = body;
        let number = match binding {
            Binding::Prompt => {
                return Self::Code(CodePending {
                    origin,
                    oob_code,
                    channel,
                    expires_in,
                    issued_at,
                });
            }
            Binding::None => None,
            Binding::Transfer(number) => Some(number),
        };
        Self::Push(PushPending {
            origin,
            oob_code,
            number,
            interval,
            expires_in,
            issued_at,
        })
    }
}

impl CodePending {
    /// Sends a new code; this one is void from then on. Also works on a clone of a challenge that has expired.
    pub async fn again(self, okta: &Client, device: &Device) -> Result<Challenge, Failed<Self>> {
        let started = okta.start_oob(self.origin.clone(), self.channel, device).await;
        started.map_err(|error| Failed::or_back(error, self))
    }
}

impl PushPending {
    /// Sends a new prompt; this one is void from then on. Also works on a clone of a prompt that was rejected or has
    /// expired.
    pub async fn again(self, okta: &Client, device: &Device) -> Result<Challenge, Failed<Self>> {
        let started = okta.start_oob(self.origin.clone(), Channel::Push, device).await;
        started.map_err(|error| Failed::or_back(error, self))
    }
}
