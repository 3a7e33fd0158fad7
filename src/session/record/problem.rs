//! Problems and ends of pushes. The remote definitions are kept in step with the domain: a variant added there does not
//! compile until it is added here.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::factor::Factor;
use crate::domain::problem::Problem;
use crate::domain::step::PushEnd;

#[derive(Serialize, Deserialize)]
pub(super) struct ProblemRecord(#[serde(with = "ProblemForm")] pub(super) Problem);

#[derive(Serialize, Deserialize)]
pub(super) struct PushEndRecord(#[serde(with = "PushEndForm")] pub(super) PushEnd);

#[derive(Serialize, Deserialize)]
pub(super) struct FactorRecord(#[serde(with = "FactorForm")] pub(super) Factor);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Problem", rename_all = "snake_case")]
enum ProblemForm {
    WrongCredentials,
    WrongCode { left: u8 },
    TooManyCodes,
    CodeExpired,
    PushDeclined,
    PushExpired,
    PasskeyRefused,
    NotSetUp(#[serde(with = "FactorForm")] Factor),
    NumberMissing,
    NotDelivered(#[serde(with = "FactorForm")] Factor),
    Wait { until: Timestamp, by_okta: bool },
    Closed,
    PasswordExpired,
    NothingSetUp,
    PolicyRefused,
    NotAssigned,
    Untellable,
    HostedFailed,
    SomebodyElse,
    Unavailable { until: Timestamp, uncertain: bool },
    Nonsense,
    Misconfigured,
    StartAgain,
    Forgotten,
    OpenTooLong,
    CookieNotKept,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "PushEnd", rename_all = "snake_case")]
enum PushEndForm {
    Declined,
    Expired,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Factor", rename_all = "snake_case")]
enum FactorForm {
    Password,
    Otp,
    Sms,
    Voice,
    Email,
    Push,
    Passkey,
}

pub(super) fn factors(records: Vec<FactorRecord>) -> Vec<Factor> {
    records.into_iter().map(|record| record.0).collect()
}

pub(super) fn factor_records(factors: &[Factor]) -> Vec<FactorRecord> {
    factors.iter().copied().map(FactorRecord).collect()
}
