//! The stored form of an attempt, with the marks of requests in progress: other replicas respect them.

use std::time::Duration;

use jiff::Timestamp;
use okta_direct_auth::{
    CodePending, HostedPending, PushPending, SavedCode, SavedHosted, SavedMfa, SavedPasskey, SavedPush, SavedTokens,
};
use serde::{Deserialize, Serialize};

use super::problem::{FactorRecord, ProblemRecord, PushEndRecord, factor_records, factors};
use crate::domain::attempt::{Attempt, Destination, Facts, Hosted, Origin, Parameters, PushStage, Stage};
use crate::domain::ids::{MaskedId, Network, PressMark};
use crate::domain::input::Login;

#[derive(Serialize, Deserialize)]
pub(super) struct AttemptRecord {
    destination: String,
    login: Option<String>,
    #[serde(default)]
    remember: bool,
    #[serde(default)]
    acr_values: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_age_s: Option<u64>,
    raises: Option<String>,
    language: Option<String>,
    /// Missing if an older version began the attempt, which did not record the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    network: Option<String>,
    started: Timestamp,
    expires: Timestamp,
    serial: u32,
    changed: Timestamp,
    /// Missing if an older version handled the press, which did not record it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pressed: Option<String>,
    #[serde(default)]
    busy_until: Option<Timestamp>,
    /// An older version ignores this, and shows the attempt as if the customer had not gone to Okta's hosted page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hosted: Option<HostedRecord>,
    accepted: Vec<FactorRecord>,
    not_set_up: Vec<FactorRecord>,
    wrong_codes: u8,
    sends: u8,
    messages_at: Timestamp,
    pushes_at: Timestamp,
    problem: Option<ProblemRecord>,
    /// Where the attempt moved. An older version ignores this field and sees an attempt that is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moved: Option<MovedRecord>,
    stage: StageRecord,
}

