//! Sign-ins that an operator has closed.

use okta_sim::Endpoint;
use reqwest::Method;
use serde_json::Value;

use crate::support::{HOSTED, PASSWORD, Page, SESSION, Served, TestApp, client, metric, portico, run, secs};

const HEADING: &str = "Signing in is paused";

async fn ask(app: &TestApp, method: Method) -> Value {
    let asked = client()
        .request(method, app.private("/admin/closed"))
        .send()
        .await
        .unwrap();
    assert_eq!(asked.status(), 200);
    asked.json().await.unwrap()
}

/// Closes or opens, and waits as long as a replica may not know it yet.
async fn tell(app: &TestApp, method: Method) {
    ask(app, method).await;
    app.advance(secs(1));
}

fn expect_closed(page: &Page) {
    page.expect(503).is_headed(HEADING).says("you stay signed in");
    assert_eq!(page.header("retry-after"), "300");
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(!page.body.contains("name=\"password\""), "{}", page.body);
}

#[tokio::test]
async fn while_sign_ins_are_closed_sessions_go_on_and_nobody_new_comes_in() {
    let app = TestApp::spawn().await;
    assert_eq!(ask(&app, Method::GET).await["closed"], false);
    let inside = app.browser();
    inside.begins("password").await.leads_to(app.base());
    let late = app.browser();
    let form = late.opens_sign_in(None).await;
    let asked = app.grants("password");

    let closed = ask(&app, Method::PUT).await;
    assert_eq!((&closed["closed"], closed["since"].is_string()), (&true.into(), true));
    app.advance(secs(1));
    assert_eq!(
        ask(&app, Method::PUT).await["since"],
        closed["since"],
        "closed twice, it stays closed since then"
    );

    expect_closed(&app.browser().opens_sign_in(None).await);
    expect_closed(&late.submits_password(&form, "password", PASSWORD).await);
    expect_closed(&late.gets("/sign-in?login_hint=otp@example.com").await);
    assert!(!late.is_signed_in());
    assert_eq!(app.grants("password"), asked, "Okta is not asked");
    let german = app.browser().with_header("accept-language", "de");
    german
        .opens_sign_in(None)
        .await
        .expect(503)
        .is_headed("Die Anmeldung macht gerade Pause");

    // Whoever is signed in stays so, is led past the form, and may sign out; a step-up is a sign-in.
    assert_eq!(inside.session().await["active"], true);
    inside.gets("/account").await.expect(200);
    inside.gets("/sign-in").await.expect(303);
    expect_closed(&inside.gets("/sign-in?max_age=0&prompt=login").await);
    assert_eq!(inside.session().await["active"], true);
    inside.signs_out().await;
    app.revoked(1).await;
    // It goes back to the form like everybody.
    expect_closed(&inside.opens_sign_in(None).await);

    assert_eq!(app.ops("/readyz").await.0, 200);
    assert_eq!(app.ops("/healthz").await.0, 200);
    let metrics = app.metrics().await;
    assert!(metric(&metrics, "portico_sign_ins_closed") >= 1, "{metrics}");

    tell(&app, Method::DELETE).await;
    assert_eq!(ask(&app, Method::GET).await["closed"], false);
    assert_eq!(metric(&app.metrics().await, "portico_sign_ins_closed"), 0);
    // The page that was open before can go on.
    late.submits_password(&form, "password", PASSWORD)
        .await
        .leads_to(app.base());
}

#[tokio::test]
async fn a_sign_in_that_has_begun_may_end_and_one_that_starts_over_may_not() {
    let app = TestApp::spawn().await;
    let (ends, starts_over, passwordless) = (app.browser(), app.browser(), app.browser());
    let code = ends.reaches("otp", "otp").await;
    let other = starts_over.reaches("otp", "otp").await;
    let form = passwordless.opens_sign_in(None).await;
    tell(&app, Method::PUT).await;
    ends.enters_code(&code, &app.phone("otp").otp().unwrap())
        .await
        .leads_to(app.base());
    assert!(ends.cookie(SESSION).is_some());
    let again = starts_over.presses(&other, "/sign-in/restart", &[]).await;
    expect_closed(&starts_over.follows(&again).await);
    // "Sign in without a password" is a first form too.
    let fields = form.form("/sign-in");
    let mut fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    fields.extend([("username", "passwordless@example.com"), ("password", "")]);
    let sent = app.asked(Endpoint::PrimaryAuthenticate);
    expect_closed(&passwordless.posts("/sign-in/factor", &fields).await);
    assert_eq!(app.asked(Endpoint::PrimaryAuthenticate), sent);
}

#[tokio::test]
async fn okta_s_own_page_is_closed_too() {
    let app = TestApp::hosted().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let address = form.link(HOSTED).unwrap();
    tell(&app, Method::PUT).await;
    expect_closed(&browser.gets(&address).await);
    tell(&app, Method::DELETE).await;
    browser.gets(&address).await.expect(303);
}

#[tokio::test]
async fn the_command_closes_and_opens_and_a_restart_opens_nothing() {
    let mut served = Served::start().await;
    let closed = |variables: &[(String, String)], arguments: &[&str]| {
        let mut command = portico(&[&["closed"], arguments].concat());
        command.envs(variables.to_vec());
        run(command)
    };
    let variables = served.variables.clone();
    assert_eq!(
        closed(&variables, &["show"]),
        (0, "sign-ins are open\n".to_owned(), String::new())
    );
    let (code, said, complaints) = closed(&variables, &["on"]);
    assert_eq!(code, 0, "{complaints}");
    assert!(said.starts_with("sign-ins are closed since "), "{said}");
    assert!(
        said.ends_with("sessions go on. `portico closed off` opens them\n"),
        "{said}"
    );
    // The replica that was told knows it at once.
    expect_closed(&served.browser().opens_sign_in(None).await);

    served.kill_and_restart().await;
    expect_closed(&served.browser().opens_sign_in(None).await);
    let (_, json, _) = closed(&variables, &["show", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["closed"], true);
    let mut command = portico(&["healthcheck"]);
    command.envs(variables.clone());
    assert_eq!(run(command).0, 0);

    assert_eq!(closed(&variables, &["off"]).1, "sign-ins are open\n");
    assert_eq!(closed(&variables, &["off"]).1, "sign-ins are open\n");
    served.browser().opens_sign_in(None).await.expect(200);
    served.process.send_sigterm();
    let (_, log) = served.process.ends().await;
    assert!(log.contains("\"event\":\"sign_ins_opened\""), "{log}");
    assert!(log.contains("\"outcome\":\"sign_ins_closed\""), "{log}");
}
