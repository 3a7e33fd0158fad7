//! A browser at the step that Okta is about to refuse.

use okta_sim::Endpoint;

use super::{At, Shows};
use crate::support::{Browser, PASSWORD, Page, TestApp, assertion, full, secs};

/// The default of `session.revalidate`.
const EVERY: u64 = 600;

/// The page that is shown, and what will be typed into it.
pub(super) struct Scene {
    at: At,
    browser: Browser,
    page: Page,
    /// The code that will be sent; empty where none is.
    pub(super) typed: String,
}

impl At {
    pub(super) fn endpoint(self) -> Endpoint {
        match self {
            Self::Text | Self::PasskeyStart => Endpoint::Challenge,
            Self::FirstEmail => Endpoint::PrimaryAuthenticate,
            _ => Endpoint::Token,
        }
    }

    /// The factor's name in the metrics.
    pub(super) fn factor(self) -> &'static str {
        match self {
            Self::Password | Self::Refresh => "password",
            Self::AppCode | Self::FirstCode => "otp",
            Self::Text | Self::TextCode => "sms",
            Self::Poll => "push",
            Self::PasskeyStart | Self::Passkey => "passkey",
            Self::FirstEmail => "email",
        }
    }

    fn login(self) -> &'static str {
        match self {
            Self::Password | Self::Refresh => "password",
            Self::FirstEmail | Self::FirstCode => "passwordless",
            _ => "all",
        }
    }

    fn is_first(self) -> bool {
        matches!(self, Self::FirstEmail | Self::FirstCode)
    }
}

impl Scene {
    pub(super) async fn reach(app: &TestApp, at: At) -> Self {
        let (browser, login) = (app.browser(), at.login());
        let page = match at {
            At::Password => browser.opens_sign_in(None).await,
            At::Refresh => browser.begins(login).await,
            _ if at.is_first() => browser.begins_without_password(login).await,
            _ => browser.follows(&browser.begins(login).await).await,
        };
        let way = match at {
            At::AppCode | At::FirstCode => "otp",
            At::TextCode => "sms",
            At::Poll => "push",
            At::Passkey => "passkey",
            At::Password | At::Refresh | At::Text | At::PasskeyStart | At::FirstEmail => "",
        };
        let page = if way.is_empty() {
            page
        } else {
            browser.follows(&browser.chooses(&page, way).await).await
        };
        let mut scene = Self {
            at,
            browser,
            page,
            typed: String::new(),
        };
        scene.typed = scene.code(app);
        scene
    }

    /// The right code, where the page asks for one.
    fn code(&self, app: &TestApp) -> String {
        let phone = app.phone(self.at.login());
        match self.at {
            At::AppCode | At::FirstCode => phone.otp().unwrap(),
            At::TextCode => phone.texts()[0].code.clone(),
            _ => String::new(),
        }
    }

    /// Does what Okta refuses. Gives the first answer and the last page.
    pub(super) async fn acts(&self, app: &TestApp) -> (Page, Page) {
        let (browser, page) = (&self.browser, &self.page);
        let answer = match self.at {
            At::Password => browser.submits_password(page, self.at.login(), PASSWORD).await,
            At::AppCode | At::FirstCode | At::TextCode => browser.enters_code(page, &self.typed).await,
            At::Text => browser.chooses(page, "sms").await,
            At::PasskeyStart => browser.chooses(page, "passkey").await,
            At::FirstEmail => browser.chooses(page, "email").await,
            At::Poll => {
                app.advance(secs(5));
                browser.says_approved(page).await
            }
            At::Passkey => {
                let fields = assertion(app, self.at.login(), page).await;
                let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
                browser.presses(page, "/sign-in/passkey", &fields).await
            }
            At::Refresh => {
                app.advance(secs(EVERY));
                browser.gets("/account").await
            }
        };
        let page = if answer.status == 303 {
            browser.follows(&answer).await
        } else {
            answer.clone()
        };
        (answer, page)
    }

    /// The name is in the form, or the page says for whom it is.
    pub(super) fn keeps_the_name(&self, page: &Page, case: &str) {
        if self.at == At::Refresh {
            return;
        }
        let name = full(self.at.login());
        assert!(
            page.value("username") == name || page.text().contains(&name),
            "{case}: the name is lost:\n{}",
            page.text()
        );
    }

    /// Takes the way on that the page offers, now that Okta works again.
    pub(super) async fn goes_on(&self, app: &TestApp, shows: Shows, page: &Page) {
        let (browser, login) = (&self.browser, self.at.login());
        match shows {
            Shows::Mismatch | Shows::StartAgain | Shows::SignedOut => self.begins_again(page).await,
            Shows::NotAnswering | Shows::Wait => match self.at {
                At::Password => self.begins_again(page).await,
                At::AppCode | At::TextCode | At::FirstCode => self.enters_the_code(app, page).await,
                At::Text | At::FirstEmail | At::PasskeyStart | At::Poll => {
                    self.takes_another_way(page).await;
                }
                At::Passkey => {
                    let ways = page.link("Use another way").expect("a way on");
                    self.takes_another_way(&browser.gets(&ways).await).await;
                }
                At::Refresh => unreachable!("whoever is signed in is told nothing of it"),
            },
            Shows::StillSignedIn => {
                browser.gets("/account").await.expect(200);
            }
            Shows::Sent => {
                let ways = page.link("Use another way").expect("a way on");
                self.takes_another_way(&browser.gets(&ways).await).await;
            }
            Shows::WrongCode => self.enters_the_code(app, page).await,
            Shows::OtherWay | Shows::PasskeyRefused => self.takes_another_way(page).await,
            Shows::CodeExpired => {
                app.advance(secs(31));
                let sent = browser.presses(page, "/sign-in/code/resend", &[]).await;
                browser.follows(&sent).await.says("A new code is on its way");
            }
            Shows::Declined | Shows::PushExpired => {
                app.advance(secs(61));
                let sent = browser.presses(page, "/sign-in/push/resend", &[]).await;
                browser.follows(&sent).await.says("We sent a new request");
            }
            Shows::StillWaiting => {
                app.phone(login).approve(&app.prompt(login).id).unwrap();
                app.advance(secs(61));
                browser.says_approved(page).await.leads_to(app.base());
            }
            Shows::NotAllowed | Shows::PasswordExpired | Shows::NotEnrolled => {
                let back = page.link("Back to sign-in").expect("a way on");
                browser.gets(&back).await.expect(200).is_headed("Sign in");
                let fresh = browser.presses(page, "/sign-in/restart", &[]).await;
                browser.follows(&fresh).await.is_headed("Sign in");
            }
        }
    }

    async fn begins_again(&self, page: &Page) {
        let form = self.browser.submits_password(page, self.at.login(), PASSWORD);
        let answer = form.await;
        assert!(
            answer.status == 303 && !answer.location().contains("/sign-in?"),
            "{}",
            answer.text()
        );
    }

    async fn enters_the_code(&self, app: &TestApp, page: &Page) {
        let code = self.code(app);
        self.browser.enters_code(page, &code).await.leads_to(app.base());
    }

    async fn takes_another_way(&self, page: &Page) {
        let other = if self.at == At::AppCode { "push" } else { "otp" };
        let chosen = self.browser.chooses(page, other).await;
        let page = self.browser.follows(&chosen).await;
        page.expect(200).says(&full(self.at.login()));
    }
}
