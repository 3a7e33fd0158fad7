//! Waiting for an answer in Okta Verify.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use crate::{Client, Device, Error, ErrorKind, Failed, MfaRequired, Step, origin::Origin, secret::OobCode};

const LONGEST_INTERVAL: Duration = Duration::from_secs(30);

/// A push prompt that is on its way or on the user's screen.
#[derive(Clone)]
pub struct PushPending {
    pub(crate) origin: Origin,
    pub(crate) oob_code: OobCode,
    pub(crate) number: Option<String>,
    pub(crate) interval: Duration,
    pub(crate) expires_in: Duration,
    pub(crate) issued_at: SystemTime,
}

/// The result of one poll of a push prompt.
#[derive(Clone, Debug)]
pub enum Poll {
    /// No answer yet. Wait [`PushPending::interval`] before the next poll; it grows when Okta asks for that.
    Pending(PushPending),
    Finished(Step),
}

impl PushPending {
    /// The number to show, for the user to pick in Okta Verify. It is text, because leading zeros count.
    pub fn number(&self) -> Option<&str> {
        self.number.as_deref()
    }

    /// How long to wait before each poll.
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// Lifetime of the prompt, counted from its start.
    pub fn expires_in(&self) -> Duration {
        self.expires_in
    }

    /// When the prompt expires, by the client's clock.
    pub fn expires_at(&self) -> SystemTime {
        self.issued_at + self.expires_in
    }

    /// The state to choose another second factor from; none when push is the first factor.
    pub fn mfa(&self) -> Option<&MfaRequired> {
        self.origin.mfa()
    }

    /// Asks Okta once. Never poll one prompt twice at a time: the first call uses it up and the other sees it expired.
    pub async fn poll(self, okta: &Client, device: &Device) -> Result<Poll, Failed<Self>> {
        if self.is_over(okta) {
            return Err(Failed::dead(Error::new(ErrorKind::ChallengeExpired, "deadline_passed")));
        }
        match okta.finish_oob(&self.origin, &self.oob_code, None, device).await {
            Ok(step) => Ok(Poll::Finished(step)),
            Err(error) => match error.kind() {
                ErrorKind::Pending => Ok(Poll::Pending(self)),
                ErrorKind::SlowDown => Ok(Poll::Pending(self.slower())),
                _ if self.is_over(okta) => Err(Failed::dead(error)),
                _ => Err(Failed::or_back(error, self)),
            },
        }
    }

    fn is_over(&self, okta: &Client) -> bool {
        okta.clock.now() >= self.expires_at()
    }

    /// RFC 8628, 3.5 asks for five seconds more each time.
    fn slower(mut self) -> Self {
        let interval = self.interval + Duration::from_secs(5);
        self.interval = interval.min(LONGEST_INTERVAL).max(self.interval);
        self
    }
}

impl fmt::Debug for PushPending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushPending")
            .field("origin", &self.origin)
            .field("has_number", &self.number.is_some())
            .field("interval", &self.interval)
            .field("expires_in", &self.expires_in)
            .field("issued_at", &self.issued_at)
            .finish_non_exhaustive()
    }
}
