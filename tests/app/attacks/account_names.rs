//! A stranger who knows only a name gets one answer, whatever account is behind it, or none (SEC-106, SEC-108): with a
//! wrong password, with a code alone, and where a message or a push comes first. How long it takes: `timing.rs`.

use okta_sim::Endpoint;

use crate::support::{ATTEMPT, Browser, LeapingClock, PASSWORD, Page, SESSION, TestApp, full, secs};

/// Each factor that is sent somewhere, and an account that has it.
const WAYS: [(&str, &str); 4] = [
    ("sms", "phone"),
    ("voice", "phone"),
    ("email", "email"),
    ("push", "push"),
];

/// Accounts that do not have it: one that does not exist, one without that factor, a locked one, and one that may not
/// use the app.
const OTHERS: [&str; 4] = ["nobody-here", "password", "locked", "unassigned"];

/// What a stranger sees of an answer: status, headers and body, without what differs from request to request.
type Visible = (u16, Vec<(String, String)>, String);

fn visible(page: &Page, login: &str, port: u16) -> Visible {
    let port = format!("localhost:{port}");
    let mut random = vec![page.header("x-request-id").to_owned()];
    if page.status != 303 {
        random.extend([page.value("csrf"), page.value("attempt")]);
    }
    let mut body = page.body.replace(&full(login), "[name]").replace(&port, "[host]");
    for value in &random {
        assert!(!value.is_empty(), "{page:?}");
        body = body.replace(value, "[random]");
    }
    let is_compared = |name: &str| !["date", "x-request-id", "content-length"].contains(&name);
    let value = |name: &str, value: &str| match name {
        "location" => value.split("attempt=").next().unwrap().to_owned(),
        "set-cookie" => without_ids(value),
        _ => value.replace(&port, "[host]"),
    };
    let mut headers: Vec<_> = page
        .headers
        .iter()
        .filter(|(name, _)| is_compared(name.as_str()))
        .map(|(name, text)| {
            let name = name.to_string();
            let text = value(&name, text.to_str().unwrap());
            (name, text)
        })
        .collect();
    headers.sort();
    (page.status, headers, body)
}

/// A cookie without what is random in it: the id of an attempt, and the label in the name of one that is kept.
fn without_ids(cookie: &str) -> String {
    let (name, rest) = cookie.split_once('=').unwrap();
    let (value, attributes) = rest.split_once(';').unwrap_or((rest, ""));
    let kept = name.strip_prefix("portico-attempt-");
    let value = match value {
        "" => "",
        _ if kept.is_some() || name == ATTEMPT => "[random]",
        value => value,
    };
    let name = kept.map_or_else(|| name.to_owned(), |label| format!("portico-attempt-[{}]", label.len()));
    format!("{name}={value};{attributes}")
}

/// A service where this factor alone comes first. Its clock moves only when the service waits, so that the waits in the
/// answers are equal.
async fn first(way: &str) -> TestApp {
    TestApp::builder()
        .leaping(LeapingClock::default())
        .client("portico-optional")
        .set("sign_in.first", way)
        .spawn()
        .await
}

/// A stranger who knows only a name, and what they see at each step.
struct Stranger {
    browser: Browser,
    login: &'static str,
    port: u16,
    steps: Vec<(&'static str, Visible)>,
}

impl Stranger {
    fn new(app: &TestApp, login: &'static str) -> Self {
        Self {
            browser: app.browser(),
            login,
            port: app.port(),
            steps: Vec::new(),
        }
    }

    fn records(&mut self, what: &'static str, page: &Page) {
        self.steps.push((what, visible(page, self.login, self.port)));
    }

    /// Gives the name, chooses the factor, and goes to the page that follows.
    async fn asks(&mut self, way: &str) -> Page {
        let form = self.browser.opens_sign_in(None).await;
        let name = full(self.login);
        let answer = self.browser.presses(&form, "/sign-in", &[("username", &name)]).await;
        self.records("the name", &answer);
        let ways = self.browser.follows(&answer).await;
        self.records("the ways", &ways);
        let answer = self.browser.chooses(&ways, way).await;
        self.records("the way", answer.expect(303));
        let page = self.browser.follows(&answer).await;
        self.records("the page that waits", page.expect(200));
        page
    }

    async fn types_wrong_codes(&mut self, app: &TestApp, mut page: Page) {
        for _ in 0..2 {
            page = self.browser.enters_code(&page, "000000").await;
            page.expect(403).says("That code didn’t work");
            self.records("a wrong code", &page);
        }
        let soon = self.browser.presses(&page, "/sign-in/code/resend", &[]).await;
        soon.expect(429);
        app.advance(secs(31));
        let page = self.browser.gets(&page.url).await;
        let answer = self.browser.presses(&page, "/sign-in/code/resend", &[]).await;
        self.records("another code", answer.expect(303));
        let page = self.browser.follows(&answer).await;
        self.records("the page of another code", &page);
        app.advance(secs(301));
        let page = self.browser.enters_code(&page, "000000").await;
        page.says("That code has expired");
        self.records("a code that ran out", &page);
    }