#[derive(Serialize, Deserialize)]
struct MovedRecord {
    to: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum HostedRecord {
    Away(SavedHosted),
    Proven,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OriginRecord {
    Name,
    Mfa(SavedMfa),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StageRecord {
    Start,
    Choose {
        origin: OriginRecord,
    },
    Otp {
        origin: OriginRecord,
    },
    SentCode {
        origin: OriginRecord,
        source: FactorRecord,
        /// `None` if no code was sent. An older version, which expects one, cannot read the attempt and begins anew.
        pending: Option<SavedCode>,
        expires: Timestamp,
        is_dead: bool,
    },
    Push(Box<PushRecord>),
    Passkey {
        origin: OriginRecord,
        pending: SavedPasskey,
    },
    Approved {
        tokens: Box<SavedTokens>,
    },
    Finished {
        session: Option<String>,
    },
}

#[derive(Serialize, Deserialize)]
struct PushRecord {
    origin: OriginRecord,
    pending: Option<SavedPush>,
    /// Present for a push that was sent to nobody; the others have `pending`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unsent: Option<UnsentRecord>,
    sent: Timestamp,
    expires: Timestamp,
    next_poll: Timestamp,
    #[serde(default)]
    polling_until: Option<Timestamp>,
    strikes: u8,
    over: Option<PushEndRecord>,
}

#[derive(Serialize, Deserialize)]
struct UnsentRecord {
    number: Option<String>,
    interval_ms: u64,
}

impl From<&Attempt> for AttemptRecord {
    fn from(attempt: &Attempt) -> Self {
        // Destructured, so that an added fact does not compile until it is handled here.
        let Facts {
            destination,
            login,
            remember,
            parameters,
            network,
            started,
            expires,
            serial,
            changed,
            pressed,
            busy_until,
            hosted,
            accepted,
            not_set_up,
            wrong_codes,
            sends,
            messages_at,
            pushes_at,
            problem,
        } = &attempt.facts;
        let Parameters {
            acr_values,
            max_age,
            raises,
            language,
        } = parameters.get();
        Self {
            destination: destination.0.clone(),
            login: login.as_ref().map(|login| login.as_str().to_owned()),
            remember: *remember,
            acr_values: acr_values.clone(),
            max_age_s: max_age.map(|age| age.as_secs()),
            raises: raises.clone(),
            language: language.clone(),
            network: (*network != Network::default()).then(|| network.to_text()),
            started: *started,
            expires: *expires,
            serial: *serial,
            changed: *changed,
            pressed: pressed.map(PressMark::to_text),
            busy_until: *busy_until,
            hosted: HostedRecord::of(hosted),
            accepted: factor_records(accepted),
            not_set_up: factor_records(not_set_up),
            wrong_codes: *wrong_codes,
            sends: *sends,
            messages_at: *messages_at,
            pushes_at: *pushes_at,
            problem: problem.map(ProblemRecord),
            moved: match &attempt.stage {
                Stage::Moved { to } => Some(MovedRecord {
                    to: to.as_ref().map(MaskedId::to_text),
                }),
                _ => None,
            },
            stage: StageRecord::from(&attempt.stage),
        }
    }
}

impl AttemptRecord {
    /// The attempt; `None` when it contains an invalid value.
    pub(super) fn restore(self) -> Option<Attempt> {
        let login = match self.login {
            Some(login) => Some(Login::parse(&login).ok()?),
            None => None,
        };
        Some(Attempt {
            facts: Facts {
                destination: Destination(self.destination),
                login,
                remember: self.remember,
                parameters: Parameters {
                    acr_values: self.acr_values,
                    max_age: self.max_age_s.map(Duration::from_secs),
                    raises: self.raises,
                    language: self.language,
                }
                .into(),
                network: self.network.as_deref().and_then(Network::parse).unwrap_or_default(),
                started: self.started,
                expires: self.expires,
                serial: self.serial,
                changed: self.changed,
                pressed: self.pressed.as_deref().and_then(PressMark::parse),
                busy_until: self.busy_until,
                hosted: HostedRecord::restore(self.hosted),
                accepted: factors(self.accepted),
                not_set_up: factors(self.not_set_up),
                wrong_codes: self.wrong_codes,
                sends: self.sends,
                messages_at: self.messages_at,
                pushes_at: self.pushes_at,
                problem: self.problem.map(|problem| problem.0),
            },
            stage: match self.moved {
                Some(moved) => Stage::Moved {
                    to: moved.to.as_deref().and_then(MaskedId::parse),
                },
                None => self.stage.restore(),
            },
        })
    }
}

impl From<&Stage> for StageRecord {
    fn from(stage: &Stage) -> Self {
        match stage {
            Stage::Start => Self::Start,
            Stage::Choose { origin } => Self::Choose { origin: origin.into() },
            Stage::Otp { origin } => Self::Otp { origin: origin.into() },
            Stage::SentCode {
                origin,
                source,
                pending,
                expires,
                is_dead,
            } => Self::SentCode {
                origin: origin.into(),
                source: FactorRecord(*source),
                pending: pending.as_deref().map(CodePending::save),
                expires: *expires,
                is_dead: *is_dead,
            },
            Stage::Push(push) => Self::Push(Box::new(PushRecord::of(push))),
            Stage::Passkey { origin, pending } => Self::Passkey {
                origin: origin.into(),
                pending: pending.save(),
            },
            Stage::Approved { tokens } => Self::Approved {
                tokens: Box::new(tokens.save()),
            },
            Stage::Moved { .. } => Self::Finished { session: None },
            Stage::Finished { session } => Self::Finished {
                session: session.as_ref().map(MaskedId::to_text),
            },
        }
    }
}

impl StageRecord {
    fn restore(self) -> Stage {
        match self {
            Self::Start => Stage::Start,
            Self::Choose { origin } => Stage::Choose {
                origin: origin.restore(),
            },
            Self::Otp { origin } => Stage::Otp {
                origin: origin.restore(),
            },
            Self::SentCode {
                origin,
                source,
                pending,
                expires,
                is_dead,
            } => Stage::SentCode {
                origin: origin.restore(),
                source: source.0,
                pending: pending.map(|pending| Box::new(pending.restore())),
                expires,
                is_dead,
            },
            Self::Push(push) => Stage::Push(Box::new(push.restore())),
            Self::Passkey { origin, pending } => Stage::Passkey {
                origin: origin.restore(),
                pending: Box::new(pending.restore()),
            },
            Self::Approved { tokens } => Stage::Approved {
                tokens: Box::new(tokens.restore()),
            },
            Self::Finished { session } => Stage::Finished {
                session: session.as_deref().and_then(MaskedId::parse),
            },
        }
    }
}

impl PushRecord {
    fn of(push: &PushStage) -> Self {
        let unsent = || UnsentRecord {
            number: push.number.clone(),
            interval_ms: u64::try_from(push.interval.as_millis()).unwrap_or(u64::MAX),
        };
        Self {
            origin: (&push.origin).into(),
            pending: push.pending.as_ref().map(PushPending::save),
            unsent: push.pending.is_none().then(unsent),
            sent: push.sent,
            expires: push.expires,
            next_poll: push.next_poll,
            polling_until: push.polling_until,
            strikes: push.strikes,
            over: push.over.map(PushEndRecord),
        }
    }

    fn restore(self) -> PushStage {
        let pending = self.pending.map(SavedPush::restore);
        let (number, interval) = match (&pending, self.unsent) {
            (Some(pending), _) => (pending.number().map(str::to_owned), pending.interval()),
            (None, Some(unsent)) => (unsent.number, Duration::from_millis(unsent.interval_ms)),
            (None, None) => (None, Duration::from_secs(5)),
        };
        PushStage {
            origin: self.origin.restore(),
            pending,
            number,
            interval,
            sent: self.sent,
            expires: self.expires,
            next_poll: self.next_poll,
            polling_until: self.polling_until,
            strikes: self.strikes,
            over: self.over.map(|over| over.0),
        }
    }
}

impl HostedRecord {
    fn of(hosted: &Hosted) -> Option<Self> {
        match hosted {
            Hosted::Untaken => None,
            Hosted::Away(pending) => Some(Self::Away(HostedPending::save(pending))),
            Hosted::Proven => Some(Self::Proven),
        }
    }

    fn restore(record: Option<Self>) -> Hosted {
        match record {
            None => Hosted::Untaken,
            Some(Self::Away(pending)) => Hosted::Away(Box::new(pending.restore())),
            Some(Self::Proven) => Hosted::Proven,
        }
    }
}

impl From<&Origin> for OriginRecord {
    fn from(origin: &Origin) -> Self {
        match origin {
            Origin::Name => Self::Name,
            Origin::Mfa(mfa) => Self::Mfa(mfa.save()),
        }
    }
}

impl OriginRecord {
    fn restore(self) -> Origin {
        match self {
            Self::Name => Origin::Name,
            Self::Mfa(mfa) => Origin::Mfa(Box::new(mfa.restore())),
        }
    }
}
