//! Somebody at a browser: the verbs that tests are written in.

use serde_json::{Value, json};
use thirtyfour::prelude::{By, Key, WebElement};

use crate::chromium::Chromium;
use crate::console::{self, NetworkEvent};
use crate::programs::Programs;
use crate::waiting::wait_for;
use crate::world::World;

/// The password of every account of the simulator that has one.
pub(crate) const PASSWORD: &str = okta_sim::PASSWORD;

/// The heading of the page of choices.
pub(crate) const CHOICES: &str = "How do you want to confirm it’s you?";

/// A customer with a browser of their own, in a world of their own.
#[derive(Debug)]
pub(crate) struct Customer {
    // Closed first, so that nothing asks the service any more when the simulator looks back.
    pub(crate) browser: Chromium,
    pub(crate) world: World,
}

/// What stands where on a page that somebody looks at.
#[derive(Debug)]
struct Sight {
    heading: String,
    address: String,
}

impl Customer {
    /// Comes to a fresh world with a fresh browser; `None` where there is no browser.
    pub(crate) async fn arrives() -> Option<Self> {
        Self::arrives_to(&[]).await
    }

    /// The same, with script off in that browser.
    pub(crate) async fn arrives_without_script() -> Option<Self> {
        let customer = Self::arrives().await?;
        customer.switches_script_off().await;
        Some(customer)
    }

    /// Comes to a world with other settings than the usual ones.
    pub(crate) async fn arrives_to(settings: &[(&str, &str)]) -> Option<Self> {
        Self::arrives_where(settings, |_| {}).await
    }

    /// The same where the org is another one too.
    pub(crate) async fn arrives_where(
        settings: &[(&str, &str)],
        org: impl FnOnce(&mut okta_sim::Settings),
    ) -> Option<Self> {
        let programs = Programs::find()?;
        let browser = Chromium::start(&programs).await;
        let world = World::start(settings, org).await;
        Some(Self { browser, world })
    }

    /// Closes the browser. Fails when it complained of anything or asked anybody but us.
    pub(crate) async fn leaves(self) {
        self.leaves_after(&[]).await;
    }

    /// The same where failures of these statuses were meant.
    pub(crate) async fn leaves_after(self, statuses: &[u16]) {
        let events = self.network().await;
        let lines = console::lines(&self.browser.driver).await;
        let complaints: Vec<String> = lines
            .iter()
            .filter(|line| line.is_a_complaint(statuses))
            .map(ToString::to_string)
            .collect();
        assert!(
            complaints.is_empty(),
            "the browser complained:\n{}",
            complaints.join("\n")
        );
        let ours = [&self.world.service, &self.world.portal].map(|origin| format!("{origin}/"));
        for asked in console::requests(&events) {
            let is_ours = ours.iter().any(|origin| asked.url.starts_with(origin));
            assert!(is_ours, "a page asked a third party: {}", asked.url);
        }
        self.browser.driver.clone().quit().await.unwrap();
    }

    /// What went over the network since the last call.
    pub(crate) async fn network(&self) -> Vec<NetworkEvent> {
        console::events(&self.browser.driver).await
    }

    /// Goes to an address.
    pub(crate) async fn goes_to(&self, address: &str) {
        self.browser.driver.goto(address).await.unwrap();
    }

    /// Goes to a page of the service.
    pub(crate) async fn opens(&self, path: &str) {
        self.goes_to(&format!("{}{path}", self.world.service)).await;
    }

    /// Presses the browser's Back.
    pub(crate) async fn goes_back(&self) {
        self.browser.driver.back().await.unwrap();
    }

    /// Presses the browser's Reload.
    pub(crate) async fn reloads(&self) {
        self.browser.driver.refresh().await.unwrap();
    }

    /// Types into the field of that name.
    pub(crate) async fn types(&self, field: &str, text: &str) {
        let input = self
            .finds(&format!("input[name={field}]:not([readonly])"))
            .await;
        input.clear().await.unwrap();
        input.send_keys(text).await.unwrap();
    }

    /// Presses the button or link that says this and nothing else.
    pub(crate) async fn presses(&self, words: &str) {
        let path = format!(
            "//main//button[normalize-space(.)='{words}'] | //main//a[normalize-space(.)='{words}']"
        );
        let driver = &self.browser.driver;
        let found = wait_for(words, async || {
            let element = driver.find(By::XPath(path.clone())).await.ok()?;
            element.is_displayed().await.ok()?.then_some(element)
        });
        match found.await {
            Ok(element) => element.click().await.unwrap(),
            Err(vain) => panic!("{vain}; {}", self.describes().await),
        }
    }

    /// Does something that leads to another page, and waits until the page of before is gone: the next one may look just
    /// like it.
    pub(crate) async fn moves_on(&self, acts: impl Future<Output = ()>) {
        let before = self.finds("html").await;
        acts.await;
        let gone = wait_for("the next page", async || {
            before.tag_name().await.err().map(drop)
        });
        if let Err(vain) = gone.await {
            panic!("{vain}; {}", self.describes().await);
        }
    }

    /// Waits until a page with this heading stands there.
    pub(crate) async fn sees(&self, heading: &str) {
        self.waits_for(heading, |sight| sight.heading == heading)
            .await;
    }

