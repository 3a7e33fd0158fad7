//! Sign-in through a browser: `/authorize`, the hosted page, the exchange of codes, `/logout`.

mod exchange;
mod logout;
mod request;
mod settings;
mod sign_in;
mod sso;
mod steps;

use std::collections::HashMap;

use okta_sim::{CUSTOM_SERVER, ClientPatch, Settings};
use reqwest::RequestBuilder;
use url::{Url, form_urlencoded};

use crate::org::{Answer, Org, settings};

pub(crate) const CALLBACK: &str = "https://app.example.com/callback";
pub(crate) const GOODBYE: &str = "https://app.example.com/goodbye";
/// RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) const CLIENTS: [&str; 12] = [
    "portico-demo",
    "portico-password",
    "portico-mfa",
    "portico-optional",
    "portico-strict",
    "portico-dpop",
    "portico-basic",
    "portico-post",
    "portico-secret-jwt",
    "portico-key-rs",
    "portico-key-es",
    "portico-dpop-key-es",
];

pub(crate) fn reachable() -> ClientPatch {
    ClientPatch {
        redirect_uris: Some(vec![CALLBACK.to_owned(), format!("{CALLBACK}?from=okta")]),
        post_logout_redirect_uris: Some(vec![GOODBYE.to_owned()]),
        ..ClientPatch::default()
    }
}

/// An org that may send browsers back to all of its clients.
pub(crate) async fn org() -> Org {
    let clients = CLIENTS.map(|id| (id.to_owned(), reachable()));
    Org::with(Settings {
        clients: HashMap::from(clients),
        ..settings()
    })
    .await
}

/// Keeps its cookie, and follows redirects that lead to the sign-in page.
pub(crate) struct Browser<'a> {
    org: &'a Org,
    pub(crate) sid: String,
    token: String,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(org: &'a Org) -> Self {
        Self {
            org,
            sid: String::new(),
            token: String::new(),
        }
    }

    pub(crate) async fn send(&mut self, request: RequestBuilder) -> Answer {
        let answer = self
            .org
            .send(request.header("cookie", format!("other=1; sid={}", self.sid)))
            .await;
        if let Some(cookie) = answer.header("set-cookie").strip_prefix("sid=") {
            assert!(cookie.contains("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
            self.sid = cookie.split(';').next().unwrap().to_owned();
        }
        answer
    }

    pub(crate) async fn get(&mut self, path: &str, query: &[(&str, &str)]) -> Answer {
        let request = self.org.http.get(self.org.at(path)).query(query);
        let answer = self.send(request).await;
        self.on_the_page(answer).await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = self.org.http.post(self.org.at(path)).form(form);
        let answer = self.send(request).await;
        self.on_the_page(answer).await
    }

    async fn on_the_page(&mut self, answer: Answer) -> Answer {
        let Some(query) = answer.header("location").strip_prefix("/signin?").map(str::to_owned) else {
            return answer;
        };
        let request = self.org.http.get(self.org.at(&format!("/signin?{query}")));
        let page = self.send(request).await;
        self.token = fields(&query)["state_token"].clone();
        assert!(page.body.contains(&self.token), "{}", page.body);
        page
    }

    /// `/authorize` as `portico-demo`; see [`asked`].
    pub(crate) async fn authorize(&mut self, changes: &[(&str, &str)]) -> Answer {
        self.get("/oauth2/v1/authorize", &asked(changes)).await
    }

    /// Presses a button of the sign-in page.
    pub(crate) async fn press(&mut self, action: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token.clone();
        let shared = [("state_token", token.as_str()), ("action", action)];
        self.post("/signin", &[&shared, fields].concat()).await
    }

    pub(crate) async fn password(&mut self, name: &str) -> Answer {
        let login = format!("{name}@example.com");
        let fields = [("username", login.as_str()), ("password", "portico-demo")];
        self.press("sign-in", &fields).await
    }

    /// Signs in from the start with a password that is enough, and returns the code.
    pub(crate) async fn code(&mut self, changes: &[(&str, &str)]) -> String {
        self.authorize(changes).await.ok();
        code(&self.password("password").await)
    }
}

/// The parameters of a good request with these changes; an empty value leaves one out.
pub(crate) fn asked<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let good = [
        ("client_id", "portico-demo"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid profile"),
        ("state", "st at&e"),
        ("nonce", "n-1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let kept = good
        .into_iter()
        .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let mut all: Vec<_> = kept.chain(changes.iter().copied()).collect();
    all.retain(|(_, value)| !value.is_empty());
    all
}

fn fields(query: &str) -> HashMap<String, String> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// The parameters with which the browser was sent back to the application.
#[track_caller]
pub(crate) fn returned(answer: &Answer) -> HashMap<String, String> {
    let to = answer.header("location");
    assert!(
        answer.status == 302 && to.starts_with(CALLBACK),
        "{} {to}\n{}",
        answer.status,
        answer.body
    );
    fields(Url::parse(&to).unwrap().query().unwrap())
}

#[track_caller]
pub(crate) fn code(answer: &Answer) -> String {
    let returned = returned(answer);
    assert_eq!(returned["state"], "st at&e");
    returned.get("code").unwrap_or_else(|| panic!("{returned:?}")).clone()
}

/// The error that the application received.
#[track_caller]
pub(crate) fn refused(answer: &Answer) -> String {
    let returned = returned(answer);
    assert!(!returned.contains_key("code"));
    assert!(!returned["error_description"].is_empty());
    returned["error"].clone()
}

/// Where the custom server's endpoints are.
pub(crate) fn custom() -> String {
    format!("/oauth2/{CUSTOM_SERVER}/v1")
}

/// The tokens of a sign-in at the custom server.
pub(crate) async fn custom_tokens(org: &Org, browser: &mut Browser<'_>) -> Answer {
    let server = custom();
    browser.get(&format!("{server}/authorize"), &asked(&[])).await.ok();
    let code = code(&browser.password("password").await);
    exchange_at(org, &server, "portico-demo", &code).await.ok()
}

pub(crate) async fn exchange_at(org: &Org, server: &str, client: &str, code: &str) -> Answer {
    let form = [
        ("client_id", client),
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    org.post(&format!("{server}/token"), &form).await
}

pub(crate) async fn exchange_as(org: &Org, client: &str, code: &str) -> Answer {
    exchange_at(org, "/oauth2/v1", client, code).await
}

pub(crate) async fn exchange(org: &Org, code: &str) -> Answer {
    exchange_as(org, "portico-demo", code).await
}
