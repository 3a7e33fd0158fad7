//! Every refusal in Okta's catalogue: the call that is refused, the page that the customer sees, and the next step from
//! there. Also what a page adds if the account lacks something.

mod scene;
mod table;

use okta_sim::{Fault, FaultKind};

use crate::support::{PASSWORD, SESSION, TestApp, metric, secs};
use scene::Scene;
use table::{Body, Row};

/// The call that Okta refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// The name and the password.
    Password,
    /// After the password: a code of the authenticator app.
    AppCode,
    /// After the password: the request for a text message.
    Text,
    /// After the password: the code of the text message.
    TextCode,
    /// After the password: the poll for the approval of a push.
    Poll,
    /// After the password: the request for a passkey.
    PasskeyStart,
    /// After the password: the passkey's assertion.
    Passkey,
    /// With a name alone: the request for an email.
    FirstEmail,
    /// With a name alone: a code of the authenticator app.
    FirstCode,
    /// Long after the sign-in: the refresh of the session's tokens.
    Refresh,
}

/// What the customer sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shows {
    Mismatch,
    NotAnswering,
    Wait,
    NotAllowed,
    PasswordExpired,
    NotEnrolled,
    OtherWay,
    /// Nothing of the refusal: the page for a code that was sent.
    Sent,
    WrongCode,
    CodeExpired,
    StartAgain,
    Declined,
    PushExpired,
    StillWaiting,
    PasskeyRefused,
    SignedOut,
    /// The session goes on as if Okta had not been asked.
    StillSignedIn,
}

impl Shows {
    /// The status of the first answer; the heading and some words of the last page.
    fn page(self, at: At) -> (u16, &'static str, &'static str) {
        let (unanswered, step) = at.when_nothing_came_of_it();
        match self {
            Self::Mismatch => (403, "Sign in", "That name and password don’t match"),
            Self::NotAnswering => (unanswered, step, "Sign-in isn’t answering right now"),
            Self::Wait => (503, step, "Wait a moment before trying again"),
            Self::NotAllowed => (403, "You can’t sign in to Acme Portal from here", "; quote "),
            Self::PasswordExpired => (403, "Your password has expired", "Set a new one"),
            Self::NotEnrolled => (403, "There is no way yet to confirm it’s you", "needs one more way"),
            Self::OtherWay if at == At::AppCode => (303, CHOICE, "This way isn’t set up for your account"),
            Self::OtherWay => (403, CHOICE, "This way isn’t set up for your account"),
            Self::Sent => (303, CODE, "we emailed to you"),
            Self::WrongCode => (403, CODE, "That code didn’t work"),
            Self::CodeExpired => (403, CODE, "That code has expired"),
            Self::StartAgain => (303, "Sign in", "Let’s start again"),
            Self::Declined => (403, "Check your phone", "You declined the request on your phone"),
            Self::PushExpired => (403, "Check your phone", "The request ran out"),
            Self::StillWaiting => (303, "Check your phone", "We haven’t heard from your phone yet"),
            Self::PasskeyRefused => (303, CHOICE, "That passkey didn’t work"),
            Self::SignedOut => (303, "Sign in", "Your session has ended"),
            Self::StillSignedIn => (200, "You’re signed in", "password@example.com"),
        }
    }
}

const CHOICE: &str = "How do you want to confirm it’s you?";
const CODE: &str = "Enter the code";

impl At {
    /// The status and the page when the attempt stays where it was.
    fn when_nothing_came_of_it(self) -> (u16, &'static str) {
        match self {
            Self::Password => (503, "Sign in"),
            Self::AppCode | Self::TextCode | Self::FirstCode => (503, CODE),
            Self::Text | Self::FirstEmail | Self::PasskeyStart => (503, CHOICE),
            Self::Passkey => (503, "Use your passkey"),
            // The push is given up, and the customer chooses again.
            Self::Poll => (303, CHOICE),
            Self::Refresh => (200, ""),
        }
    }
}

