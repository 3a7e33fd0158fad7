//! Translates Okta's answers into events of the domain.

use std::error::Error as StdError;
use std::time::Duration;

use okta_direct_auth::{Action, Challenge, Error, ErrorKind, Step};

use crate::domain::attempt::Event;
use crate::domain::factor::Factor;
use crate::domain::problem::Refusal;
use crate::flow::okta_call::Outage;
use crate::flow::{AuditAct, Flow};

/// How long customers are asked to wait when Okta gives no time.
pub(in crate::flow) const SHORT_WAIT: Duration = Duration::from_secs(10);

/// How long a rate limit of Okta's is assumed to last when the answer does not say.
pub(in crate::flow) const LIMIT_WAIT: Duration = Duration::from_mins(1);

/// What Okta was asked when it refused; the same answer means different things for different questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::flow) enum OktaQuestion {
    /// To accept a secret.
    Answer,
    /// To accept a code for a name, from a browser that has proved nothing else.
    CodeForName,
    /// To start a challenge.
    Challenge,
    /// To send a code or a push to the owner of a name, for a browser that has proved nothing else.
    ChallengeForName,
}

impl Flow {
    /// Turns the result of verifying a factor into an event.
    pub(in crate::flow) fn answered(
        &self,
        factor: Factor,
        asked: OktaQuestion,
        answer: Result<Step, Outage<Error>>,
    ) -> Event {
        match answer {
            Ok(Step::SignedIn(tokens)) => {
                self.accepted(factor, "accepted", tokens.request_id.as_deref());
                Event::Accepted { factor, tokens }
            }
            Ok(Step::MfaRequired(mfa)) => {
                self.accepted(factor, "more_needed", mfa.request_id());
                Event::MoreNeeded { factor, mfa }
            }
            Err(outage) => self.refused(factor, asked, outage),
        }
    }

    /// Reports that Okta accepted a factor.
    fn accepted(&self, factor: Factor, result: &'static str, okta_request_id: Option<&str>) {
        self.parts.observer.tried(factor, result);
        tracing::info!(%factor, result, okta_request_id, "Okta accepted a factor");
        self.audit(AuditAct::FactorAccepted, |event| {
            event.factor = Some(factor.name().to_owned());
            event.outcome = Some(result);
            event.okta_request_id = okta_request_id.map(str::to_owned);
        });
    }

    /// Reports that a factor was refused.
    pub(in crate::flow) fn tell_of_refusal(
        &self,
        factor: Factor,
        result: &'static str,
        okta_request_id: Option<String>,
    ) {
        self.parts.observer.tried(factor, result);
        self.audit(AuditAct::FactorRefused, |event| {
            event.factor = Some(factor.name().to_owned());
            event.outcome = Some(result);
            event.okta_request_id = okta_request_id;
        });
    }

    /// Turns the result of requesting a challenge into an event.
    pub(in crate::flow) fn challenged(
        &self,
        factor: Factor,
        asked: OktaQuestion,
        answer: Result<Challenge, Outage<Error>>,
    ) -> Event {
        let is_name_alone = asked == OktaQuestion::ChallengeForName;
        match answer {
            Ok(Challenge::Push(pending)) => {
                self.shapes.note_push(&pending);
                if self.parts.settings.rules.require_number && pending.number().is_none() {
                    tracing::error!(
                        "Okta sent a push without a number although sign_in.require_number_challenge is on; \
                         set number challenge to \"always\" in the Okta Verify authenticator"
                    );
                    if is_name_alone {
                        return self.unsent(factor);
                    }
                    return Event::Refused {
                        factor,
                        refusal: Refusal::NumberMissing,
                    };
                }
                Event::Pushed(pending)
            }
            Ok(Challenge::Code(pending)) => {
                self.shapes.note_code(factor, &pending);
                Event::Sent {
                    source: factor,
                    pending,
                }
            }
            Err(outage) => {
                let is_hidden = is_name_alone && tells_of_the_account(&outage);
                // The real cause goes to the log and the metrics.
                let refused = self.refused(factor, asked, outage);
                if is_hidden { self.unsent(factor) } else { refused }
            }
        }
    }

    /// Turns a failed call into an event, and logs what only an operator can fix.
    pub(in crate::flow) fn refused(&self, factor: Factor, asked: OktaQuestion, outage: Outage<Error>) -> Event {
        let mut okta_request_id = None;
        let refusal = match outage {
            Outage::Full => Refusal::Unavailable {
                wait: SHORT_WAIT,
                uncertain: false,
            },
            Outage::HeldBack(held_back) => Refusal::Unavailable {
                wait: held_back.wait,
                uncertain: false,
            },
            Outage::Refused(error) => {
                let refusal = refusal(&error, factor, asked);
                log(&error, factor);
                okta_request_id = error.request_id().map(str::to_owned);
                refusal
            }
        };
        self.tell_of_refusal(factor, result_name(refusal), okta_request_id);
        Event::Refused { factor, refusal }
    }
}

