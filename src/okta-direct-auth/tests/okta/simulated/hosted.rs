//! Through Okta's hosted page, with a browser that does what the page says.

use std::time::Duration;

use okta_direct_auth::{
    Authorization, AuthorizationAnswer, AuthorizationRequest, Client, Config, DpopMode, Error, ErrorKind, Prompt,
    SavedHosted, TokenSet,
};
use okta_sim::{ClientPatch, PASSWORD, Settings, Simulator, test_keys};
use reqwest::{RequestBuilder, header::LOCATION, redirect::Policy};

use super::{Org, device, full, signed_in};

const CALLBACK: &str = "https://signin.example.test/callback";
const SIGNED_OUT: &str = "https://signin.example.test/signed-out";

async fn org(client_id: &str, change: impl FnOnce(&mut Config)) -> Org {
    let patch = ClientPatch {
        redirect_uris: Some(vec![CALLBACK.to_owned()]),
        post_logout_redirect_uris: Some(vec![SIGNED_OUT.to_owned()]),
        ..ClientPatch::default()
    };
    let settings = Settings {
        clients: [(client_id.to_owned(), patch)].into(),
        ..Settings::default()
    };
    Org::with(client_id, settings, change).await
}

fn request() -> AuthorizationRequest {
    AuthorizationRequest {
        redirect_uri: CALLBACK.to_owned(),
        ..AuthorizationRequest::default()
    }
}

/// Keeps the only cookie of the org's page and follows no redirect by itself.
struct Browser {
    http: reqwest::Client,
    org: String,
    cookie: String,
}

impl Browser {
    fn new(sim: &Simulator) -> Self {
        Self {
            http: reqwest::Client::builder().redirect(Policy::none()).build().unwrap(),
            org: sim.url().as_str().trim_end_matches('/').to_owned(),
            cookie: String::new(),
        }
    }

    /// Where the org sends the browser; empty when it stays.
    async fn send(&mut self, request: RequestBuilder) -> String {
        let answer = request.header("cookie", &self.cookie).send().await.unwrap();
        if let Some(cookie) = answer.headers().get("set-cookie") {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            cookie.clone_into(&mut self.cookie);
        }
        let to = answer.headers().get(LOCATION);
        to.map_or_else(String::new, |to| to.to_str().unwrap().to_owned())
    }

    async fn open(&mut self, url: &str) -> String {
        self.send(self.http.get(url)).await
    }

    /// Opens the org's page and signs in there with the password, unless the org asks for nothing.
    async fn pass(&mut self, authorization: &Authorization, login: &str) -> AuthorizationAnswer {
        let mut to = self.open(authorization.url.expose_secret()).await;
        if let Some((_, token)) = to.split_once("state_token=") {
            let form = [
                ("state_token", token),
                ("action", "sign-in"),
                ("username", &full(login)),
                ("password", PASSWORD),
            ];
            let page = format!("{}/signin", self.org);
            to = self.send(self.http.post(page).form(&form)).await;
        }
        let (at, query) = to.split_once('?').unwrap();
        assert_eq!(at, CALLBACK);
        AuthorizationAnswer::parse(query)
    }
}

async fn through(client: &Client, browser: &mut Browser, request: &AuthorizationRequest) -> Result<TokenSet, Error> {
    let authorization = client.authorize(request).await?;
    let answer = browser.pass(&authorization, "password").await;
    authorization.pending.finish(client, &answer, &device()).await
}

#[tokio::test]
async fn the_page_leads_to_the_same_tokens_as_a_password() {
    let org = org("portico-demo", |config| {
        config.scopes.push("offline_access".to_owned());
    })
    .await;
    let mut browser = Browser::new(&org.sim);
    let tokens = through(&org.client, &mut browser, &request()).await.unwrap();
    let direct = signed_in(org.password("password").await);
    assert_eq!(tokens.claims.sub, direct.claims.sub);
    assert_eq!(tokens.scope, direct.scope);
    let renewed = org
        .client
        .refresh(&tokens.refresh_token.unwrap(), &tokens.claims.sub, &device())
        .await;
    assert_eq!(renewed.unwrap().claims.sub, direct.claims.sub);
}

#[tokio::test]
async fn every_kind_of_client_may_trade_a_code() {
    use okta_direct_auth::ClientAuth;
    let secret = || test_keys::CLIENT_SECRET.into();
    let key = |pem: &str| ClientAuth::PrivateKeyJwt {
        pem: pem.into(),
        key_id: None,
    };
    let clients = [
        ("portico-basic", ClientAuth::SecretBasic(secret()), DpopMode::Off),
        ("portico-post", ClientAuth::SecretPost(secret()), DpopMode::Off),
        ("portico-secret-jwt", ClientAuth::SecretJwt(secret()), DpopMode::Off),
        ("portico-key-rs", key(test_keys::RSA_PRIVATE_KEY_PEM), DpopMode::Off),
        ("portico-dpop", ClientAuth::None, DpopMode::On),
        ("portico-dpop-key-es", key(test_keys::EC_PRIVATE_KEY_PEM), DpopMode::On),
    ];
    for (id, auth, dpop) in clients {
        let org = org(id, |config| {
            (config.client_auth, config.dpop) = (auth, dpop);
        })
        .await;
        let mut browser = Browser::new(&org.sim);
        let tokens = through(&org.client, &mut browser, &request()).await.unwrap();
        assert_eq!(tokens.dpop_key.is_some(), dpop == DpopMode::On, "{id}");
    }
}

