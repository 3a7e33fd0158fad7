//! Waiting for a code that was sent to the user.

use std::time::{Duration, SystemTime};

use crate::{
    Channel, Client, Code, Device, Error, ErrorKind, Failed, MfaRequired, Step, origin::Origin, secret::OobCode,
};

/// A code is on its way by text message, phone call or email.
#[derive(Clone, Debug)]
pub struct CodePending {
    pub(crate) origin: Origin,
    pub(crate) oob_code: OobCode,
    pub(crate) channel: Channel,
    pub(crate) expires_in: Duration,
    pub(crate) issued_at: SystemTime,
}

impl CodePending {
    pub fn channel(&self) -> Channel {
        self.channel
    }

    /// Lifetime of the code, counted from when it was sent.
    pub fn expires_in(&self) -> Duration {
        self.expires_in
    }

    /// When the code expires, by the client's clock.
    pub fn expires_at(&self) -> SystemTime {
        self.issued_at + self.expires_in
    }

    /// The state to choose another second factor from; none when this is the first factor.
    pub fn mfa(&self) -> Option<&MfaRequired> {
        self.origin.mfa()
    }

    /// Answers with what the user typed.
    pub async fn answer(self, okta: &Client, code: &Code, device: &Device) -> Result<Step, Failed<Self>> {
        if self.is_over(okta) {
            return Err(Failed::dead(Error::new(ErrorKind::ChallengeExpired, "deadline_passed")));
        }
        match okta.finish_oob(&self.origin, &self.oob_code, Some(code), device).await {
            Ok(step) => Ok(step),
            Err(error) if self.is_over(okta) => Err(Failed::dead(error)),
            Err(error) => Err(Failed::or_back(error, self)),
        }
    }

    fn is_over(&self, okta: &Client) -> bool {
        okta.clock.now() >= self.expires_at()
    }
}
