//! The timing floors of all that may be tried with a name alone.

use super::timing_floor::TimingFloor;
use crate::domain::factor::Factor;

/// How long Okta takes for requests that come with a name alone.
#[derive(Debug, Default)]
pub(in crate::flow) struct TimingFloors {
    pub(super) passwords: TimingFloor,
    pub(super) codes: TimingFloor,
    pub(super) sent: ChallengeFloors,
}

/// How long Okta takes to send a challenge, by factor, and for the codes and polls that follow.
#[derive(Debug, Default)]
pub(in crate::flow) struct ChallengeFloors {
    challenges: [TimingFloor; 4],
    pub(super) codes: TimingFloor,
    pub(super) polls: TimingFloor,
}

impl ChallengeFloors {
    pub(super) fn challenge(&self, factor: Factor) -> &TimingFloor {
        let [sms, voice, email, push] = &self.challenges;
        match factor {
            Factor::Sms => sms,
            Factor::Voice => voice,
            Factor::Email => email,
            // The other factors are never sent.
            Factor::Push | Factor::Password | Factor::Otp | Factor::Passkey => push,
        }
    }
}
