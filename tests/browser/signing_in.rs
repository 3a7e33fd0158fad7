//! What a customer does on the pages of a sign-in.

use crate::customer::{CHOICES, Customer, PASSWORD};

impl Customer {
    /// Opens the form with the portal as destination.
    pub(crate) async fn opens_sign_in(&self) {
        self.goes_to(&self.world.sign_in()).await;
        self.sees("Sign in").await;
    }

    /// Chooses a factor.
    pub(crate) async fn chooses(&self, way: &str) {
        self.sees(CHOICES).await;
        let row = format!("button[name=factor][value={way}]");
        self.moves_on(self.clicks(&row)).await;
    }

    /// Opens the form and sends name and password.
    pub(crate) async fn gives_password(&self, login: &str) {
        self.opens_sign_in().await;
        self.tries_password(login, PASSWORD).await;
    }

    /// Sends name and password by the form that is shown.
    pub(crate) async fn tries_password(&self, login: &str, password: &str) {
        self.sees("Sign in").await;
        self.types("username", login).await;
        self.types("password", password).await;
        self.moves_on(self.presses("Sign in")).await;
    }

    /// Opens the form, types the name and goes on without a password.
    pub(crate) async fn gives_name_alone(&self, login: &str) {
        self.opens_sign_in().await;
        self.types("username", login).await;
        self.moves_on(self.presses("Sign in without a password")).await;
    }

    /// Enters a code on the page for it.
    pub(crate) async fn enters_code(&self, code: &str) {
        self.sees("Enter the code").await;
        self.types("code", code).await;
        self.moves_on(self.presses("Continue")).await;
    }

    /// Enters the code that the authenticator app of this account shows.
    pub(crate) async fn enters_otp(&self, login: &str) {
        let code = self.world.phone(login).otp().unwrap();
        self.enters_code(&code).await;
    }

    /// Has the browser ask for a passkey.
    pub(crate) async fn uses_passkey(&self) {
        self.sees("Use your passkey").await;
        self.presses("Continue").await;
    }

    /// The number to tap, once it is both in the heading and large below it.
    pub(crate) async fn reads_number(&self) -> String {
        let driver = &self.browser.driver;
        let text = async |selector: &str| {
            let element = driver.find_css(selector).await.ok()?;
            element.text().await.ok()
        };
        self.waits("a number to tap", async || {
            let (heading, large) = (text("h1").await?, text(".number").await?);
            let number = large.split_whitespace().last()?;
            (heading == format!("Tap {number} on your phone")).then(|| number.to_owned())
        })
        .await
    }

    /// The factors that are visible on the page of choices.
    pub(crate) async fn reads_ways(&self) -> Vec<String> {
        self.sees(CHOICES).await;
        let seen = "return [...document.querySelectorAll('button[name=factor]')]
                        .filter((row) => row.checkVisibility()).map((row) => row.value)";
        serde_json::from_value(self.evaluates(seen, &[]).await).unwrap()
    }
}
