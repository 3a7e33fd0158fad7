//! Okta's hosted page, in a browser. It is on the same host as the service, so all cookies are in one jar.

use okta_sim::ClientPatch;
use reqwest::Method;

use super::browser::Browser;
use super::builder::Builder;
use super::page::Page;
use super::{PASSWORD, TestApp, full};

/// The text of the link to it.
pub(crate) const HOSTED: &str = "Use Okta’s sign-in page";

impl Builder {
    /// A service that offers Okta's hosted page, and is registered there.
    pub(crate) async fn hosted(self) -> TestApp {
        let app = self.set("sign_in.okta_hosted", "true").spawn().await;
        app.registers_at_okta("portico-demo");
        app
    }
}

impl TestApp {
    /// A service with the settings of the demo that offers Okta's hosted page.
    pub(crate) async fn hosted() -> Self {
        Self::builder().hosted().await
    }

    /// Registers the addresses of this service at Okta.
    pub(crate) fn registers_at_okta(&self, client: &str) {
        let base = self.base();
        let patch = ClientPatch {
            redirect_uris: Some(vec![format!("{base}/sign-in/okta/callback")]),
            post_logout_redirect_uris: Some(vec![format!("{base}/signed-out")]),
            ..ClientPatch::default()
        };
        self.okta().set_client(client, patch).unwrap();
    }
}

/// One of Okta's pages.
#[derive(Debug)]
pub(crate) struct OktaPage {
    browser: Browser,
    org: String,
    token: String,
}

impl Browser {
    /// Follows the link on this page that leads to Okta.
    pub(crate) async fn leaves_for_okta(&self, page: &Page) -> OktaPage {
        let button = page.link(HOSTED).expect("a button that leads to Okta");
        let leaves = self.gets(&button).await;
        self.arrives_at_okta(&leaves).await
    }

    /// Follows this redirect, which leads to Okta.
    pub(crate) async fn arrives_at_okta(&self, leaves: &Page) -> OktaPage {
        let asked = self.gets(leaves.leads_to("http://localhost:").location()).await;
        let (_, token) = asked
            .location()
            .split_once("/signin?state_token=")
            .unwrap_or_else(|| panic!("Okta asks for nothing: {}", asked.location()));
        let to = url::Url::parse(leaves.location()).unwrap();
        OktaPage {
            browser: self.clone(),
            org: to.origin().ascii_serialization(),
            token: token.to_owned(),
        }
    }
}

impl OktaPage {
    /// Presses a button there.
    pub(crate) async fn presses(&self, action: &str, fields: &[(&str, &str)]) -> Page {
        let shared = [("state_token", self.token.as_str()), ("action", action)];
        let address = format!("{}/signin", self.org);
        let request = self.browser.request(Method::POST, &address);
        self.browser.sends(request.form(&[&shared, fields].concat())).await
    }

    /// The page as it is now.
    pub(crate) async fn shows(&self) -> Page {
        let address = format!("{}/signin?state_token={}", self.org, self.token);
        self.browser.gets(&address).await
    }

    /// Sends name and password.
    pub(crate) async fn takes_password(&self, login: &str) -> Page {
        let login = full(login);
        let fields = [("username", login.as_str()), ("password", PASSWORD)];
        self.presses("sign-in", &fields).await
    }

    /// Sends name and password, which must be enough. Gives the address that Okta sends the browser back to.
    pub(crate) async fn signs_in(&self, login: &str) -> String {
        back(&self.takes_password(login).await)
    }
}

/// The address that Okta sends the browser back to.
#[track_caller]
pub(crate) fn back(answer: &Page) -> String {
    assert!(
        answer.status == 302 && answer.location().contains("/sign-in/okta/callback?"),
        "{} {}\n{}",
        answer.status,
        answer.location(),
        answer.text()
    );
    answer.location().to_owned()
}
