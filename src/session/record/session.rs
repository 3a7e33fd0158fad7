//! The stored forms of a session and, separately, of its tokens.

use jiff::Timestamp;
use okta_direct_auth::{AccessToken, DpopKey, IdToken, RefreshToken, SavedDpopKey};
use serde::{Deserialize, Serialize};

use super::problem::{FactorRecord, factor_records, factors};
use crate::domain::browser::{App, Browser, System};
use crate::domain::identity::{Identity, Person};
use crate::domain::session::{Session, Tokens};

#[derive(Serialize, Deserialize)]
pub(super) struct SessionRecord {
    sub: String,
    name: String,
    login: String,
    email: Option<String>,
    #[serde(default)]
    groups: Vec<String>,
    acr: Option<String>,
    #[serde(default)]
    amr: Vec<String>,
    auth_time: Timestamp,
    factors: Vec<FactorRecord>,
    started: Timestamp,
    expires: Timestamp,
    checked: Timestamp,
    #[serde(default)]
    remembered: bool,
    #[serde(default)]
    hosted: bool,
    #[serde(default)]
    browser: BrowserRecord,
}

/// Names as text, so that a browser unknown to an older version is just an unknown one there.
#[derive(Default, Serialize, Deserialize)]
struct BrowserRecord {
    app: Option<String>,
    system: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct TokensRecord {
    access: Option<String>,
    refresh: Option<String>,
    access_expires: Timestamp,
    dpop: Option<SavedDpopKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    okta_session: Option<String>,
}

impl From<&Session> for SessionRecord {
    fn from(session: &Session) -> Self {
        let Session {
            identity,
            factors,
            started,
            expires,
            checked,
            is_remembered,
            is_hosted,
            browser,
        } = session;
        let Person {
            subject,
            name,
            login,
            email,
            groups,
            acr,
            amr,
            auth_time,
        } = identity.person();
        Self {
            sub: subject,
            name,
            login,
            email,
            groups,
            acr,
            amr,
            auth_time,
            factors: factor_records(factors),
            started: *started,
            expires: *expires,
            checked: *checked,
            remembered: *is_remembered,
            hosted: *is_hosted,
            browser: BrowserRecord {
                app: browser.app.map(|app| app.name().to_owned()),
                system: browser.system.map(|system| system.name().to_owned()),
            },
        }
    }
}

impl SessionRecord {
    pub(super) fn restore(self) -> Session {
        Session {
            identity: Identity::from(Person {
                subject: self.sub,
                name: self.name,
                login: self.login,
                email: self.email,
                groups: self.groups,
                acr: self.acr,
                amr: self.amr,
                auth_time: self.auth_time,
            }),
            factors: factors(self.factors).into(),
            started: self.started,
            expires: self.expires,
            checked: self.checked,
            is_remembered: self.remembered,
            is_hosted: self.hosted,
            browser: Browser {
                app: self.browser.app.as_deref().and_then(App::parse),
                system: self.browser.system.as_deref().and_then(System::parse),
            },
        }
    }
}

impl From<&Tokens> for TokensRecord {
    fn from(tokens: &Tokens) -> Self {
        Self {
            access: tokens.access.as_ref().map(|token| token.expose_secret().to_owned()),
            refresh: tokens.refresh.as_ref().map(|token| token.expose_secret().to_owned()),
            access_expires: tokens.access_expires,
            dpop: tokens.dpop.as_ref().map(DpopKey::save),
            okta_session: tokens
                .okta_session
                .as_ref()
                .map(|token| token.expose_secret().to_owned()),
        }
    }
}

impl TokensRecord {
    pub(super) fn restore(self) -> Tokens {
        Tokens {
            access: self.access.map(AccessToken::new),
            refresh: self.refresh.map(RefreshToken::new),
            access_expires: self.access_expires,
            dpop: self.dpop.map(SavedDpopKey::restore),
            okta_session: self.okta_session.map(IdToken::new),
        }
    }
}
