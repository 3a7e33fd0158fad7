//! The demand for another factor: "Verify with an additional authenticator".

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::{Grant, secret::MfaToken};

#[derive(Clone, Debug)]
pub(crate) struct MoreWanted {
    pub(crate) token: MfaToken,
    pub(crate) offers: Option<Arc<[Grant]>>,
    pub(crate) request_id: Option<Arc<str>>,
}

impl MoreWanted {
    /// `None` without a token: the sign-in could not continue.
    pub(crate) fn read(body: &Map<String, Value>) -> Option<Self> {
        let token = body.get("mfa_token")?.as_str().filter(|token| !token.is_empty())?;
        let offers = body.get("supported_challenge_types").and_then(Value::as_str);
        Some(Self {
            token: MfaToken::new(token),
            offers: offers.map(|list| Grant::parse_list(list).into()),
            request_id: None,
        })
    }
}
