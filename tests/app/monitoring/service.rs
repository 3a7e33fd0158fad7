//! The service as a process, and customers of every kind who come and go.

use okta_sim::Settings;

use crate::support::{Browser, Certificates, PASSWORD, Served, free_port};

/// The service with its org.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) served: Served,
}

/// An org whose limits no test meets by accident.
pub(super) fn org() -> Settings {
    let mut org = Settings::default();
    org.limits.user_per_second = 0;
    org.limits.wrong_passwords = 10_000;
    org.limits.phone_pause_s = 0;
    org
}

impl Watched {
    /// With limits that only a flood meets.
    pub(super) async fn start(org: Settings, settings: &[(&str, &str)]) -> Self {
        Self::start_through(Vec::new(), org, settings).await
    }

    pub(super) async fn start_through(through: Vec<String>, org: Settings, settings: &[(&str, &str)]) -> Self {
        let usual = [
            ("LIMITS__ACCOUNT_BURST", "1000"),
            ("LIMITS__ADDRESS_BURST", "1000"),
            ("LIMITS__PAIR_BURST", "1000"),
            ("LIMITS__ADDRESS_FAILURES", "1000"),
            ("LIMITS__SENDS_PER_HOUR", "200"),
            ("LIMITS__PUSH_PER_10MIN", "100"),
            ("SESSION__MAX_PER_USER", "1000"),
        ];
        let settings: Vec<(&str, &str)> = usual.into_iter().chain(settings.iter().copied()).collect();
        Self {
            served: Served::start_through(through, org, &settings).await,
        }
    }

    /// With the limits that it ships with.
    pub(super) async fn as_shipped(org: Settings) -> Self {
        Self {
            served: Served::start_with(org, &[]).await,
        }
    }

    /// With every part that has metrics of its own: a budget of messages, and a portal, which is away.
    pub(super) async fn with_everything() -> Self {
        let portal = format!("http://127.0.0.1:{}", free_port());
        let parts = [
            ("LIMITS__SENDS_PER_HOUR_IN_ALL", "10"),
            ("PORTAL__UPSTREAM", portal.as_str()),
        ];
        Self::start(org(), &parts).await
    }

    /// With TLS of its own, by a certificate that is still valid for these days. Its pages are at https.
    pub(super) async fn with_certificate(certificates: &Certificates, days: &str) -> Self {
        certificates.issue("server", "localhost", days);
        let files = ["server.pem", "server.key"].map(|name| certificates.named(name));
        let [certificate, key] = &files;
        Self::start(org(), &[("TLS__CERT_FILE", certificate), ("TLS__KEY_FILE", key)]).await
    }

    /// The address of the private port.
    pub(super) fn ops(&self) -> &str {
        &self.served.ops
    }

    pub(super) fn browser(&self) -> Browser {
        self.served.browser()
    }

    /// Signs in with a password alone.
    pub(super) async fn signs_in(&self) -> Browser {
        let browser = self.browser();
        browser.begins("password").await.expect(303);
        browser
    }

    /// Signs in and out again, with a wrong password first.
    pub(super) async fn comes_and_goes(&self) {
        let browser = self.browser();
        let form = browser.opens_sign_in(None).await;
        let again = browser.submits_password(&form, "password", "mistyped").await;
        let answer = browser.submits_password(&again, "password", PASSWORD).await;
        answer.expect(303);
        browser.gets("/account").await.expect(200);
        browser.signs_out().await;
    }

    /// Signs in with a push that is approved at once.
    pub(super) async fn approves_a_push(&self) {
        let browser = self.browser();
        let waits = browser.reaches("push", "push").await;
        let phone = self.served.okta.phone("push@example.com");
        let prompt = phone.pending().expect("a prompt on the phone");
        phone.approve(&prompt.id).unwrap();
        browser.says_approved(&waits).await;
    }

    /// A try that fails, for whatever reason.
    pub(super) async fn tries(&self) {
        self.browser().begins("password").await;
    }
}
