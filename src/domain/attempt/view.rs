//! An attempt as a page sees it: which step it shows, and which factors may be chosen.

use jiff::Timestamp;
use okta_direct_auth::{Grant, MfaRequired};

use super::stage::{Origin, PushStage, Stage};
use super::{Attempt, AttemptRules};
use crate::domain::factor::{Factor, Ways};
use crate::domain::session::until;
use crate::domain::step::{PushEnd, PushStep, Resend, Step};

impl Attempt {
    /// The step, in plain facts.
    pub fn step(&self, ways: &Ways, rules: &AttemptRules, now: Timestamp) -> Step {
        match &self.stage {
            Stage::Start => Step::SignIn,
            Stage::Choose { origin } => Step::Choose {
                confirming: matches!(origin, Origin::Mfa(_)),
                ways: self.choices(ways),
            },
            Stage::Otp { .. } => Step::Code {
                source: Factor::Otp,
                resend: None,
                expired: false,
            },
            Stage::SentCode {
                source,
                expires,
                is_dead,
                ..
            } => {
                let expired = *is_dead || now >= *expires;
                let resend = Resend {
                    wait: until(now, self.facts.messages_at),
                    allowed: self.facts.sends < rules.sends,
                };
                Step::Code {
                    source: *source,
                    resend: Some(resend),
                    expired,
                }
            }
            Stage::Push(push) => Step::Push(push_step(push, self.facts.pushes_at, now)),
            Stage::Passkey { pending, .. } => Step::Passkey {
                options: pending.options_json().to_owned(),
            },
            Stage::Approved { .. } => Step::Approved,
            Stage::Moved { .. } | Stage::Finished { .. } => Step::Finished,
        }
    }

    /// The factors that may be chosen now, in the order of the settings.
    pub fn choices(&self, ways: &Ways) -> Vec<Factor> {
        let Some(Origin::Mfa(mfa)) = self.stage.origin() else {
            return ways.first.clone();
        };
        let possible = |factor: &Factor| {
            offered(mfa, *factor) && !self.facts.accepted.contains(factor) && !self.facts.not_set_up.contains(factor)
        };
        ways.second.iter().copied().filter(possible).collect()
    }
}

fn push_step(push: &PushStage, again_at: Timestamp, now: Timestamp) -> PushStep {
    let over = push.over.or((now >= push.expires).then_some(PushEnd::Expired));
    PushStep {
        number: push.number.clone(),
        total: until(push.sent, push.expires),
        left: until(now, push.expires),
        resend: Resend {
            wait: until(now, again_at),
            allowed: true,
        },
        over,
    }
}

/// Whether Okta's answer allows this factor; if the answer has no list, all may be tried.
fn offered(mfa: &MfaRequired, factor: Factor) -> bool {
    let Some(grants) = mfa.offers() else {
        return true;
    };
    match factor {
        Factor::Otp => grants.contains(&Grant::MfaOtp),
        Factor::Push | Factor::Sms | Factor::Voice | Factor::Email => grants.contains(&Grant::MfaOob),
        Factor::Passkey => grants.contains(&Grant::MfaWebauthn),
        Factor::Password => false,
    }
}
