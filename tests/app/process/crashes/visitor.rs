//! A visitor who presses one button after the other, and writes down what the service said.

use std::collections::BTreeSet;

use okta_sim::{AccountPatch, Factor, Simulator};
use proptest::prelude::RngExt as _;
use proptest::test_runner::TestRng;
use reqwest::{Method, RequestBuilder};

use super::ledger::Ledger;
use crate::support::{Browser, PASSWORD, Page, client};

/// The service was gone before it answered.
pub(crate) struct CutOff;

/// One visitor, who goes on until the service is gone.
pub(crate) struct Visitor<'a> {
    okta: &'a Simulator,
    base: &'a str,
    client: reqwest::Client,
    ledger: &'a Ledger,
    name: (u8, u8),
    /// The statuses with which a proxy says that no replica is there; from the service itself they are a fault.
    gone: &'static [u16],
    /// Each sign-in is by another person, so that Okta can tell the tokens apart.
    people: u32,
}

impl<'a> Visitor<'a> {
    pub(crate) fn new(
        okta: &'a Simulator,
        base: &'a str,
        ledger: &'a Ledger,
        name: (u8, u8),
        gone: &'static [u16],
    ) -> Self {
        Self {
            okta,
            base,
            client: client(),
            ledger,
            name,
            gone,
            people: 0,
        }
    }

    pub(crate) async fn lives(mut self, mut dice: TestRng) {
        let mut signed_in: Vec<(String, Browser)> = Vec::new();
        loop {
            let done = match dice.random_range(0..10) {
                0..4 => self.signs_in().await.map(|new| signed_in.push(new)),
                4..6 => match signed_in.last() {
                    Some((login, browser)) => self.looks(login, browser).await,
                    None => Ok(()),
                },
                6..9 if !signed_in.is_empty() => {
                    let (login, browser) = signed_in.swap_remove(dice.random_range(0..signed_in.len()));
                    self.signs_out(&login, &browser).await
                }
                _ => self.asks_for_a_push().await,
            };
            if done.is_err() {
                return;
            }
        }
    }

    /// A new person in a new browser.
    fn arrives(&mut self, second: Option<Factor>) -> (String, Browser) {
        self.people += 1;
        let (round, number) = self.name;
        let login = format!("person-{round}-{number}-{}@example.com", self.people);
        self.okta.set_account(
            &login,
            AccountPatch {
                factors: Some(BTreeSet::from_iter(second)),
                ..AccountPatch::default()
            },
        );
        (login, Browser::new(self.client.clone(), self.base))
    }

    async fn signs_in(&mut self) -> Result<(String, Browser), CutOff> {
        let (login, browser) = self.arrives(None);
        self.submits(&browser, &login).await?;
        assert!(browser.is_signed_in(), "{login} got no session");
        self.ledger.signed_in(&login, &browser);
        Ok((login, browser))
    }

    async fn submits(&self, browser: &Browser, login: &str) -> Result<Page, CutOff> {
        let form = self.gets(browser, "/sign-in").await?;
        let fields = [("username", login), ("password", PASSWORD)];
        let press = browser.press(form.expect(200), "/sign-in", &fields);
        let answer = self.sends(browser, press).await?;
        answer.expect(303);
        Ok(answer)
    }

    async fn looks(&self, login: &str, browser: &Browser) -> Result<(), CutOff> {
        let page = self.gets(browser, "/session").await?;
        assert!(page.expect(200).body.contains("\"active\":true"), "{login}");
        // A use of the session, for which Okta may be asked first.
        self.gets(browser, "/account").await?.expect(200);
        Ok(())
    }

    async fn signs_out(&self, login: &str, browser: &Browser) -> Result<(), CutOff> {
        let asks = self.gets(browser, "/sign-out").await?;
        self.ledger.signs_out(login);
        let press = browser.press(asks.expect(200), "/sign-out", &[]);
        self.sends(browser, press).await?.expect(303);
        self.ledger.signed_out(login);
        Ok(())
    }

    async fn asks_for_a_push(&mut self) -> Result<(), CutOff> {
        let (login, browser) = self.arrives(Some(Factor::Push));
        let to = self.submits(&browser, &login).await?;
        let ways = self.gets(&browser, to.location()).await?;
        let press = browser.press(ways.expect(200), "/sign-in/factor", &[("factor", "push")]);
        let to = self.sends(&browser, press).await?;
        let page = self.gets(&browser, to.expect(303).location()).await?;
        self.ledger.waits(&browser, page.expect(200));
        Ok(())
    }

    async fn gets(&self, browser: &Browser, address: &str) -> Result<Page, CutOff> {
        self.sends(browser, browser.request(Method::GET, address)).await
    }

    async fn sends(&self, browser: &Browser, request: RequestBuilder) -> Result<Page, CutOff> {
        self.ledger.sends();
        match browser.tries(request).await {
            Ok(page) if !self.gone.contains(&page.status) => Ok(page),
            _ => {
                self.ledger.cut_off(browser);
                Err(CutOff)
            }
        }
    }
}
