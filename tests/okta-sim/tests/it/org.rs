//! A running simulator, with an HTTP client for it.

use std::{ops::Deref, time::Duration};

use okta_sim::{ClockMode, Settings, Simulator};
use reqwest::{Client, Method, header::HeaderMap, redirect::Policy};
use serde_json::Value;

pub(crate) const OTP: &str = "urn:okta:params:oauth:grant-type:otp";
pub(crate) const OOB: &str = "urn:okta:params:oauth:grant-type:oob";
pub(crate) const MFA_OTP: &str = "http://auth0.com/oauth/grant-type/mfa-otp";
pub(crate) const MFA_OOB: &str = "http://auth0.com/oauth/grant-type/mfa-oob";
pub(crate) const WEBAUTHN: &str = "urn:okta:params:oauth:grant-type:webauthn";
pub(crate) const MFA_WEBAUTHN: &str = "urn:okta:params:oauth:grant-type:mfa-webauthn";

pub(crate) struct Org {
    pub(crate) okta: Simulator,
    pub(crate) http: Client,
}

impl Deref for Org {
    type Target = Simulator;
    fn deref(&self) -> &Simulator {
        &self.okta
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn error(&self) -> String {
        self.text("error")
    }

    pub(crate) fn header(&self, name: &str) -> String {
        let value = self.headers.get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default().to_owned()
    }

    /// Asserts the status and the error; a failure prints the body.
    #[track_caller]
    pub(crate) fn is(self, status: u16, error: &str) -> Self {
        let code = if self.error().is_empty() {
            self.text("errorCode")
        } else {
            self.error()
        };
        assert_eq!((self.status, code.as_str()), (status, error), "{}", self.body);
        self
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        self.is(200, "")
    }
}

/// Settings with a clock that moves only when a test advances it.
pub(crate) fn settings() -> Settings {
    Settings {
        clock: ClockMode::Manual("2026-01-01T00:00:00Z".parse().unwrap()),
        ..Settings::default()
    }
}

impl Org {
    pub(crate) async fn start() -> Self {
        Self::with(settings()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let http = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        Self {
            okta: Simulator::start(settings).await.unwrap(),
            http,
        }
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.issuer())
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer {
            status,
            headers,
            body: response.text().await.unwrap(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.http.get(self.at(path))).await
    }

    pub(crate) async fn ask(&self, method: Method, path: &str) -> Answer {
        self.send(self.http.request(method, self.at(path))).await
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send(self.http.post(self.at(path)).form(form)).await
    }

    /// `/token` as `portico-demo` with scope `openid profile`.
    pub(crate) async fn token(&self, form: &[(&str, &str)]) -> Answer {
        self.token_as("portico-demo", form).await
    }

    pub(crate) async fn token_as(&self, client: &str, form: &[(&str, &str)]) -> Answer {
        let shared = [("client_id", client), ("scope", "openid profile")];
        self.post("/oauth2/v1/token", &[&shared, form].concat()).await
    }

    pub(crate) async fn password(&self, login: &str) -> Answer {
        self.password_as("portico-demo", login).await
    }

    pub(crate) async fn password_as(&self, client: &str, login: &str) -> Answer {
        let form = [
            ("grant_type", "password"),
            ("username", login),
            ("password", "portico-demo"),
        ];
        self.token_as(client, &form).await
    }

    /// The `mfa_token` that follows the right password.
    pub(crate) async fn mfa_token(&self, login: &str) -> String {
        self.password(login).await.is(403, "mfa_required").text("mfa_token")
    }

    pub(crate) async fn challenge(&self, mfa_token: &str, channel: &str) -> Answer {
        let form = [
            ("client_id", "portico-demo"),
            ("mfa_token", mfa_token),
            ("challenge_types_supported", MFA_OOB),
            ("channel_hint", channel),
        ];
        self.post("/oauth2/v1/challenge", &form).await
    }

    pub(crate) async fn mfa_oob(&self, mfa_token: &str, oob_code: &str, binding_code: Option<&str>) -> Answer {
        let mut form = vec![
            ("grant_type", MFA_OOB),
            ("mfa_token", mfa_token),
            ("oob_code", oob_code),
        ];
        form.extend(binding_code.map(|code| ("binding_code", code)));
        self.token(&form).await
    }

    /// Starts a push after the password: `mfa_token` and `oob_code`.
    pub(crate) async fn push(&self, login: &str) -> (String, String) {
        let mfa_token = self.mfa_token(login).await;
        let oob_code = self.challenge(&mfa_token, "push").await.ok().text("oob_code");
        (mfa_token, oob_code)
    }

    pub(crate) async fn primary(&self, login: &str, channel: &str) -> Answer {
        let form = [
            ("client_id", "portico-demo"),
            ("login_hint", login),
            ("challenge_hint", OOB),
            ("channel_hint", channel),
        ];
        self.post("/oauth2/v1/primary-authenticate", &form).await
    }

    pub(crate) fn seconds(&self, seconds: u64) {
        self.advance(Duration::from_secs(seconds));
    }
}
