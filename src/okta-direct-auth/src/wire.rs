//! The bodies of Okta's replies. Unknown members are ignored; missing ones are an error.

mod claims;
mod more;
mod oob;
mod passkey;
mod tokens;
mod unique;

pub(crate) use self::{
    claims::{IntrospectBody, UserInfoBody},
    more::MoreWanted,
    oob::{Binding, OobBody},
    passkey::PasskeyBody,
    tokens::{TokenBody, TokenType},
    unique::UniqueObject,
};

use serde::de::DeserializeOwned;

use crate::{Error, ErrorKind, transport::Facts};

/// Reads a JSON object of a known shape.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8], facts: &Facts) -> Result<T, Error> {
    if !facts.is_json {
        return Err(nonsense("not_json"));
    }
    // The parser's own message may quote the body, so it is dropped.
    serde_json::from_slice(body).map_err(|error| {
        nonsense(if error.is_data() {
            "unexpected_shape"
        } else {
            "bad_json"
        })
    })
}

/// Okta reported success, but its reply cannot be used. What was requested has probably happened.
pub(crate) fn nonsense(cause: &'static str) -> Error {
    Error::new(ErrorKind::Nonsense, cause).uncertain()
}

#[cfg(test)]
mod tests;
