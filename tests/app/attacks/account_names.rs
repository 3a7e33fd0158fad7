//! Whoever knows only a name gets one answer, whatever there is behind it (SEC-106), where a code that is sent or a
//! push comes first.

use okta_sim::Endpoint;

use crate::support::{Browser, LeapingClock, Page, TestApp, full, secs};

/// Each way, and who has it.
const WAYS: [(&str, &str); 4] = [
    ("sms", "phone"),
    ("voice", "phone"),
    ("email", "email"),
    ("push", "push"),
];

/// Who has not: nobody at all, somebody without that way, a locked account, and one that may not use the app.
const OTHERS: [&str; 4] = ["nobody-here", "password", "locked", "unassigned"];

/// What an answer tells: status, headers and body, without what differs from request to request.
type Told = (u16, Vec<(String, String)>, String);

fn told(page: &Page, login: &str, port: u16) -> Told {
    let port = format!("localhost:{port}");
    let mut secrets = vec![page.header("x-request-id").to_owned()];
    if page.status != 303 {
        secrets.extend([page.value("csrf"), page.value("attempt")]);
    }
    let mut body = page.body.replace(&full(login), "[name]").replace(&port, "[host]");
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        body = body.replace(secret, "[random]");
    }
    let is_told = |name: &str| !["date", "x-request-id", "content-length"].contains(&name);
    let value = |name: &str, value: &str| match name {
        "location" => value.split("attempt=").next().unwrap().to_owned(),
        "set-cookie" => without_ids(value),
        _ => value.replace(&port, "[host]"),
    };
    let mut headers: Vec<_> = page
        .headers
        .iter()
        .filter(|(name, _)| is_told(name.as_str()))
        .map(|(name, text)| {
            let name = name.to_string();
            let text = value(&name, text.to_str().unwrap());
            (name, text)
        })
        .collect();
    headers.sort();
    (page.status, headers, body)
}

/// A cookie without what is random in it: its value, and the label in the name of a visit that is kept.
fn without_ids(cookie: &str) -> String {
    let (name, rest) = cookie.split_once('=').unwrap();
    let attributes = rest.split_once(';').map_or("", |(_, attributes)| attributes);
    let name = match name.strip_prefix("portico-attempt-") {
        Some(label) => format!("portico-attempt-[{}]", label.len()),
        None => name.to_owned(),
    };
    format!("{name};{attributes}")
}

/// A service where nothing but this way comes first. Its time passes when somebody waits, so waits that are told are
/// alike.
async fn first(way: &str) -> TestApp {
    TestApp::builder()
        .leaping(LeapingClock::default())
        .client("portico-optional")
        .set("sign_in.first", way)
        .spawn()
        .await
}

/// Everything that whoever knows only a name can see of it, step by step.
struct Stranger {
    browser: Browser,
    login: &'static str,
    port: u16,
    tells: Vec<(&'static str, Told)>,
}

impl Stranger {
    fn new(app: &TestApp, login: &'static str) -> Self {
        Self {
            browser: app.browser(),
            login,
            port: app.port(),
            tells: Vec::new(),
        }
    }

    fn notes(&mut self, what: &'static str, page: &Page) {
        self.tells.push((what, told(page, self.login, self.port)));
    }

    /// Gives the name, chooses the way, and is where the answer is awaited.
    async fn asks(&mut self, way: &str) -> Page {
        let form = self.browser.opens_sign_in(None).await;
        let name = full(self.login);
        let answer = self.browser.presses(&form, "/sign-in", &[("username", &name)]).await;
        self.notes("the name", &answer);
        let ways = self.browser.follows(&answer).await;
        self.notes("the ways", &ways);
        let answer = self.browser.chooses(&ways, way).await;
        self.notes("the way", answer.expect(303));
        let page = self.browser.follows(&answer).await;
        self.notes("the page that waits", page.expect(200));
        page
    }

    async fn types_wrong_codes(&mut self, app: &TestApp, mut page: Page) {
        for _ in 0..2 {
            page = self.browser.enters_code(&page, "000000").await;
            page.expect(403).says("That code didn’t work");
            self.notes("a wrong code", &page);
        }
        let soon = self.browser.presses(&page, "/sign-in/code/resend", &[]).await;
        soon.expect(429);
        app.advance(secs(31));
        let page = self.browser.gets(&page.url).await;
        let answer = self.browser.presses(&page, "/sign-in/code/resend", &[]).await;
        self.notes("another code", answer.expect(303));
        let page = self.browser.follows(&answer).await;
        self.notes("the page of another code", &page);
        app.advance(secs(301));
        let page = self.browser.enters_code(&page, "000000").await;
        page.says("That code has expired");
        self.notes("a code that ran out", &page);
    }

