//! The stored form of a pending revocation.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::session::TokensRecord;
use crate::domain::revocation::{PendingRevocation, Requester};

#[derive(Serialize, Deserialize)]
pub(super) struct RevocationRecord {
    tokens: TokensRecord,
    address: Option<IpAddr>,
    user_agent: Option<String>,
    since: Timestamp,
    tries: u32,
}

impl From<&PendingRevocation> for RevocationRecord {
    fn from(revocation: &PendingRevocation) -> Self {
        Self {
            tokens: TokensRecord::from(&revocation.tokens),
            address: revocation.requester.address,
            user_agent: revocation.requester.user_agent.clone(),
            since: revocation.since,
            tries: revocation.tries,
        }
    }
}

impl RevocationRecord {
    pub(super) fn restore(self) -> PendingRevocation {
        PendingRevocation {
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
