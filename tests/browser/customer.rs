//! A customer at a browser: the actions of which tests are composed.

use crate::chromium::Chromium;
use crate::console::{self, NetworkEvent};
use crate::programs::Programs;
use crate::recipe::Kind;
use crate::world::World;

/// The password of every account of the simulator that has one.
pub(crate) const PASSWORD: &str = okta_sim::PASSWORD;

/// The heading of the page with the choice of factors.
pub(crate) const CHOICES: &str = "How do you want to confirm it’s you?";

/// A customer with a browser like new, in a world of their own.
#[derive(Debug)]
pub(crate) struct Customer {
    // A failed test closes it first, so that nothing asks the service any more when the simulator checks its requests.
    pub(crate) browser: Chromium,
    pub(crate) world: World,
}

impl Customer {
    /// Starts a fresh environment and a clean browser; `None` if no browser is installed.
    pub(crate) async fn arrives() -> Option<Self> {
        Self::arrives_to(&[]).await
    }

    /// The same, with script off in that browser.
    pub(crate) async fn arrives_without_script() -> Option<Self> {
        let customer = Self::arrives().await?;
        customer.switches_script_off().await;
        Some(customer)
    }

    /// Arrives in a world with other settings of the service.
    pub(crate) async fn arrives_to(settings: &[(&str, &str)]) -> Option<Self> {
        Self::arrives_where(settings, |_| {}).await
    }

    /// The same with another org too.
    pub(crate) async fn arrives_where(
        settings: &[(&str, &str)],
        org: impl FnOnce(&mut okta_sim::Settings),
    ) -> Option<Self> {
        let programs = Programs::find()?;
        let browser = Chromium::start(&programs).await;
        let world = World::start(settings, org).await;
        Some(Self { browser, world })
    }

    /// Comes to a portal behind a real proxy, or behind the service alone.
    pub(crate) async fn arrives_behind(proxy: Option<Kind>) -> Option<Self> {
        let programs = Programs::find()?;
        let browser = Chromium::start(&programs).await;
        let world = match proxy {
            Some(proxy) => World::behind(proxy).await,
            None => World::without_a_proxy().await,
        };
        Some(Self { browser, world })
    }

    /// Closes the browser. Fails if its console has errors or it sent a request to a host that is not ours.
    pub(crate) async fn leaves(self) {
        self.leaves_after(&[]).await;
    }

    /// The same where failures of these statuses were intended.
    pub(crate) async fn leaves_after(self, statuses: &[u16]) {
        self.closes(statuses, &[]).await;
    }

    /// The same with the phone in another window, which asks the simulated org.
    pub(crate) async fn leaves_with_the_phone(self) {
        self.closes(&[], &["phone/"]).await;
    }

    /// The same after a visit to Okta's hosted page.
    pub(crate) async fn leaves_from_okta(self, statuses: &[u16]) {
        let pages = [
            "oauth2/v1/authorize?",
            "oauth2/v1/logout?",
            "signin",
            "phone/assets/phone.css",
        ];
        self.closes(statuses, &pages).await;
    }

    async fn closes(self, statuses: &[u16], of_the_org: &[&str]) {
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
        let org = self.world.okta.url();
        let of_the_org: Vec<String> = of_the_org.iter().map(|page| format!("{org}{page}")).collect();
        for asked in console::requests(&events) {
            let is_ours = ours.iter().any(|origin| asked.url.starts_with(origin))
                || of_the_org.iter().any(|page| asked.url.starts_with(page));
            assert!(is_ours, "a page asked a third party: {}", asked.url);
        }
        // First, so that nothing asks the service any more when the simulator checks its requests.
        self.browser.serves_another_test().await;
    }

    /// The network's events since the last call.
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

    /// Presses the browser's Back button.
    pub(crate) async fn goes_back(&self) {
        self.browser.driver.back().await.unwrap();
    }

    /// Presses the browser's Reload button.
    pub(crate) async fn reloads(&self) {
        self.browser.driver.refresh().await.unwrap();
    }

    /// Does something that leads to another page, and waits until the former page is gone: the next one may look just
    /// like it.
    pub(crate) async fn moves_on(&self, acts: impl Future<Output = ()>) {
        let driver = &self.browser.driver;
        let before = self.waits("a page", async || driver.find_css("html").await.ok()).await;
        acts.await;
        self.waits("the next page", async || before.tag_name().await.err().map(drop))
            .await;
    }
}
