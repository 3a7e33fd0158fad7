//! The least that polling can cost: the bytes that the service sends, at its pace, and the answer read as JSON.

use std::io::stdin;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use okta_sim::PASSWORD;
use reqwest::Client;
use reqwest::header::{ACCEPT, USER_AGENT};
use serde_json::Value;
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep_until};

use super::pass_through::OKTA;
use super::{ACCOUNTS, INTERVAL, number, say};
use crate::visitor::{BROWSER, address, login};

/// People who sign in at the same time.
const AT_ONCE: usize = 16;

const MFA_OOB: &str = "http://auth0.com/oauth/grant-type/mfa-oob";
const CLIENT: (&str, &str) = ("client_id", "portico-demo");
const SCOPE: (&str, &str) = ("scope", "openid profile email offline_access");

/// Says that it polls for all accounts, and goes on until its standard input ends. On one thread: with more of them, each
/// poll would cost more.
#[test]
#[ignore = "a part of the load run, in a process of its own"]
fn client() {
    let (Some(okta), Some(accounts), Some(interval)) = (number(OKTA), number(ACCOUNTS), number(INTERVAL)) else {
        return;
    };
    std::thread::spawn(|| {
        stdin().lines().for_each(drop);
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let okta = Okta {
        client: Client::builder().no_proxy().build().unwrap(),
        token: format!("http://localhost:{okta}/oauth2/v1/token"),
        challenge: format!("http://localhost:{okta}/oauth2/v1/challenge"),
    };
    LocalSet::new().block_on(&runtime, async move {
        let mut began = stream::iter(0..accounts)
            .map(|account| Push::begin(&okta, account))
            .buffered(AT_ONCE);
        say("0");
        while let Some(push) = began.next().await {
            drop(tokio::task::spawn_local(
                push.polls(okta.clone(), Duration::from_secs(interval)),
            ));
        }
        say("all");
        std::future::pending::<()>().await;
    });
}

#[derive(Clone)]
struct Okta {
    client: Client,
    token: String,
    challenge: String,
}

impl Okta {
    /// What the service sends in the name of this visitor.
    async fn asks(&self, address: &str, url: &str, form: &[(&str, &str)]) -> reqwest::Result<Value> {
        let [(_, browser), (_, language), _] = BROWSER;
        let request = self
            .client
            .post(url)
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, format!("portico/{} {browser}", env!("CARGO_PKG_VERSION")))
            .header("x-forwarded-for", address)
            .header("accept-language", language)
            .form(form);
        request.send().await?.json().await
    }
}

/// A push that nobody answers.
struct Push {
    address: String,
    mfa_token: String,
    oob_code: String,
}

impl Push {
    async fn begin(okta: &Okta, account: u64) -> Self {
        let address = address(account);
        let name = login(account);
        let password = [
            ("grant_type", "password"),
            SCOPE,
            ("username", &name),
            ("password", PASSWORD),
            CLIENT,
        ];
        let more = okta.asks(&address, &okta.token, &password).await.unwrap();
        let mfa_token = more["mfa_token"].as_str().expect("another factor").to_owned();
        let challenge = [
            ("challenge_types_supported", MFA_OOB),
            ("mfa_token", &mfa_token),
            ("channel_hint", "push"),
            CLIENT,
        ];
        let sent = okta.asks(&address, &okta.challenge, &challenge).await.unwrap();
        Self {
            address,
            oob_code: sent["oob_code"].as_str().expect("a push").to_owned(),
            mfa_token,
        }
    }

    async fn polls(self, okta: Okta, interval: Duration) {
        let form = [
            ("grant_type", MFA_OOB),
            SCOPE,
            ("oob_code", &self.oob_code),
            ("mfa_token", &self.mfa_token),
            CLIENT,
        ];
        loop {
            sleep_until(Instant::now() + interval).await;
            // OK to go on without an answer: the org may close an idle connection at that moment.
            if let Ok(answer) = okta.asks(&self.address, &okta.token, &form).await {
                assert_eq!(answer["error"], "authorization_pending");
            }
        }
    }
}
