//! Where a sign-in may lead, from end to end. All cases are with the parser's own tests.

use crate::support::{PASSWORD, TestApp, free_port};

const HOME: &str = "https://portal.example.com/start";

fn app() -> impl Future<Output = TestApp> {
    TestApp::builder()
        .set("portal.home_url", HOME)
        .set(
            "portal.allowed_hosts",
            "portal.example.com, app.example.com, *.apps.example.com",
        )
        .spawn()
}

#[tokio::test]
async fn sec_147_what_is_not_ours_ends_on_the_portal_s_home() {
    let app = app().await;
    for hostile in [
        "https://evil.test",
        "//evil.test",
        "/\\evil.test",
        "/..//evil.test",
        "/x/..//evil.test",
        "/\t/evil.test",
        "https:evil.test",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://app.example.com/",
        "https://app.example.com@evil.test/",
        "https://u:p@app.example.com/",
        "https://app.example.com.evil.test/",
        "https://app.example.com:8443/",
        "https://x.y.apps.example.com/",
        "/%0d%0aLocation:%20https://evil.test\r\nX: y",
        "/sign-out",
        "/sign-in?return_to=/sign-in",
        "",
        &"a".repeat(5000),
    ] {
        let browser = app.browser();
        let form = browser.opens_sign_in(Some(hostile)).await;
        let answer = browser.submits_password(form.expect(200), "password", PASSWORD).await;
        assert_eq!(answer.expect(303).location(), HOME, "{hostile}");
    }
}

#[tokio::test]
async fn sec_147_a_link_of_four_kibibytes_arrives_whole() {
    let app = app().await;
    let base = app.base().to_owned();
    for link in [
        format!("/find?q={}", "a".repeat(4000)),
        // Every letter escaped, and escaped again in the query of the form.
        format!("/find?q={}", "%C3%BC".repeat(2000)),
    ] {
        let browser = app.browser();
        let form = browser.opens_sign_in(Some(&link)).await;
        let answer = browser.submits_password(form.expect(200), "password", PASSWORD).await;
        let location = answer.expect(303).location().to_owned();
        assert!(location == format!("{base}{link}"), "{}", location.len());
        // Signed in by now, in another tab.
        let again = browser.opens_sign_in(Some(&link)).await;
        assert!(again.expect(303).location() == location);
    }
    // The unescaped form of such a link: the page carries it back three times as long.
    let browser = app.browser();
    let form = browser
        .opens_sign_in(Some(&format!("/find?q={}", "\u{fc}".repeat(2000))))
        .await;
    app.advance(std::time::Duration::from_mins(20));
    let answer = browser.submits_password(form.expect(200), "password", PASSWORD).await;
    let again = browser.submits_password(answer.expect(403), "password", PASSWORD).await;
    assert!(again.expect(303).location() == format!("{base}/find?q={}", "%C3%BC".repeat(2000)));
    // A backslash in a query is an ordinary character there.
    let browser = app.browser();
    let form = browser.opens_sign_in(Some("/open?file=C:\\a\\b")).await;
    let answer = browser.submits_password(form.expect(200), "password", PASSWORD).await;
    let arrives = format!("{base}/open?file=C:%5Ca%5Cb");
    assert_eq!(answer.expect(303).location(), arrives);
}

#[tokio::test]
async fn sec_148_what_is_ours_arrives_whole() {
    let app = app().await;
    let base = app.base().to_owned();
    for (asked, arrives) in [
        ("/account", format!("{base}/account")),
        ("/a?b=c&d=//x#e", format!("{base}/a?b=c&d=//x#e")),
        ("/users/@me", format!("{base}/users/@me")),
        ("/%E2%9C%93", format!("{base}/%E2%9C%93")),
        (
            "https://app.example.com/x?y=1",
            "https://app.example.com/x?y=1".to_owned(),
        ),
        (
            "https://one.apps.example.com/",
            "https://one.apps.example.com/".to_owned(),
        ),
    ] {
        let browser = app.browser();
        let form = browser.opens_sign_in(Some(asked)).await;
        let answer = browser.submits_password(&form, "password", PASSWORD).await;
        assert_eq!(answer.expect(303).location(), arrives, "{asked}");
        // Signed in already: the same place, without a form.
        assert_eq!(browser.opens_sign_in(Some(asked)).await.expect(303).location(), arrives);
        assert_eq!(
            browser.opens_sign_in(Some("//evil.test")).await.expect(303).location(),
            HOME
        );
    }
}

#[tokio::test]
async fn two_return_to_parameters_count_as_none() {
    let app = app().await;
    app.browser()
        .gets("/sign-in?return_to=/a&return_to=https://evil.test")
        .await
        .expect(400);
}

#[tokio::test]
async fn sec_150_the_policy_lets_forms_lead_to_every_place_that_is_allowed() {
    let app = app().await;
    let form = app.browser().opens_sign_in(Some("https://app.example.com/")).await;
    let policy = form.header("content-security-policy");
    let targets = policy
        .split(';')
        .find(|part| part.trim().starts_with("form-action"))
        .unwrap();
    for origin in [
        "'self'",
        "https://app.example.com",
        "https://*.apps.example.com",
        "https://portal.example.com",
    ] {
        assert!(targets.contains(origin), "{targets}");
    }
}

#[tokio::test]
async fn a_refused_destination_is_counted() {
    let app = app().await;
    app.browser().opens_sign_in(Some("https://evil.test")).await.expect(200);
    assert!(app.metrics().await.contains("redirect_refused_total 1"));
}

#[tokio::test]
async fn the_service_may_stand_under_a_path() {
    let port = free_port();
    let app = TestApp::builder()
        .set("public_url", &format!("http://localhost:{port}/auth"))
        .set("listen", &format!("127.0.0.1:{port}"))
        .spawn()
        .await;
    assert_eq!(app.port(), port);
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let ways = browser
        .follows(
            browser
                .submits_password(&form, "otp", PASSWORD)
                .await
                .leads_to("/auth/sign-in/factor"),
        )
        .await;
    let code = browser.follows(&browser.chooses(&ways, "otp").await).await;
    let answer = browser.enters_code(&code, &app.phone("otp").otp().unwrap()).await;
    answer.expect(303);
    browser.gets("/auth/account").await.expect(200).says("otp@example.com");
    browser.gets("/sign-in").await.expect(404);
    let signed_out = browser
        .follows(browser.signs_out().await.leads_to("/auth/signed-out"))
        .await;
    signed_out.expect(200).is_headed("You’re signed out");
}
