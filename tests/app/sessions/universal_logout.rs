//! Universal Logout: Okta orders that every session of a user ends.

use okta_sim::{LogoutOrder, Settings, SubjectFormat, TokenFlaw, UniversalLogout};
use reqwest::Method;
use serde_json::json;

use crate::support::{Browser, Page, SESSION, Served, TestApp, assert_guarded, client, free_port, metric, secs};

const PATH: &str = "/global-token-revocation";
const ENDED: &str = "portico_session_ended_total{reason=\"okta\"}";

async fn started() -> TestApp {
    registered(TestApp::builder().standing_still().spawn().await)
}

/// Registers the service at Okta for logout orders.
fn registered(app: TestApp) -> TestApp {
    let url = format!("{}{PATH}", app.base()).parse().unwrap();
    let target = UniversalLogout::at(url);
    app.okta().register_universal_logout(target);
    app
}

async fn signed_in(app: &TestApp) -> Browser {
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    browser
}

async fn is_in(browser: &Browser) -> bool {
    browser.session().await["active"] == true
}

fn order(app: &TestApp, format: SubjectFormat) -> LogoutOrder {
    app.okta().logout_order("password", format).unwrap()
}

/// The status with which the service answers an order.
async fn answered(order: &LogoutOrder) -> u16 {
    order.send().await.unwrap().status
}

#[tokio::test]
async fn sec_210_the_button_at_okta_ends_every_session_and_no_attempt() {
    let app = started().await;
    let (laptop, phone) = (signed_in(&app).await, signed_in(&app).await);
    let somebody = app.browser();
    let waiting = somebody.reaches("push", "push").await;
    let mut events = somebody.waits(&waiting).await;
    // The same person signs in once more while the order comes.
    let tab = app.browser();
    let form = tab.opens_sign_in(None).await;

    let button = app
        .okta()
        .url()
        .join("/phone/password@example.com/end-sessions")
        .unwrap();
    let pressed = client().post(button).form(&[("format", "email")]).send();
    assert_eq!(pressed.await.unwrap().status(), 303);
    // Okta has its answer; from now on both are refused.
    assert!(!is_in(&laptop).await && !is_in(&phone).await);
    laptop.gets("/account").await.leads_to("/sign-in?return_to=");
    app.revoked(2).await;
    assert_eq!(metric(&app.metrics().await, ENDED), 2);

    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    assert_eq!(events.next().await, "approved");
    somebody.says_approved(&waiting).await.leads_to(app.base());
    tab.submits_password(&form, "password", crate::support::PASSWORD)
        .await
        .leads_to(app.base());
    assert!(is_in(&somebody).await && is_in(&tab).await);
}

#[tokio::test]
async fn a_user_is_found_by_sub_login_and_email_and_nobody_else_is_affected() {
    let app = started().await;
    let other = app.browser();
    let code = other.reaches("otp", "otp").await;
    other
        .enters_code(&code, &app.phone("otp").otp().unwrap())
        .await
        .leads_to(app.base());
    for format in [SubjectFormat::Email, SubjectFormat::IssSub, SubjectFormat::Opaque] {
        let browser = signed_in(&app).await;
        assert_eq!(answered(&order(&app, format)).await, 204, "{format:?}");
        assert!(!is_in(&browser).await, "{format:?}");
    }
    let browser = signed_in(&app).await;
    let mut order = order(&app, SubjectFormat::Email);
    order.body["sub_id"]["email"] = json!("PassWord@Example.COM");
    assert_eq!(answered(&order).await, 204, "whatever its case");
    assert!(!is_in(&browser).await);
    assert!(is_in(&other).await);
}

#[tokio::test]
async fn a_logout_order_is_accepted_once() {
    let app = started().await;
    let first = signed_in(&app).await;
    let order = order(&app, SubjectFormat::IssSub);
    assert_eq!(answered(&order).await, 204);
    assert!(!is_in(&first).await);
    let second = signed_in(&app).await;
    let replayed = order.send().await.unwrap();
    assert_eq!(replayed.status, 401);
    let challenge = replayed.challenge.unwrap();
    assert_eq!(challenge, "Bearer error=\"invalid_token\"");
    app.advance(secs(359));
    assert_eq!(answered(&order).await, 401, "as long as it would be good");
    app.advance(secs(1));
    assert_eq!(answered(&order).await, 401, "and then it is not");
    assert!(is_in(&second).await);
}