async fn assert_refused(app: &TestApp, row: &Row, (at, shows, result): (At, Shows, &str)) {
    let case = format!("{} at {at:?}", row.name);
    let scene = Scene::reach(app, at).await;
    let series = format!(
        "portico_attempts_total{{factor=\"{}\",result=\"{result}\"}}",
        at.factor()
    );
    let before = metric(&app.metrics().await, &series);
    app.okta().faults().push(Fault::new(at.endpoint(), row.fault()));
    let (answer, page) = scene.acts(app).await;
    assert!(app.okta().faults().waiting().is_empty(), "{case}: Okta was not asked");

    let (status, heading, words) = shows.page(at);
    assert_eq!(answer.status, status, "{case}:\n{}", page.text());
    assert_eq!(page.heading(), heading, "{case}:\n{}", page.text());
    assert!(page.text().contains(words), "{case}: not {words:?}:\n{}", page.text());
    assert_eq!(
        page.title().starts_with("Error: "),
        shows.is_error(),
        "{case}: {}",
        page.title()
    );
    assert!(answer.cookies(SESSION).is_empty(), "{case}: signed in");
    if matches!(shows, Shows::Wait) {
        let wait: u64 = answer.header("retry-after").parse().unwrap();
        assert!((1..=120).contains(&wait), "{case}: {wait}");
    }
    scene.keeps_the_name(&page, &case);
    for secret in [PASSWORD, scene.typed.as_str()] {
        assert!(
            secret.is_empty() || !page.body.contains(secret),
            "{case}: {secret} came back"
        );
    }
    // Okta's own words may go into the log, never into a page.
    for words in row.body.words() {
        assert!(
            words.len() < 8 || !page.body.contains(words),
            "{case}: Okta’s words are shown"
        );
    }
    let counted = metric(&app.metrics().await, &series) - before;
    assert_eq!(counted, u64::from(!result.is_empty()), "{case}: {series}");

    let wait = answer.header("retry-after").parse().unwrap_or(0);
    app.advance(secs(wait + 1));
    scene.goes_on(app, shows, &page).await;
}

async fn all_are_refused(rows: &[Row]) {
    for row in rows {
        let app = TestApp::spawn().await;
        for met in row.at {
            assert_refused(&app, row, *met).await;
            // Limits of one step must not hold up the next.
            app.advance(secs(301));
        }
    }
}

impl Row {
    fn fault(&self) -> FaultKind {
        match self.body {
            Body::OAuth(error, text) => FaultKind::Oauth {
                status: self.status,
                error: error.to_owned(),
                description: (!text.is_empty()).then(|| text.to_owned()),
            },
            Body::Core(code, summary) => FaultKind::Core {
                status: self.status,
                code: code.to_owned(),
                summary: summary.to_owned(),
            },
        }
    }
}

impl Shows {
    fn is_error(self) -> bool {
        !matches!(
            self,
            Self::Sent | Self::StartAgain | Self::StillWaiting | Self::SignedOut | Self::StillSignedIn
        )
    }
}

#[tokio::test]
async fn every_failure_of_any_call_is_explained_with_a_next_step() {
    all_are_refused(table::ANYWHERE).await;
}

#[tokio::test]
async fn every_refusal_of_a_factor_or_user_is_explained_with_a_next_step() {
    all_are_refused(table::FACTORS).await;
}

#[tokio::test]
async fn every_misconfiguration_gets_the_calm_page_and_no_details() {
    all_are_refused(table::OPERATOR).await;
}

#[tokio::test]
async fn every_error_of_oktas_core_api_is_explained_with_a_next_step() {
    all_are_refused(table::CORE).await;
}

#[tokio::test]
async fn an_expired_password_leads_to_where_it_is_replaced() {
    let app = TestApp::builder()
        .set("sign_in.links.forgot_password", "https://id.example.com/reset")
        .spawn()
        .await;
    let browser = app.browser();
    let page = browser.begins("expired").await;
    page.expect(403).is_headed("Your password has expired");
    assert!(page.body.contains("https://id.example.com/reset"));
    assert!(!browser.is_signed_in());
}

#[tokio::test]
async fn an_account_without_a_second_factor_is_told_what_is_missing() {
    let app = TestApp::builder()
        .set("sign_in.links.set_up_factors", "https://id.example.com/settings")
        .spawn()
        .await;
    let browser = app.browser();
    let page = browser.begins("unenrolled").await;
    page.is_headed("There is no way yet to confirm it’s you");
    page.expect(403);
    assert!(page.body.contains("https://id.example.com/settings"), "{}", page.text());
    assert!(!browser.is_signed_in());
}

#[tokio::test]
async fn a_way_that_is_not_set_up_leaves_the_others() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let ways = browser.follows(&browser.begins("otp").await).await;
    assert!(ways.ways().contains(&"sms".to_owned()));
    let page = browser.chooses(&ways, "sms").await;
    page.expect(403).says("This way isn’t set up for your account");
    assert!(
        !page.ways().contains(&"sms".to_owned()),
        "what is missing is not offered again"
    );
    let code = browser.follows(&browser.chooses(&page, "otp").await).await;
    browser
        .enters_code(&code, &app.phone("otp").otp().unwrap())
        .await
        .leads_to(app.base());
}
