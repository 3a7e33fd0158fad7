//! `cargo demo`, as the reader of the README runs it.

use reqwest::Method;

use crate::support::{Browser, PASSWORD, Running, client, portico};

#[tokio::test]
async fn the_demo_leads_from_the_portal_through_the_form_and_back() {
    let demo = Running::start(portico(&[
        "demo",
        "--port",
        "0",
        "--sim-port",
        "0",
        "--portal-port",
        "0",
    ]));
    let first = |line: String| line.split_whitespace().next().unwrap().to_owned();
    let portal = first(demo.says("Open"));
    let phones = first(demo.says("Hold"));
    let form_address = first(demo.says("Service"));
    let browser = Browser::new(client(), form_address.strip_suffix("/sign-in").unwrap());

    let sent = browser.gets(&portal).await;
    let form = browser.gets(sent.leads_to(&form_address).location()).await;
    form.expect(200)
        .is_headed("Sign in")
        .says("to continue to Acme Portal");
    let answer = browser.submits_password(&form, "password", PASSWORD).await;
    let welcome = browser.gets(answer.leads_to(&portal).location()).await;
    welcome
        .expect(200)
        .says("Welcome, ")
        .says("password@example.com");
    browser.gets(&phones).await.expect(200);
    let phone = format!("{phones}/password@example.com");
    let page = browser.gets(&phone).await;
    page.says("End all sessions (Universal Logout)");
    let button = browser.request(Method::POST, &format!("{phone}/end-sessions"));
    let pressed = browser.sends(button.form(&[("format", "email")])).await;
    pressed.expect(303);
    browser.gets(&phone).await.says("Answered 204 at");
    browser.gets(&portal).await.leads_to(&form_address);
    let form = browser.gets(browser.gets(&portal).await.location()).await;
    browser
        .submits_password(&form, "password", PASSWORD)
        .await
        .leads_to(&portal);

    let farewell = browser
        .follows(browser.signs_out().await.leads_to("/signed-out"))
        .await;
    farewell.expect(200).is_headed("You’re signed out");
    browser.gets(&portal).await.leads_to(&form_address);

    demo.is_told_to_stop();
    let (code, complaints) = demo.ends().await;
    assert_eq!(code, Some(0), "{complaints}");
}
