//! Reads Okta's refusals. One error code covers many causes: the step at which it came decides first, Okta's English
//! text only where nothing else tells the causes apart, and then with a cautious guess for unknown texts.

mod client;
mod core;
mod denied;
mod grant;
mod oauth;
mod refused;
mod verdict;

use serde_json::{Map, Value};

use self::refused::Refused;
use crate::{
    Error, ErrorKind,
    transport::{Facts, Purpose},
    wire::MoreWanted,
};

#[derive(Debug)]
pub(crate) enum Refusal {
    MoreWanted(MoreWanted),
    Error(Error),
}

pub(crate) fn read(purpose: Purpose, facts: &Facts, body: &[u8]) -> Refusal {
    let object = if facts.is_json {
        serde_json::from_slice(body).ok()
    } else {
        None
    };
    let object: Option<Map<String, Value>> = object;
    if facts.status == 429 {
        // Checked first: the body of a rate limit may say `invalid_grant`, the code of a wrong password.
        return Refusal::Error(rate_limited(object.as_ref()));
    }
    let error = match object
        .as_ref()
        .map(|object| (object, text(object, "error"), text(object, "errorCode")))
    {
        Some((object, "mfa_required", _)) => match MoreWanted::read(object) {
            Some(more) => {
                return Refusal::MoreWanted(MoreWanted {
                    request_id: facts.request_id.as_deref().map(Into::into),
                    ..more
                });
            }
            None => Error::new(ErrorKind::Nonsense, "mfa_token_missing").uncertain(),
        },
        Some((object, "", code)) if !code.is_empty() => {
            by_core_code(purpose, facts.status, code, text(object, "errorSummary"))
        }
        Some((object, code, _)) if !code.is_empty() => {
            by_oauth_code(purpose, facts.status, code, text(object, "error_description"))
        }
        _ => unreadable(purpose, facts),
    };
    // After a 5xx it is unknown how far Okta got.
    Refusal::Error(if facts.status >= 500 { error.uncertain() } else { error })
}

fn text<'o>(object: &'o Map<String, Value>, name: &str) -> &'o str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn rate_limited(object: Option<&Map<String, Value>>) -> Error {
    let code = object.map(|object| text(object, "errorCode")).unwrap_or_default();
    let cause = match code {
        "E0000047" => "org_rate_limited",
        "E0000109" => "sms_recently_sent",
        "E0000118" => "email_recently_sent",
        "E0000133" => "call_recently_made",
        _ => "user_rate_limited",
    };
    Error::new(ErrorKind::RateLimited, cause)
}

fn by_core_code(purpose: Purpose, status: u16, code: &str, summary: &str) -> Error {
    let is_oauth_code = code.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    if is_oauth_code {
        // Okta answers a wrong client id in the format of its core API, with an OAuth code in it.
        return by_oauth_code(purpose, status, code, summary);
    }
    core::verdict(purpose, status, code).into_error()
}

/// Also for the errors that Okta's hosted page sends the browser back with.
pub(crate) fn by_oauth_code(purpose: Purpose, status: u16, code: &str, description: &str) -> Error {
    let description = description.to_lowercase();
    oauth::verdict(&Refused {
        purpose,
        status,
        code,
        description,
    })
    .into_error()
}

fn unreadable(purpose: Purpose, facts: &Facts) -> Error {
    match (purpose, facts.status) {
        (_, 500..) => Error::new(ErrorKind::Unavailable, "server_error_unreadable"),
        // The user-info endpoint may answer with a header alone.
        (Purpose::UserInfo, 401) => Error::new(ErrorKind::SessionOver, "access_token_refused"),
        (Purpose::UserInfo, 403) => Error::new(ErrorKind::Misconfigured, "insufficient_scope"),
        _ => Error::new(ErrorKind::Nonsense, "refusal_unreadable").uncertain(),
    }
}

#[cfg(test)]
mod tests;
