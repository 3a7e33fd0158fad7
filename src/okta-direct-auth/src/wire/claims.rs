//! Introspection and user info.

use serde::Deserialize;

use super::json;
use crate::{Error, transport::Facts};

#[derive(Deserialize)]
pub(crate) struct IntrospectBody {
    pub(crate) active: bool,
    #[serde(default)]
    pub(crate) scope: String,
    pub(crate) client_id: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) sub: Option<String>,
    pub(crate) uid: Option<String>,
    pub(crate) exp: Option<u64>,
}

#[derive(Deserialize)]
pub(crate) struct UserInfoBody {
    pub(crate) sub: String,
    pub(crate) name: Option<String>,
    pub(crate) preferred_username: Option<String>,
    pub(crate) given_name: Option<String>,
    pub(crate) family_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) email_verified: Option<bool>,
    pub(crate) locale: Option<String>,
    pub(crate) zoneinfo: Option<String>,
    pub(crate) groups: Option<Vec<String>>,
}

impl IntrospectBody {
    pub(crate) fn read(body: &[u8], facts: &Facts) -> Result<Self, Error> {
        json(body, facts)
    }
}

impl UserInfoBody {
    pub(crate) fn read(body: &[u8], facts: &Facts) -> Result<Self, Error> {
        json(body, facts)
    }
}