#[tokio::test]
async fn sec_222_what_okta_did_not_sign_for_this_ends_nothing() {
    let app = started().await;
    let browser = signed_in(&app).await;
    let issued = app.okta().secrets_issued();
    for flaw in [
        TokenFlaw::AlgNone,
        TokenFlaw::Hs256,
        TokenFlaw::WrongKey,
        TokenFlaw::MissingKid,
        TokenFlaw::CutShort,
        TokenFlaw::WrongIssuer,
        TokenFlaw::WrongAudience,
        TokenFlaw::Expired,
        TokenFlaw::FutureIat,
        TokenFlaw::EmptySub,
    ] {
        app.okta().set_switch(|on| on.token_flaw = flaw);
        let answer = order(&app, SubjectFormat::Email).send().await.unwrap();
        assert_eq!(answer.status, 401, "{flaw:?}");
        assert_eq!(answer.body, r#"{"error":"invalid_token"}"#, "{flaw:?}");
    }
    app.okta().set_switch(|on| on.token_flaw = TokenFlaw::None);
    // The org's access tokens are opaque here, so this is the ID token.
    let mut jwts = issued.into_iter().filter(|secret| secret.starts_with("eyJ"));
    let mut stolen = order(&app, SubjectFormat::Email);
    stolen.token = jwts.next().expect("an ID token was issued");
    assert_eq!(answered(&stolen).await, 401, "SEC-223");
    let elsewhere = UniversalLogout {
        client_id: "portico-mfa".to_owned(),
        ..UniversalLogout::at(order(&app, SubjectFormat::Email).url)
    };
    app.okta().register_universal_logout(elsewhere);
    let of_another_app = order(&app, SubjectFormat::Email);
    assert_eq!(answered(&of_another_app).await, 401);
    assert!(is_in(&browser).await);
    assert_eq!(metric(&app.metrics().await, ENDED), 0);
}

#[tokio::test]
async fn a_logout_order_for_an_unknown_subject_is_answered_with_404() {
    let app = started().await;
    let browser = signed_in(&app).await;
    for format in [SubjectFormat::Email, SubjectFormat::IssSub, SubjectFormat::Opaque] {
        let order = app.okta().logout_order("locked", format).unwrap();
        let answer = order.send().await.unwrap();
        assert_eq!(answer.status, 404, "{format:?}");
        assert_eq!(answer.body, r#"{"error":"unknown_subject"}"#);
    }
    let mut order = order(&app, SubjectFormat::IssSub);
    order.body["sub_id"]["iss"] = json!("https://other.example.com");
    let answer = order.send().await.unwrap();
    assert_eq!(answer.status, 403);
    assert_eq!(answer.body, r#"{"error":"another_issuer"}"#);
    assert!(is_in(&browser).await);
}

#[tokio::test]
async fn without_an_email_in_the_session_no_user_can_be_named_by_email() {
    let app = TestApp::builder()
        .standing_still()
        .set("okta.scopes", "openid, profile, offline_access")
        .spawn()
        .await;
    let app = registered(app);
    assert_eq!(answered(&order(&app, SubjectFormat::Email)).await, 404);
    let browser = signed_in(&app).await;
    assert_eq!(answered(&order(&app, SubjectFormat::Email)).await, 422);
    assert!(is_in(&browser).await);
    assert_eq!(answered(&order(&app, SubjectFormat::IssSub)).await, 204);
    assert!(!is_in(&browser).await);
}

#[tokio::test]
async fn under_a_path_the_whole_address_is_the_audience() {
    let port = free_port();
    let app = TestApp::builder()
        .standing_still()
        .set("public_url", &format!("http://localhost:{port}/auth"))
        .set("listen", &format!("127.0.0.1:{port}"))
        .spawn()
        .await;
    let app = registered(app);
    let browser = app.browser();
    browser.begins("password").await.expect(303);
    assert_eq!(answered(&order(&app, SubjectFormat::Email)).await, 204);
    assert!(!is_in(&browser).await);
    let mut bare = UniversalLogout::at(order(&app, SubjectFormat::Email).url);
    bare.url.set_path(PATH);
    app.okta().register_universal_logout(bare);
    let mut elsewhere = order(&app, SubjectFormat::Email);
    elsewhere.url.set_path(&format!("/auth{PATH}"));
    assert_eq!(answered(&elsewhere).await, 401);
}

#[tokio::test]
async fn while_oktas_keys_are_unknown_no_logout_order_can_be_verified() {
    let mut app = started().await;
    let order = order(&app, SubjectFormat::Email);
    app.okta_leaves().await;
    let answer = order.send().await.unwrap();
    assert_eq!(answer.status, 503);
    assert_eq!(answer.body, r#"{"error":"unverified"}"#);
    app.okta_returns().await;
    assert_eq!(answered(&order).await, 404, "it was not used up");
}

#[tokio::test]
async fn sec_503_a_logout_order_is_logged_without_its_user() {
    let served = Served::start_with(Settings::default(), &[]).await;
    let url = format!("{}{PATH}", served.base).parse().unwrap();
    let okta = &served.okta;
    okta.register_universal_logout(UniversalLogout::at(url));
    let browser = served.browser();
    browser.begins("password").await.expect(303);
    let order = okta.logout_order("password", SubjectFormat::IssSub).unwrap();
    assert_eq!(answered(&order).await, 204);
    assert_eq!(answered(&order).await, 401);
    let subject = order.body["sub_id"]["sub"].as_str().unwrap();
    served.process.send_sigterm();
    let (_, log) = served.process.ends().await;
    for secret in ["password@", subject, &order.token] {
        assert!(!log.contains(secret), "{log}");
    }
    let lines = |words: &str| log.lines().filter(|line| line.contains(words)).count();
    assert_eq!(lines("Okta ended every session of a user"), 1, "{log}");
    assert_eq!(lines("\"outcome\":\"sessions_ended\""), 1, "{log}");
    assert_eq!(lines("\"outcome\":\"invalid_token\""), 1, "{log}");
}

/// A request that is not quite Okta's.
async fn posts(app: &TestApp, headers: &[(&str, &str)], body: &str) -> Page {
    let browser = app.browser();
    browser.plants_cookie(SESSION, &"A".repeat(43));
    let mut request = browser.request(Method::POST, PATH).body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let page = browser.sends(request).await;
    assert_guarded(&page);
    assert!(page.headers.get("set-cookie").is_none());
    page
}

/// Headers, body, and the status of the answer.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, u16);

#[tokio::test]
async fn sec_307_odd_requests_are_told_apart_and_end_nothing() {
    const JSON: (&str, &str) = ("content-type", "application/json");
    let app = started().await;
    let browser = signed_in(&app).await;
    let order = order(&app, SubjectFormat::Email);
    let bearer = format!("Bearer {}", order.token);
    let ours = ("authorization", bearer.as_str());
    let body = order.body.to_string();
    let padded = |length: usize| format!("{body}{}", " ".repeat(length - body.len()));
    let form = "application/x-www-form-urlencoded";
    let cases: [Case<'_>; 10] = [
        (&[JSON], &body, 401),
        (&[JSON, ("authorization", "Basic YTpi")], &body, 401),
        (&[JSON, ours, ours], &body, 401),
        (&[JSON, ours], "{}", 400),
        (&[JSON, ours], "not json", 400),
        (
            &[JSON, ours],
            r#"{"sub_id":{"format":"phone_number","phone_number":"+1"}}"#,
            400,
        ),
        (&[ours], &body, 415),
        (&[("content-type", form), ours], "sub_id=x", 415),
        (&[JSON, ours], &padded(8 * 1024 + 1), 413),
        (&[JSON, ("authorization", "Bearer x")], &body, 401),
    ];
    for (headers, body, status) in cases {
        let page = posts(&app, headers, body).await;
        page.expect(status);
        assert_eq!(page.header("www-authenticate").is_empty(), status != 401);
        assert!(!page.body.contains("password@"), "never who");
    }
    assert!(is_in(&browser).await);
    // A cookie or another origin makes no difference: only the token counts, and none of these requests used it up.
    let origin = ("origin", "https://evil.test");
    let page = posts(&app, &[JSON, ours, origin], &padded(8 * 1024)).await;
    assert_eq!(page.expect(204).body, "");
    assert!(!is_in(&browser).await);
}
