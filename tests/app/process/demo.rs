//! `cargo demo`, as the README says.
//!
//! What runs is the command that was built for these tests, with the arguments of the alias. The alias itself would
//! have cargo build the command once more, with other features of its dependencies: that takes minutes, and replaces a
//! file that other tests are running.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Browser, PASSWORD, Page, Running, client, full, portico};

const CARGO_CONFIG: &str = include_str!("../../../.cargo/config.toml");

/// The demo, and what it printed when it was ready.
struct Demo {
    process: Running,
    printed: Vec<String>,
    portal: String,
    phones: String,
    form: String,
}

impl Demo {
    fn start() -> Self {
        let alias = CARGO_CONFIG
            .lines()
            .find_map(|line| line.strip_prefix("demo = \"run -- "))
            .expect("an alias that runs the command");
        let mut arguments: Vec<&str> = alias.trim_end_matches('"').split(' ').collect();
        for part in ["--port", "--sim-port", "--portal-port"] {
            arguments.extend([part, "0"]);
        }
        arguments.extend(["--push-interval", "1"]);
        let process = Running::start(portico(&arguments));
        let mut printed = Vec::new();
        while !printed.iter().any(|line: &String| line.starts_with("Stop with")) {
            printed.push(process.says(""));
        }
        let address = |name: &str| {
            let line = printed.iter().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("no {name} in {printed:?}"))
                .split_whitespace()
                .next()
                .unwrap()
                .to_owned()
        };
        Self {
            portal: address("Open"),
            phones: address("Hold"),
            form: address("Service"),
            printed,
            process,
        }
    }

    fn browser(&self) -> Browser {
        Browser::new(client(), self.form.strip_suffix("/sign-in").unwrap())
    }

    /// What the phone of an account shows, as JSON.
    async fn phone(&self, login: &str) -> Value {
        let address = format!("{}/{}.json", self.phones, full(login));
        let answer = client().get(address).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    /// Approves the prompt on the phone of an account.
    async fn approves(&self, login: &str) {
        let phone = self.phone(login).await;
        let id = phone["prompts"][0]["id"].as_str().unwrap();
        let address = format!("{}/{}/prompts/{id}", self.phones, full(login));
        let answer = client().post(address).json(&json!({ "answer": "approve" }));
        assert_eq!(answer.send().await.unwrap().status(), 204);
    }

    /// The portal knows who this is.
    async fn welcomes(&self, browser: &Browser, answer: &Page, login: &str) {
        let portal = browser.gets(answer.leads_to(&self.portal).location()).await;
        portal.expect(200).says("Welcome, ").says(&full(login));
    }

    async fn stops(self) {
        self.process.send_sigterm();
        let (code, complaints) = self.process.ends().await;
        assert_eq!(code, Some(0), "{complaints}");
    }
}

#[tokio::test]
async fn the_demo_prints_every_address_and_every_account() {
    let demo = Demo::start();
    for address in [&demo.portal, &demo.phones, &demo.form] {
        let answer = client().get(address).send().await.unwrap();
        assert!(answer.status().as_u16() < 400, "{address}");
    }
    let list = demo.browser().gets(&demo.phones).await;
    let phones = list.links();
    let logins: Vec<&str> = phones
        .iter()
        .filter_map(|link| link.strip_prefix("/phone/"))
        .filter(|name| name.contains('@'))
        .collect();
    assert!(logins.len() >= 12, "{phones:?}");
    for login in logins {
        let named = demo.printed.iter().filter(|line| line.starts_with(login));
        assert_eq!(named.count(), 1, "{login} in {:#?}", demo.printed);
    }
    let says = |words: &str| demo.printed.iter().any(|line| line.contains(words));
    assert!(says(PASSWORD));
    demo.stops().await;
}

