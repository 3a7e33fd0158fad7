//! The table of sign-ins in progress is full, mostly with those of an attacker.

use crate::support::{Browser, PASSWORD, Page, TestApp};

/// The lowest limit that can be set.
const MOST: usize = 100;

struct Table {
    app: TestApp,
}

impl Table {
    async fn new() -> Self {
        let app = TestApp::builder()
            .set("store.max_attempts", &MOST.to_string())
            .set("limits.trusted_proxies", "127.0.0.0/8")
            .set("limits.address_burst", "1000")
            .set("limits.address_failures", "1000")
            .hosted()
            .await;
        Self { app }
    }

    fn browser_at(&self, address: &str) -> Browser {
        self.app.browser().with_header("x-forwarded-for", address)
    }

    /// More strangers than the table holds, each in a browser of its own: first all from one address, then each from
    /// another network.
    async fn flood(&self, by: impl AsyncFn(&Browser)) {
        for _ in 0..=MOST {
            by(&self.browser_at("203.0.113.7")).await;
        }
        for number in 0..=MOST {
            by(&self.browser_at(&format!("198.51.{number}.7"))).await;
        }
    }

    /// A browser at the page for a code, after a right password.
    async fn at_the_code(&self) -> (Browser, Page) {
        let browser = self.browser_at("192.0.2.7");
        let ways = browser.begins("all").await;
        let ways = browser.follows(ways.leads_to("/sign-in/factor")).await;
        let code = browser.chooses(&ways, "otp").await;
        let code = browser.follows(&code).await;
        (browser, code)
    }

    async fn still_serves(&self, (browser, code): (Browser, Page)) {
        let fresh = self.browser_at("192.0.2.8");
        fresh.begins("password").await.leads_to(self.app.base());
        let otp = self.app.phone("all").otp().unwrap();
        let home = browser.enters_code(&code, &otp).await;
        home.leads_to(self.app.base());
    }
}

#[tokio::test]
async fn sec_113_names_that_a_stranger_types_lock_nobody_out() {
    let table = Table::new().await;
    let customer = table.at_the_code().await;
    table
        .flood(async |stranger| {
            stranger.begins_without_password("nobody-here").await;
        })
        .await;
    table.still_serves(customer).await;
}

#[tokio::test]
async fn sec_113_strangers_on_their_way_to_oktas_page_lock_nobody_out() {
    let table = Table::new().await;
    let customer = table.at_the_code().await;
    table
        .flood(async |stranger| {
            let form = stranger.opens_sign_in(None).await;
            stranger.leaves_for_okta(&form).await;
        })
        .await;
    table.still_serves(customer).await;
}

#[tokio::test]
async fn sec_113_a_table_of_wrong_passwords_locks_nobody_out() {
    let table = Table::new().await;
    let customer = table.at_the_code().await;
    table
        .flood(async |stranger| {
            let form = stranger.opens_sign_in(None).await;
            let login = format!("nobody-{}", form.value("attempt"));
            stranger.submits_password(&form, &login, PASSWORD).await.expect(403);
        })
        .await;
    table.still_serves(customer).await;
}