    async fn waits_for_a_phone(&mut self, app: &TestApp, page: Page) {
        app.advance(secs(5));
        let answer = self.browser.says_approved(&page).await;
        self.records("a look", answer.expect(303));
        let page = self.browser.follows(&answer).await;
        page.says("We haven’t heard from your phone yet");
        self.records("the page of a look", &page);
        app.advance(secs(16));
        let page = self.browser.gets(&page.url).await;
        let answer = self.browser.presses(&page, "/sign-in/push/resend", &[]).await;
        self.records("another push", answer.expect(303));
        let page = self.browser.follows(&answer).await;
        let mut events = self.browser.waits(&page).await;
        app.advance(secs(301));
        assert_eq!(events.next().await, "expired", "{}", self.login);
        let page = self.browser.gets(&page.url).await;
        page.expect(200).says("The request ran out");
        self.records("a push that ran out", &page);
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
            // One call to Okta for each, and nothing on any phone but that of an account that has the factor.
            assert_eq!(app.asked(Endpoint::PrimaryAuthenticate), 2, "{login}");
            sent += 1;
            for person in ["phone", "email", "push", "password", "locked", "unassigned"] {
                let phone = app.phone(person);
                let on_it = phone.texts().len() + phone.calls().len() + phone.emails().len() + phone.prompts().len();
                let wanted = if person == login && login == known { sent } else { 0 };
                assert_eq!(on_it, wanted, "{way} for {login}: {person}");
            }
            all.push((login, stranger.steps));
        }
        let (_, known) = &all[0];
        for (login, steps) in &all[1..] {
            assert_eq!(steps.len(), known.len());
            for (step, of_known) in steps.iter().zip(known) {
                assert_eq!(step, of_known, "{way} for {login}");
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
    // A phone whose push shows no number, and an account that does not exist, get a number too.
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
        // The page of another browser that waits for an account that does not exist changes nothing.
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

#[tokio::test]
async fn sec_106_wrong_unknown_and_locked_are_one_answer_byte_for_byte() {
    let app = TestApp::spawn().await;
    let cases = [
        ("password", "wrong"),
        ("nobody-here", PASSWORD),
        ("locked", PASSWORD),
        ("locked", "wrong"),
        ("passwordless", "x"),
    ];
    let mut answers = Vec::new();
    for (login, password) in cases {
        let browser = app.browser();
        let form = browser.opens_sign_in(None).await;
        let page = browser.submits_password(&form, login, password).await;
        page.expect(403).says("That name and password don’t match");
        assert!(page.title().starts_with("Error: "));
        assert!(!browser.is_signed_in());
        assert!(!page.body.contains(password) || password == "x", "a password came back");
        assert_eq!(page.value("username"), full(login));
        assert_eq!(page.value("password"), "");
        answers.push(visible(&page, login, app.port()));
    }
    for answer in &answers {
        assert_eq!(*answer, answers[0]);
    }
    assert_eq!(app.grants("password"), cases.len(), "one call each (SEC-402)");
}

#[tokio::test]
async fn sec_106_a_person_who_may_not_use_the_app_learns_so_only_with_the_right_password() {
    for login in ["unassigned", "denied"] {
        let app = TestApp::spawn().await;
        let browser = app.browser();
        let form = browser.opens_sign_in(None).await;
        browser
            .submits_password(&form, login, "wrong")
            .await
            .says("That name and password don’t match");
        let form = browser.opens_sign_in(None).await;
        let page = browser.submits_password(&form, login, PASSWORD).await;
        page.expect(403).is_headed("You can’t sign in to Acme Portal from here");
        assert!(page.cookies(SESSION).is_empty());
    }
}

#[tokio::test]
async fn sec_108_known_and_unknown_names_get_the_same_choice() {
    let app = TestApp::spawn().await;
    let mut choices = Vec::new();
    for login in ["passwordless", "nobody-here", "locked"] {
        let browser = app.browser();
        let ways = browser.begins_without_password(login).await;
        choices.push(visible(&ways, login, app.port()));
    }
    assert_eq!(choices[0], choices[1]);
    assert_eq!(choices[0], choices[2]);
    assert_eq!(app.asked(Endpoint::PrimaryAuthenticate) + app.asked(Endpoint::Token), 0);
}

#[tokio::test]
async fn sec_108_a_code_alone_tells_nobody_which_names_exist() {
    let app = TestApp::spawn().await;
    let mut ends = Vec::new();
    for login in ["otp", "password", "phone", "locked", "nobody-here"] {
        let browser = app.browser();
        let ways = browser.begins_without_password(login).await;
        let mut page = browser.follows(&browser.chooses(&ways, "otp").await).await;
        let mut pages = Vec::new();
        for _ in 0..2 {
            page = browser.enters_code(&page, "000000").await;
            page.expect(403).says("That code didn’t work");
            pages.push(visible(&page, login, app.port()));
        }
        ends.push(pages);
    }
    for end in &ends {
        assert_eq!(*end, ends[0]);
    }
    assert_eq!(app.asked(Endpoint::Token), 10, "each is asked like any other");
}