#[tokio::test]
async fn what_is_asked_for_is_checked_on_return() {
    let org = org("portico-demo", |_| ()).await;
    let mut browser = Browser::new(&org.sim);
    let asked = AuthorizationRequest {
        login_hint: Some(full("password")),
        acr_values: vec!["urn:okta:loa:1fa:any".to_owned()],
        max_age: Some(Duration::from_mins(5)),
        prompt: Some(Prompt::Login),
        ..request()
    };
    let first = through(&org.client, &mut browser, &asked).await.unwrap();
    assert_eq!(first.claims.acr.as_deref(), Some("urn:okta:loa:1fa:any"));

    org.sim.advance(Duration::from_mins(4));
    let unforced = AuthorizationRequest {
        prompt: None,
        ..asked.clone()
    };
    let again = through(&org.client, &mut browser, &unforced).await.unwrap();
    assert_eq!(
        again.claims.auth_time, first.claims.auth_time,
        "the org's session is enough"
    );
    let forced = through(&org.client, &mut browser, &asked).await.unwrap();
    assert!(forced.claims.auth_time > first.claims.auth_time);

    let silent = AuthorizationRequest {
        prompt: Some(Prompt::None),
        ..request()
    };
    let nobody = through(&org.client, &mut Browser::new(&org.sim), &silent).await;
    assert_eq!(nobody.unwrap_err().cause(), "login_required");
}

#[tokio::test]
async fn a_restart_while_the_browser_is_away_loses_nothing_and_a_code_is_good_once() {
    let org = org("portico-dpop", |config| config.dpop = DpopMode::On).await;
    let mut browser = Browser::new(&org.sim);
    let authorization = org.client.authorize(&request()).await.unwrap();
    let saved = serde_json::to_string(&authorization.pending.save()).unwrap();
    let answer = browser.pass(&authorization, "password").await;
    let org = org.restarted();
    let saved: SavedHosted = serde_json::from_str(&saved).unwrap();
    let pending = saved.clone().restore();
    let tokens = pending.finish(&org.client, &answer, &device()).await.unwrap();
    assert!(tokens.dpop_key.is_some());

    let again = saved.restore().finish(&org.client, &answer, &device()).await;
    let error = again.unwrap_err();
    assert_eq!(
        (error.kind(), error.cause()),
        (ErrorKind::FlowExpired, "authorization_code_refused")
    );
}

#[tokio::test]
async fn a_code_of_another_browser_is_worth_nothing() {
    let org = org("portico-demo", |_| ()).await;
    let theirs = org.client.authorize(&request()).await.unwrap();
    let stolen = Browser::new(&org.sim).pass(&theirs, "password").await;
    let ours = org.client.authorize(&request()).await.unwrap();
    assert!(!ours.pending.is_answered_by(&stolen));
    let error = ours.pending.finish(&org.client, &stolen, &device()).await.unwrap_err();
    assert_eq!(error.cause(), "state_differs");
    let trades = org
        .sim
        .requests()
        .iter()
        .filter(|asked| asked.path.ends_with("/token"))
        .count();
    assert_eq!(trades, 0);
}

#[tokio::test]
async fn the_browsers_session_at_okta_ends() {
    let org = org("portico-demo", |_| ()).await;
    let mut browser = Browser::new(&org.sim);
    let tokens = through(&org.client, &mut browser, &request()).await.unwrap();
    let url = org
        .client
        .end_session(&tokens.id_token, SIGNED_OUT, "st at&e")
        .await
        .unwrap();
    assert_eq!(format!("{url:?}"), "BrowserUrl(..)");
    let to = browser.open(url.expose_secret()).await;
    assert_eq!(to, format!("{SIGNED_OUT}?state=st+at%26e"));

    let silent = AuthorizationRequest {
        prompt: Some(Prompt::None),
        ..request()
    };
    let gone = through(&org.client, &mut browser, &silent).await.unwrap_err();
    assert_eq!(gone.cause(), "login_required");
}

#[tokio::test]
async fn an_id_token_that_no_address_has_room_for_ends_nothing_and_says_so() {
    let org = org("portico-demo", |_| ()).await;
    let groups: Vec<_> = (0..95).map(|number| format!("{number:0>100}")).collect();
    org.sim.set_switch(|on| {
        on.odd_claims.insert("groups".to_owned(), groups.into());
    });
    let mut browser = Browser::new(&org.sim);
    let tokens = through(&org.client, &mut browser, &request()).await.unwrap();
    let ended = org.client.end_session(&tokens.id_token, SIGNED_OUT, "state");
    assert_eq!(ended.await.unwrap_err().cause(), "id_token_hint_too_long");
}
