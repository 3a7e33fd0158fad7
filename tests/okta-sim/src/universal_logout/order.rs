//! Creates a logout order, sends it and evaluates the answer.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use url::Url;

use crate::{
    accounts::full_login,
    clock::timestamp,
    error::Error,
    ids,
    misuse::{Misuse, Unexpected},
    okta::{seal, spoil},
    universal_logout::SubjectFormat,
    world::World,
};

const TYPE: &str = "global-token-revocation+jwt";
/// An order is valid from this long before its issue until this long after.
const LIFETIME_S: i64 = 300;
const PATIENCE: Duration = Duration::from_secs(10);

/// The statuses an application may answer with.
const ANSWERS: [u16; 6] = [204, 400, 401, 403, 404, 422];

/// An order that a test may inspect, change and send any number of times.
#[derive(Debug, Clone)]
pub struct LogoutOrder {
    /// The registered endpoint.
    pub url: Url,
    /// The signed token.
    pub token: String,
    /// `{"sub_id": {…}}`.
    pub body: Value,
    login: String,
    world: Arc<World>,
}

/// What the application answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutAnswer {
    pub status: u16,
    /// The header `WWW-Authenticate`.
    pub challenge: Option<String>,
    pub body: String,
}

impl LogoutOrder {
    pub(crate) fn new(world: &Arc<World>, login: &str, format: SubjectFormat) -> Result<Self, Error> {
        let now = world.now_s();
        let state = world.lock();
        let target = state.universal_logout.clone().ok_or(Error::NoEndpoint)?;
        let account = state.account(login).ok_or(Error::NoSuchAccount)?;
        let key = state.keys.current().ok_or(Error::Key)?;
        let issuer = world.issuer(target.server.as_deref());
        let mut audience = target.url.clone();
        audience.set_query(None);
        audience.set_fragment(None);
        let mut claims = json!({
            "jti": ids::opaque(43),
            "iss": issuer,
            "sub": target.client_id,
            "aud": audience,
            "iat": now,
            "exp": now + LIFETIME_S,
            "nbf": now - LIFETIME_S,
        });
        let flaw = state.switches.token_flaw;
        spoil(&mut claims, flaw, now);
        let subject = match format {
            SubjectFormat::Email => json!({ "format": "email", "email": account.login }),
            SubjectFormat::IssSub => {
                json!({ "format": "iss_sub", "iss": issuer, "sub": account.id })
            }
            SubjectFormat::Opaque => json!({ "format": "opaque", "id": account.id }),
        };
        Ok(Self {
            url: target.url,
            token: seal(&claims, Some(TYPE), &key, flaw),
            body: json!({ "sub_id": subject }),
            login: full_login(login),
            world: Arc::clone(world),
        })
    }

    /// Sends it, and ends the account's sessions at the org itself; needs a Tokio runtime. The phone shows the answer;
    /// one that the org would not understand counts as [`Misuse::LogoutAnswer`].
    pub async fn send(&self) -> Result<LogoutAnswer, Error> {
        self.end_own_sessions();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .map_err(Error::Undelivered)?;
        let sent = client
            .post(self.url.clone())
            .bearer_auth(&self.token)
            .json(&self.body)
            .send();
        let answer = match sent.await {
            Ok(answer) => answer,
            Err(error) => {
                self.record_answer("no answer");
                return Err(Error::Undelivered(error));
            }
        };
        let challenge = answer.headers().get(reqwest::header::WWW_AUTHENTICATE);
        let answer = LogoutAnswer {
            status: answer.status().as_u16(),
            challenge: challenge.and_then(|value| value.to_str().ok().map(str::to_owned)),
            body: answer.text().await.map_err(Error::Undelivered)?,
        };
        self.record_answer(&answer.status.to_string());
        self.check_answer(&answer);
        Ok(answer)
    }

    fn end_own_sessions(&self) {
        let mut state = self.world.lock();
        state.secret(&self.token);
        state.browsers.end_all(&self.login);
    }

    fn record_answer(&self, what: &str) {
        let at = timestamp(self.world.now()).to_string();
        let said = (what.to_owned(), at);
        self.world.lock().logouts.insert(self.login.clone(), said);
        self.world.changed(&self.login);
    }

    fn check_answer(&self, answer: &LogoutAnswer) {
        let is_right = match answer.status {
            204 => answer.body.is_empty(),
            401 => answer.challenge.is_some(),
            other => ANSWERS.contains(&other),
        };
        if is_right {
            return;
        }
        self.world.lock().expectations.record(Unexpected {
            misuse: Misuse::LogoutAnswer,
            method: "POST".to_owned(),
            path: format!("{} answered {}", self.url.path(), answer.status),
            request_id: String::new(),
        });
    }
}