    async fn waits_for_a_phone(&mut self, app: &TestApp, page: Page) {
        app.advance(secs(5));
        let answer = self.browser.says_approved(&page).await;
        self.notes("a look", answer.expect(303));
        let page = self.browser.follows(&answer).await;
        page.says("We haven’t heard from your phone yet");
        self.notes("the page of a look", &page);
        app.advance(secs(16));
        let page = self.browser.gets(&page.url).await;
        let answer = self.browser.presses(&page, "/sign-in/push/resend", &[]).await;
        self.notes("another push", answer.expect(303));
        let page = self.browser.follows(&answer).await;
        let mut events = self.browser.waits(&page).await;
        app.advance(secs(301));
        assert_eq!(events.next().await, "expired", "{}", self.login);
        let page = self.browser.gets(&page.url).await;
        page.expect(200).says("The request ran out");
        self.notes("a push that ran out", &page);
    }
}

#[tokio::test]
async fn sec_106_a_name_alone_tells_nothing_where_a_code_or_a_push_comes_first() {
    for (way, known) in WAYS {
        let mut all = Vec::new();
        for login in [known].into_iter().chain(OTHERS) {
            let app = first(way).await;
            let mut stranger = Stranger::new(&app, login);
            let page = stranger.asks(way).await;
            let mut sent = 1;
            if way == "push" {
                stranger.waits_for_a_phone(&app, page).await;
            } else {
                stranger.types_wrong_codes(&app, page).await;
            }
            assert!(!stranger.browser.is_signed_in());
            // One call for each, and nothing on anybody's phone but one who has it.
            assert_eq!(app.asked(Endpoint::PrimaryAuthenticate), 2, "{login}");
            sent += 1;
            for person in ["phone", "email", "push", "password", "locked", "unassigned"] {
                let phone = app.phone(person);
                let on_it = phone.texts().len() + phone.calls().len() + phone.emails().len() + phone.prompts().len();
                let wanted = if person == login && login == known { sent } else { 0 };
                assert_eq!(on_it, wanted, "{way} for {login}: {person}");
            }
            all.push((login, stranger.tells));
        }
        let (_, known) = &all[0];
        for (login, tells) in &all[1..] {
            assert_eq!(tells.len(), known.len());
            for (told, of_known) in tells.iter().zip(known) {
                assert_eq!(told, of_known, "{way} for {login}");
            }
        }
    }
}

#[tokio::test]
async fn sec_106_a_number_is_shown_to_everybody_where_pushes_have_one() {
    let app = TestApp::builder()
        .client("portico-optional")
        .set("sign_in.first", "push")
        .set("sign_in.require_number_challenge", "true")
        .spawn()
        .await;
    // A phone that shows no number is nobody's as well.
    for login in ["number", "push", "nobody-here"] {
        let mut stranger = Stranger::new(&app, login);
        let page = stranger.asks("push").await;
        let heading = page.heading();
        let number = heading.strip_prefix("Tap ").unwrap();
        let number = number.strip_suffix(" on your phone").unwrap();
        assert!(
            number.len() == 2 && number.chars().all(|digit| digit.is_ascii_digit()),
            "{login}: {number}"
        );
    }
}

#[tokio::test]
async fn sec_106_a_message_that_okta_does_not_send_again_so_soon_tells_nothing() {
    let app = first("sms").await;
    for login in ["phone", "phone", "nobody-here", "nobody-here"] {
        let mut stranger = Stranger::new(&app, login);
        stranger.asks("sms").await.is_headed("Enter the code");
    }
    assert_eq!(app.phone("phone").texts().len(), 1);
}

#[tokio::test]
async fn whoever_was_sent_something_still_signs_in_with_it() {
    for (way, login) in WAYS {
        let app = first(way).await;
        // Somebody else's page that waits for nothing changes nothing.
        Stranger::new(&app, "nobody-here").asks(way).await;
        let mut owner = Stranger::new(&app, login);
        let page = owner.asks(way).await;
        let phone = app.phone(login);
        let answer = if way == "push" {
            phone.approve(&app.prompt(login).id).unwrap();
            app.advance(secs(5));
            owner.browser.says_approved(&page).await
        } else {
            let sent = [phone.texts(), phone.calls(), phone.emails()].concat();
            owner.browser.enters_code(&page, &sent[0].code).await
        };
        answer.leads_to(app.base());
    }
}

#[tokio::test]
async fn a_browser_that_is_known_to_the_account_is_told_what_helps() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    browser.signs_out().await.leads_to("/signed-out");
    let ways = browser.begins_without_password("password").await;
    let page = browser.chooses(&ways, "sms").await;
    page.expect(403).says("This way isn’t set up for your account");
}
