//! What a customer sees on a page. As in [`hands`](crate::hands), elements are looked up and read in one step.

use serde_json::{Value, json};

use crate::customer::Customer;
use crate::waiting::wait_for;

/// The page that is shown.
#[derive(Debug)]
struct Sight {
    heading: String,
    address: String,
}

impl Customer {
    /// Waits until a page with this heading is shown.
    pub(crate) async fn sees(&self, heading: &str) {
        self.waits_for(heading, |sight| sight.heading == heading).await;
    }

    /// Waits until the portal's page is shown, at the very address that was asked for.
    pub(crate) async fn waits_for_destination(&self) {
        let destination = self.world.destination();
        self.waits_for("the destination", |sight| sight.address == destination)
            .await;
        self.sees("Orders").await;
    }

    /// The heading of the error summary, once there is one.
    pub(crate) async fn reads_problem(&self) -> String {
        self.reads(".summary-title").await
    }

    /// The visible text of an element, once it is there.
    pub(crate) async fn reads(&self, selector: &str) -> String {
        let driver = &self.browser.driver;
        self.waits(selector, async || {
            let element = driver.find_css(selector).await.ok()?;
            element.text().await.ok()
        })
        .await
    }

    /// Waits until the visible text of an element fits.
    pub(crate) async fn reads_until(&self, selector: &str, fits: impl Fn(&str) -> bool) {
        let driver = &self.browser.driver;
        self.waits(selector, async || {
            let element = driver.find_css(selector).await.ok()?;
            fits(&element.text().await.ok()?).then_some(())
        })
        .await;
    }

    /// A property of an element as script has it, once the element is there.
    pub(crate) async fn reads_property(&self, selector: &str, name: &str) -> Value {
        let script = "const found = document.querySelector(arguments[0]);
                      return found && [found[arguments[1]]]";
        let driver = &self.browser.driver;
        self.waits(selector, async || {
            let arguments = [json!(selector), json!(name)];
            let answer = driver.execute(script, &arguments).await.ok()?;
            answer.get(0).cloned()
        })
        .await
    }

    /// Whether an element is visible, once it is there.
    pub(crate) async fn can_see(&self, selector: &str) -> bool {
        let driver = &self.browser.driver;
        self.waits(selector, async || {
            let element = driver.find_css(selector).await.ok()?;
            element.is_displayed().await.ok()
        })
        .await
    }

    /// Runs a piece of script in the page, past its policy.
    pub(crate) async fn evaluates(&self, script: &str, arguments: &[Value]) -> Value {
        self.browser.driver.execute(script, arguments).await.unwrap()
    }

    /// The same for a script that calls its last argument when it is done.
    pub(crate) async fn evaluates_async(&self, script: &str, arguments: &[Value]) -> Value {
        self.browser.driver.execute_async(script, arguments).await.unwrap()
    }

    /// Waits until a script gives `true`.
    pub(crate) async fn waits_until(&self, what: &str, script: &str) {
        let driver = &self.browser.driver;
        self.waits(what, async || {
            let answer = driver.execute(script, &[]).await.ok()?;
            (answer == json!(true)).then_some(())
        })
        .await;
    }

    /// Waits for a condition; a failure prints the page that was shown instead.
    pub(crate) async fn waits<T>(&self, what: &str, probe: impl AsyncFnMut() -> Option<T>) -> T {
        match wait_for(what, probe).await {
            Ok(answer) => answer,
            Err(vain) => panic!("{vain}; {}", self.describes().await),
        }
    }

    async fn waits_for(&self, what: &str, fits: impl Fn(&Sight) -> bool) {
        self.waits(what, async || self.looks().await.filter(&fits).map(drop))
            .await;
    }

    async fn looks(&self) -> Option<Sight> {
        let driver = &self.browser.driver;
        Some(Sight {
            heading: driver.find_css("h1").await.ok()?.text().await.ok()?,
            address: driver.current_url().await.ok()?,
        })
    }

    /// The page as it is, for a failure's message.
    pub(crate) async fn describes(&self) -> String {
        let driver = &self.browser.driver;
        let address = driver.current_url().await;
        let text = match driver.find_css("body").await {
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