#[tokio::test]
async fn the_accounts_of_the_demo_do_what_is_said_of_them() {
    let demo = Demo::start();
    let browser = demo.browser();
    let answer = browser.begins_at(&demo.portal, "password").await;
    demo.welcomes(&browser, &answer, "password").await;

    let browser = demo.browser();
    let ways = browser.begins_at(&demo.portal, "otp").await;
    let ways = browser.follows(&ways).await;
    let code = browser.follows(&browser.chooses(&ways, "otp").await).await;
    let digits = demo.phone("otp").await["otp"].as_str().unwrap().to_owned();
    let answer = browser.enters_code(&code, &digits).await;
    demo.welcomes(&browser, &answer, "otp").await;

    let browser = demo.browser();
    let ways = browser.begins_at(&demo.portal, "push").await;
    let ways = browser.follows(&ways).await;
    let wait = browser.follows(&browser.chooses(&ways, "push").await).await;
    demo.approves("push").await;
    let answer = browser.says_approved(&wait).await;
    demo.welcomes(&browser, &answer, "push").await;

    let browser = demo.browser();
    let ways = browser.begins_without_password("passwordless").await;
    let code = browser.follows(&browser.chooses(&ways, "email").await).await;
    let emails = demo.phone("passwordless").await["emails"].clone();
    let digits = emails[0]["code"].as_str().unwrap().to_owned();
    let answer = browser.enters_code(&code, &digits).await;
    demo.welcomes(&browser, &answer, "passwordless").await;

    let browser = demo.browser();
    let sent = browser.gets(&demo.portal).await;
    let form = browser.gets(sent.location()).await;
    let okta = browser.leaves_for_okta(&form).await;
    let answer = browser.gets(&okta.signs_in("password").await).await;
    demo.welcomes(&browser, &answer, "password").await;
    let to_okta = browser.signs_out().await;
    let back = browser.gets(to_okta.location()).await;
    browser
        .gets(back.location())
        .await
        .says("Your Okta session in this browser has ended too.");

    for (login, heading) in [
        ("locked", "Sign in"),
        ("expired", "Your password has expired"),
        ("unenrolled", "There is no way yet to confirm it’s you"),
        ("unassigned", "You can’t sign in to Acme Portal from here"),
        ("denied", "You can’t sign in to Acme Portal from here"),
    ] {
        let browser = demo.browser();
        let page = browser.begins_at(&demo.portal, login).await;
        page.expect(403).is_headed(heading);
        assert!(!browser.is_signed_in(), "{login}");
    }
    demo.stops().await;
}

#[tokio::test]
async fn the_portal_of_the_demo_has_the_companion_under_a_strict_policy() {
    let demo = Demo::start();
    let browser = demo.browser();
    let address = |path: &str| format!("{}{path}", demo.portal);
    let answer = browser.begins_at(&demo.portal, "password").await;
    let page = browser.gets(answer.leads_to(&demo.portal).location()).await;
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(page.body.contains("<script src=\"/portico/companion.js\">"));
    let script = browser.gets(&address("portico/companion.js")).await;
    script.expect(200);
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
    let question = browser.request(Method::GET, &address("portico/session"));
    let session = browser.sends(question.header("sec-fetch-site", "same-origin")).await;
    let session: Value = serde_json::from_str(&session.body).unwrap();
    let extension = browser
        .request(Method::POST, &address("portico/session/extend"))
        .header("sec-fetch-site", "same-origin")
        .header("x-csrf-token", session["csrf"].as_str().unwrap());
    browser.sends(extension).await.expect(200);
    browser.gets(&address("orders")).await.expect(200);
    browser.signs_out().await.leads_to("/signed-out");
    let refused = browser.gets(&address("orders")).await;
    let sign_in = refused.expect(401).header("portico-sign-in");
    assert!(sign_in.starts_with(&demo.form), "{sign_in}");
    demo.stops().await;
}

#[tokio::test]
async fn the_demo_leads_from_the_portal_through_the_form_and_back() {
    let demo = Demo::start();
    let (portal, phones, form_address) = (&demo.portal, &demo.phones, &demo.form);
    let browser = demo.browser();

    let sent = browser.gets(portal).await;
    let form = browser.gets(sent.leads_to(form_address).location()).await;
    form.expect(200).is_headed("Sign in").says("to continue to Acme Portal");
    let answer = browser.submits_password(&form, "password", PASSWORD).await;
    let welcome = browser.gets(answer.leads_to(portal).location()).await;
    welcome.expect(200).says("Welcome, ").says("password@example.com");
    browser.gets(phones).await.expect(200);
    let phone = format!("{phones}/password@example.com");
    let page = browser.gets(&phone).await;
    page.says("End all sessions (Universal Logout)");
    let button = browser.request(Method::POST, &format!("{phone}/end-sessions"));
    let pressed = browser.sends(button.form(&[("format", "email")])).await;
    pressed.expect(303);
    browser.gets(&phone).await.says("Answered 204 at");
    browser.gets(portal).await.leads_to(form_address);
    let form = browser.gets(browser.gets(portal).await.location()).await;
    browser
        .submits_password(&form, "password", PASSWORD)
        .await
        .leads_to(portal);

    let signed_out = browser.follows(browser.signs_out().await.leads_to("/signed-out")).await;
    signed_out.expect(200).is_headed("You’re signed out");
    browser.gets(portal).await.leads_to(form_address);

    demo.stops().await;
}