    /// Waits until the portal's page stands there, at the very address that was asked for.
    pub(crate) async fn is_at_the_destination(&self) {
        let destination = self.world.destination();
        self.waits_for("the destination", |sight| sight.address == destination)
            .await;
        self.sees("Orders").await;
    }

    /// The heading of the summary of what went wrong, once there is one.
    pub(crate) async fn reads_problem(&self) -> String {
        self.reads(".summary-title").await
    }

    /// The element, once it is there.
    pub(crate) async fn finds(&self, selector: &str) -> WebElement {
        let driver = &self.browser.driver;
        let found = wait_for(selector, async || {
            driver.find(By::Css(selector.to_owned())).await.ok()
        });
        match found.await {
            Ok(element) => element,
            Err(vain) => panic!("{vain}; {}", self.describes().await),
        }
    }

    /// The visible text of an element. Looked up and read in one go: a page that goes away in between is read anew.
    pub(crate) async fn reads(&self, selector: &str) -> String {
        let driver = &self.browser.driver;
        let read = wait_for(selector, async || {
            let element = driver.find(By::Css(selector.to_owned())).await.ok()?;
            element.text().await.ok()
        });
        match read.await {
            Ok(text) => text,
            Err(vain) => panic!("{vain}; {}", self.describes().await),
        }
    }

    /// Waits until the visible text of an element fits.
    pub(crate) async fn reads_until(&self, selector: &str, fits: impl Fn(&str) -> bool) {
        let driver = &self.browser.driver;
        let read = wait_for(selector, async || {
            let element = driver.find(By::Css(selector.to_owned())).await.ok()?;
            fits(&element.text().await.ok()?).then_some(())
        });
        if let Err(vain) = read.await {
            panic!("{vain}; {}", self.describes().await);
        }
    }

    /// Presses keys, wherever the focus is.
    pub(crate) async fn keys(&self, keys: impl AsRef<str>) {
        let chain = self.browser.driver.action_chain().send_keys(keys.as_ref());
        chain.perform().await.unwrap();
    }

    /// Presses Enter, wherever the focus is. Not as a WebDriver action: chromedriver repeats a whole action when the page
    /// goes away under it, and the second Enter would answer the next page.
    pub(crate) async fn presses_enter(&self) {
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { "\r" } else { "" };
            let key = json!({
                "type": kind, "key": "Enter", "code": "Enter", "text": text, "windowsVirtualKeyCode": 13,
            });
            self.browser.devtools("Input.dispatchKeyEvent", key).await;
        }
    }

    /// Presses Tab until the focus stands on such an element; every stop on the way must show it.
    pub(crate) async fn tabs_to(&self, selector: &str) {
        for _ in 0..25 {
            self.keys(char::from(Key::Tab).to_string()).await;
            let focus = self
                .evaluates(
                    "const at = document.activeElement, style = getComputedStyle(at);
                     return {is: at.matches(arguments[0]), what: at.outerHTML.slice(0, 120),
                             ring: at === document.body || (at.matches(':focus-visible')
                                   && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2)}",
                    &[json!(selector)],
                )
                .await;
            assert_eq!(focus["ring"], true, "no focus ring: {}", focus["what"]);
            if focus["is"] == true {
                return;
            }
        }
        panic!("Tab never came to {selector}; {}", self.describes().await);
    }

    /// Runs a piece of script in the page, past its policy.
    pub(crate) async fn evaluates(&self, script: &str, arguments: &[Value]) -> Value {
        let answer = self
            .browser
            .driver
            .execute(script, arguments.to_vec())
            .await;
        answer.unwrap().json().clone()
    }

    /// Waits until a piece of script says `true`.
    pub(crate) async fn waits_until(&self, what: &str, script: &str) {
        let driver = &self.browser.driver;
        let seen = wait_for(what, async || {
            let answer = driver.execute(script, Vec::new()).await.ok()?;
            (*answer.json() == json!(true)).then_some(())
        });
        if let Err(vain) = seen.await {
            panic!("{vain}; {}", self.describes().await);
        }
    }

    async fn waits_for(&self, what: &str, fits: impl Fn(&Sight) -> bool) {
        let seen = wait_for(what, async || self.looks().await.filter(&fits).map(drop));
        if let Err(vain) = seen.await {
            panic!("{vain}; {}", self.describes().await);
        }
    }

    async fn looks(&self) -> Option<Sight> {
        let driver = &self.browser.driver;
        Some(Sight {
            heading: driver.find(By::Tag("h1")).await.ok()?.text().await.ok()?,
            address: driver.current_url().await.ok()?.into(),
        })
    }

    /// The page as it is, for a failure's message.
    async fn describes(&self) -> String {
        let driver = &self.browser.driver;
        let address = driver.current_url().await.map(String::from);
        let text = match driver.find(By::Tag("body")).await {
            Ok(body) => body.text().await,
            Err(error) => Err(error),
        };
        format!(
            "the page at {} says:\n{}",
            address.unwrap_or_else(|error| error.to_string()),
            text.unwrap_or_else(|error| error.to_string())
        )
    }
}
