//! Sessions as operators see them.

use serde::Serialize;

use crate::flow::Listed;

/// Most sessions listed in one answer.
pub(super) const MOST: usize = 1_000;

#[derive(Debug, Serialize)]
pub(super) struct SessionResponse {
    id: String,
    sub: String,
    factors: Vec<&'static str>,
    started: String,
    last_used: String,
    expires: String,
}

impl From<&Listed> for SessionResponse {
    fn from(listed: &Listed) -> Self {
        let (session, last_used) = (&listed.live.session, listed.live.last_used);
        Self {
            id: listed.reference.clone(),
            sub: session.identity.subject().to_owned(),
            factors: session.factors.iter().map(|factor| factor.name()).collect(),
            started: session.started.to_string(),
            last_used: last_used.to_string(),
            expires: session.expires.to_string(),
        }
    }
}
