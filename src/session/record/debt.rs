//! A debt at rest.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::session::TokensRecord;
use crate::domain::debt::{Debt, Requester};

#[derive(Serialize, Deserialize)]
pub(super) struct DebtRecord {
    tokens: TokensRecord,
    address: Option<IpAddr>,
    user_agent: Option<String>,
    since: Timestamp,
    tries: u32,
}

impl From<&Debt> for DebtRecord {
    fn from(debt: &Debt) -> Self {
        Self {
            tokens: TokensRecord::from(&debt.tokens),
            address: debt.requester.address,
            user_agent: debt.requester.user_agent.clone(),
            since: debt.since,
            tries: debt.tries,
        }
    }
}

impl DebtRecord {
    pub(super) fn restore(self) -> Debt {
        Debt {
            tokens: self.tokens.restore(),
            requester: Requester {
                address: self.address,
                user_agent: self.user_agent,
            },
            since: self.since,
            tries: self.tries,
        }
    }
}
