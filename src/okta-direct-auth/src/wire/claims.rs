//! Introspection and user info.

use serde_json::{Map, Value};

use super::{UniqueObject, json, nonsense};
use crate::{
    Error,
    optional_claims::{Dropped, OptionalClaims},
    transport::Facts,
};

pub(crate) struct IntrospectBody {
    pub(crate) active: bool,
    pub(crate) scope: String,
    pub(crate) client_id: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) sub: Option<String>,
    pub(crate) uid: Option<String>,
    pub(crate) exp: Option<u64>,
    pub(crate) dropped: Dropped,
}

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
    pub(crate) groups: Vec<String>,
    pub(crate) dropped: Dropped,
}

impl IntrospectBody {
    pub(crate) fn read(body: &[u8], facts: &Facts) -> Result<Self, Error> {
        let UniqueObject(body) = json(body, facts)?;
        let active = body.get("active").and_then(Value::as_bool);
        let active = active.ok_or_else(unexpected)?;
        let (sub, uid) = (who(&body, "sub")?, who(&body, "uid")?);
        let mut optional = OptionalClaims::new(&body);
        Ok(Self {
            active,
            scope: optional.text("scope").unwrap_or_default(),
            client_id: optional.text("client_id"),
            username: optional.text("username"),
            sub,
            uid,
            exp: optional.seconds("exp"),
            dropped: optional.dropped(),
        })
    }
}

impl UserInfoBody {
    pub(crate) fn read(body: &[u8], facts: &Facts) -> Result<Self, Error> {
        let UniqueObject(body) = json(body, facts)?;
        let sub = who(&body, "sub")?.ok_or_else(unexpected)?;
        let mut optional = OptionalClaims::new(&body);
        Ok(Self {
            sub,
            name: optional.text("name"),
            preferred_username: optional.text("preferred_username"),
            given_name: optional.text("given_name"),
            family_name: optional.text("family_name"),
            email: optional.text("email"),
            email_verified: optional.flag("email_verified"),
            locale: optional.text("locale"),
            zoneinfo: optional.text("zoneinfo"),
            groups: optional.texts("groups"),
            dropped: optional.dropped(),
        })
    }
}

/// A claim that identifies the user. If it is malformed, nothing beside it is trusted.
fn who(body: &Map<String, Value>, name: &str) -> Result<Option<String>, Error> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(unexpected()),
    }
}

fn unexpected() -> Error {
    nonsense("unexpected_shape")
}
