//! The stored form of past tries.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::factor::Factor;
use crate::domain::past_try::PastTry;

#[derive(Serialize, Deserialize)]
pub(super) struct PastTryRecord {
    at: Timestamp,
    user: String,
    factor: Option<String>,
    result: String,
    limit: Option<String>,
    network: IpAddr,
    code: String,
}

impl From<&PastTry> for PastTryRecord {
    fn from(past: &PastTry) -> Self {
        Self {
            at: past.at,
            user: past.user.clone(),
            factor: past.factor.map(|factor| factor.name().to_owned()),
            result: past.result.clone(),
            limit: past.limit.clone(),
            network: past.network,
            code: past.support_code.clone(),
        }
    }
}

impl PastTryRecord {
    /// A factor of a later version is left out.
    pub(super) fn restore(self) -> PastTry {
        PastTry {
            at: self.at,
            user: self.user,
            factor: self.factor.as_deref().and_then(Factor::parse),
            result: self.result,
            limit: self.limit,
            network: self.network,
            support_code: self.code,
        }
    }
}