fn log(refused: &Error, factor: Factor) {
    let okta_request_id = refused.request_id().unwrap_or("");
    let kind = refused.kind().as_str();
    let error = refused as &dyn StdError;
    match refused.action() {
        Action::Operator => tracing::error!(%factor, kind, okta_request_id, error, "Okta refuses this service"),
        Action::Stop | Action::Backoff => {
            tracing::warn!(%factor, kind, okta_request_id, error, "Okta refused a factor");
        }
        _ => tracing::info!(%factor, kind, okta_request_id, "Okta refused a factor"),
    }
}

fn refusal(error: &Error, factor: Factor, asked: OktaQuestion) -> Refusal {
    let wait = error.retry_after();
    match error.kind() {
        ErrorKind::WrongCredentials | ErrorKind::PasswordNotSet => Refusal::WrongCredentials,
        // The page must not tell a stranger which names exist.
        ErrorKind::UnknownLogin if matches!(asked, OktaQuestion::Challenge | OktaQuestion::ChallengeForName) => {
            Refusal::NotSetUp
        }
        ErrorKind::UnknownLogin if factor == Factor::Password => Refusal::WrongCredentials,
        ErrorKind::UnknownLogin if factor == Factor::Push => Refusal::Declined,
        ErrorKind::UnknownLogin | ErrorKind::WrongCode => Refusal::WrongCode,
        // Nor which of them have this factor, or are locked. The log has the real reason.
        ErrorKind::NotEnrolled | ErrorKind::PolicyDenied if asked == OktaQuestion::CodeForName => Refusal::WrongCode,
        ErrorKind::PushRejected => Refusal::Declined,
        ErrorKind::ChallengeExpired | ErrorKind::WebauthnNoChallenge => Refusal::ChallengeExpired,
        ErrorKind::FlowExpired | ErrorKind::FlowMixedUp => Refusal::FlowExpired,
        ErrorKind::NotEnrolled | ErrorKind::FactorNotPrompted | ErrorKind::ChannelUnsupported => Refusal::NotSetUp,
        ErrorKind::NoSupportedFactor => Refusal::NothingSetUp,
        ErrorKind::PolicyDenied
        | ErrorKind::NetworkZoneDenied
        | ErrorKind::Denied
        | ErrorKind::AcrUnmet
        | ErrorKind::TooManyFactors => Refusal::PolicyRefused,
        ErrorKind::NotAssigned => Refusal::NotAssigned,
        ErrorKind::PasswordExpired => Refusal::PasswordExpired,
        ErrorKind::WebauthnRefused => Refusal::PasskeyRefused,
        ErrorKind::DeliveryFailed => Refusal::NotDelivered,
        ErrorKind::RateLimited => Refusal::RateLimited {
            wait: wait.unwrap_or(LIMIT_WAIT),
        },
        ErrorKind::Unavailable => Refusal::Unavailable {
            wait: wait.unwrap_or(SHORT_WAIT),
            uncertain: error.is_uncertain(),
        },
        ErrorKind::Nonsense | ErrorKind::InvalidToken => Refusal::Nonsense,
        // Everything else, including error kinds of later library versions, is for the operator.
        _ => Refusal::Misconfigured,
    }
}

fn result_name(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::WrongCredentials | Refusal::WrongCode | Refusal::PasskeyRefused => "wrong",
        Refusal::Declined => "declined",
        Refusal::ChallengeExpired | Refusal::FlowExpired => "expired",
        Refusal::NotSetUp | Refusal::NothingSetUp => "not_set_up",
        Refusal::PasswordExpired => "password_expired",
        Refusal::PolicyRefused | Refusal::NotAssigned | Refusal::NumberMissing => "refused",
        Refusal::RateLimited { .. } => "okta_limited",
        Refusal::HeldBack { .. } | Refusal::Closed => "held_back",
        Refusal::NotDelivered | Refusal::Unavailable { .. } => "unavailable",
        Refusal::Nonsense => "nonsense",
        Refusal::Misconfigured => "misconfigured",
    }
}

/// Whether a refusal reveals something about one account. A refusal that concerns this service, the org or the client's
/// network is the same for every name.
fn tells_of_the_account(outage: &Outage<Error>) -> bool {
    let Outage::Refused(error) = outage else {
        return false;
    };
    match error.kind() {
        ErrorKind::UnknownLogin
        | ErrorKind::WrongCredentials
        | ErrorKind::PasswordNotSet
        | ErrorKind::PasswordExpired
        | ErrorKind::NotEnrolled
        | ErrorKind::FactorNotPrompted
        | ErrorKind::NoSupportedFactor
        | ErrorKind::PolicyDenied
        | ErrorKind::NotAssigned
        | ErrorKind::Denied
        | ErrorKind::AcrUnmet
        | ErrorKind::TooManyFactors
        | ErrorKind::DeliveryFailed => true,
        // There is a phone or mailbox, and something was just sent to it.
        ErrorKind::RateLimited => error.is_recently_sent(),
        _ => false,
    }
}
