//! `/sign-in/push`: the page that waits for a phone.

use okta_sim::{Endpoint, Fault, FaultKind};

use crate::support::{Browser, PASSWORD, Page, SESSION, TestApp, builder_behind_proxy, eventually, metric, secs};

/// A browser whose sign-in waits for the phone.
pub(super) async fn waiting(app: &TestApp) -> (Browser, Page) {
    let browser = app.browser();
    let page = browser.reaches("push", "push").await;
    (browser, page)
}

#[tokio::test]
async fn an_approval_is_heard_and_the_button_of_the_page_signs_in() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(Some("/account")).await;
    let answer = browser.submits_password(&form, "push", PASSWORD).await;
    let ways = browser.follows(&answer).await;
    let page = browser.follows(&browser.chooses(&ways, "push").await).await;
    let mut events = browser.waits(&page).await;
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    assert_eq!(events.next().await, "approved");
    assert!(!browser.is_signed_in(), "a stream sets no cookie");
    let looks = browser.gets(&page.attribute("data-next").unwrap()).await;
    looks.expect(200).says("Approved. Taking you on.");
    assert!(!browser.is_signed_in(), "looking hands out no session");
    let answer = browser.says_approved(&looks).await;
    answer.leads_to(&format!("{}/account", app.base()));
    assert_eq!(answer.cookies(SESSION).len(), 1);
    browser.follows(&answer).await.expect(200).says("push@example.com");
}

#[tokio::test]
async fn sec_134_a_denial_is_heard_and_sends_nothing_more() {
    let app = TestApp::spawn().await;
    let (browser, page) = waiting(&app).await;
    let mut events = browser.waits(&page).await;
    app.phone("push").deny(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    assert_eq!(events.next().await, "denied");
    assert!(events.has_ended().await);
    let denied = browser.gets(&page.attribute("data-next").unwrap()).await;
    denied.expect(200).says("You declined the request on your phone");
    let (polls, pushes) = (app.asked(Endpoint::Token), app.asked(Endpoint::Challenge));
    // A page that was left open hears the same, and its button does not ask Okta.
    assert_eq!(browser.waits(&page).await.next().await, "denied");
    browser.says_approved(&page).await;
    app.advance(secs(30));
    let held = browser.presses(&denied, "/sign-in/push/resend", &[]).await;
    held.expect(429);
    assert_eq!(
        (app.asked(Endpoint::Token), app.asked(Endpoint::Challenge)),
        (polls, pushes)
    );
    app.advance(secs(31));
    let fresh = browser.gets(&page.url).await;
    let again = browser.presses(&fresh, "/sign-in/push/resend", &[]).await;
    browser
        .follows(again.leads_to("/sign-in/push"))
        .await
        .says("We sent a new request");
}

#[tokio::test]
async fn a_wait_that_another_tab_ended_is_not_said_to_be_approved() {
    let app = TestApp::spawn().await;
    let (browser, page) = waiting(&app).await;
    let mut events = browser.waits(&page).await;
    browser.presses(&page, "/sign-in/restart", &[]).await;
    assert_eq!(events.next().await, "retry");
    assert!(events.has_ended().await);
    let browser = app.browser();
    let page = browser.reaches("all", "push").await;
    let mut events = browser.waits(&page).await;
    let ways = browser.gets(&page.link("Use another way").unwrap()).await;
    browser.follows(&browser.chooses(&ways, "sms").await).await.expect(200);
    assert_eq!(events.next().await, "retry");
}

#[tokio::test]
async fn a_request_that_nobody_answers_runs_out() {
    let app = TestApp::builder()
        .okta(|okta| okta.switches.oob_expires_in_s = 60)
        .spawn()
        .await;
    let (browser, page) = waiting(&app).await;
    let mut events = browser.waits(&page).await;
    app.advance(secs(61));
    assert_eq!(events.next().await, "expired");
    let expired = browser.gets(&page.url).await;
    expired.expect(200).says("The request ran out");
    let again = browser.presses(&expired, "/sign-in/push/resend", &[]).await;
    let page = browser.follows(again.leads_to("/sign-in/push")).await;
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    browser.says_approved(&page).await.leads_to(app.base());
}

#[tokio::test]
async fn sec_136_five_tabs_ask_okta_once_per_interval() {
    let app = TestApp::spawn().await;
    let (browser, page) = waiting(&app).await;
    let before = app.asked(Endpoint::Token);
    let mut streams = Vec::new();
    for _ in 0..5 {
        streams.push(browser.waits(&page).await);
    }
    for poll in 1..=4 {
        app.advance(secs(5));
        eventually("a poll", async || app.asked(Endpoint::Token) >= before + poll).await;
        assert_eq!(app.asked(Endpoint::Token), before + poll);
    }
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    for stream in &mut streams {
        assert_eq!(stream.next().await, "approved");
    }
    assert_eq!(app.asked(Endpoint::Token), before + 5);
}

#[tokio::test]
async fn without_a_waiting_page_okta_is_not_polled() {
    let app = TestApp::spawn().await;
    let (browser, page) = waiting(&app).await;
    let before = app.asked(Endpoint::Token);
    for _ in 0..5 {
        app.advance(secs(5));
        browser.gets(&page.url).await.expect(200);
    }
    assert_eq!(app.asked(Endpoint::Token), before);
    let stream = browser.waits(&page).await;
    eventually("a poll", async || app.asked(Endpoint::Token) == before + 1).await;
    drop(stream);
    // The end of the connection is noticed although nothing is written to it for another ten seconds.
    for _ in 0..6 {
        browser.gets(&page.url).await.expect(200);
        app.advance(secs(5));
    }
    browser.gets(&page.url).await.expect(200);
    assert!(app.asked(Endpoint::Token) <= before + 2);
}

#[tokio::test]
async fn send_again_waits_for_its_cool_down() {
    let app = TestApp::spawn().await;
    let (browser, page) = waiting(&app).await;
    let held = browser.presses(&page, "/sign-in/push/resend", &[]).await;
    held.expect(429);
    let wait: u64 = held.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert_eq!(app.phone("push").prompts().len(), 1);
    app.advance(secs(21));
    let answer = browser
        .presses(&browser.gets(&page.url).await, "/sign-in/push/resend", &[])
        .await;
    browser
        .follows(answer.leads_to("/sign-in/push"))
        .await
        .says("We sent a new request");
    assert_eq!(app.phone("push").prompts().len(), 2);
}

#[tokio::test]
async fn a_request_that_okta_did_not_take_is_not_said_to_be_sent() {
    for kind in [FaultKind::ServerError, FaultKind::RateLimited { reset_s: 40 }] {
        let app = TestApp::spawn().await;
        let (browser, page) = waiting(&app).await;
        app.advance(secs(21));
        let page = browser.gets(&page.url).await;
        let fault = Fault::new(Endpoint::Challenge, kind.clone());
        app.okta().faults().push(fault);
        let answer = browser.presses(&page, "/sign-in/push/resend", &[]).await;
        let page = browser.follows(answer.leads_to("/sign-in/push")).await;
        assert!(!page.body.contains("We sent a new request"), "{kind:?}");
        assert_eq!(app.phone("push").prompts().len(), 1, "{kind:?}");
        // The first request can still be answered.
        app.phone("push").approve(&app.prompt("push").id).unwrap();
        app.advance(secs(60));
        browser.says_approved(&page).await.leads_to(app.base());
    }
}

#[tokio::test]
async fn sec_706_without_script_a_button_asks_and_nothing_reloads_by_itself() {
    let app = TestApp::spawn().await;
    let (browser, page) = waiting(&app).await;
    assert!(!page.body.contains("http-equiv"));
    assert!(page.buttons().contains(&"I have approved it".to_owned()));
    app.advance(secs(5));
    let answer = browser.says_approved(&page).await;
    let page = browser.follows(answer.leads_to("/sign-in/push")).await;
    page.expect(200).says("We haven’t heard from your phone yet");
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    browser.says_approved(&page).await.leads_to(app.base());
}

#[tokio::test]
async fn sec_135_a_push_without_the_number_that_is_required_is_abandoned() {
    let app = TestApp::builder()
        .set("sign_in.require_number_challenge", "true")
        .spawn()
        .await;
    let browser = app.browser();
    let ways = browser.follows(&browser.begins("push").await).await;
    let page = browser.chooses(&ways, "push").await;
    page.expect(403);
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    browser.gets("/sign-in/push").await;
    assert!(!browser.is_signed_in());
    assert!(!page.ways().contains(&"push".to_owned()), "{}", page.text());
}

#[tokio::test]
async fn a_push_that_waits_is_not_lost_by_asking_for_it_again_too_soon() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let page = browser.reaches("number", "push").await;
    let (heading, asked) = (page.heading(), app.asked(Endpoint::Challenge));
    let held = browser.presses(&page, "/sign-in/push/resend", &[]).await;
    held.expect(429).is_headed(&heading);
    let ways = browser.gets(&page.link("Use another way").unwrap()).await;
    let answer = browser.chooses(ways.expect(200), "push").await;
    let page = browser.follows(answer.leads_to("/sign-in/push")).await;
    page.expect(200).is_headed(&heading);
    assert_eq!(app.asked(Endpoint::Challenge), asked);
    let number = heading.split(' ').nth(1).unwrap().to_owned();
    app.phone("number").tap(&app.prompt("number").id, &number).unwrap();
    app.advance(secs(5));
    browser.says_approved(&page).await.leads_to(app.base());
}

#[tokio::test]
async fn one_visit_has_eight_event_streams_and_the_oldest_gives_way() {
    let app = TestApp::spawn().await;
    let (browser, page) = waiting(&app).await;
    let (other, elsewhere) = waiting_again(&app).await;
    let mut of_another = other.waits(&elsewhere).await;
    let mut streams = Vec::new();
    for _ in 0..20 {
        streams.push(browser.waits(&page).await);
    }
    for stream in streams.drain(..12).collect::<Vec<_>>() {
        assert!(stream.has_ended().await);
    }
    app.phone("number").deny(&app.prompt("number").id).unwrap();
    app.phone("push").deny(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    for stream in streams.iter_mut().chain([&mut of_another]) {
        assert_eq!(stream.next().await, "denied");
    }
}

#[tokio::test]
async fn sec_319_one_address_has_forty_event_streams_and_the_next_office_has_its_own() {
    let app = builder_behind_proxy().spawn().await;
    let at = |address| app.browser().with_header("x-forwarded-for", address);
    let next_door = at("192.0.2.8");
    let page = next_door.reaches("number", "push").await;
    let mut of_another = next_door.waits(&page).await;
    let mut streams = Vec::new();
    for visit in 0..7 {
        let browser = at("192.0.2.7");
        // No account is sent more than five pushes.
        let login = if visit < 4 { "push" } else { "number" };
        let page = browser.reaches(login, "push").await;
        for _ in 0..if visit < 6 { 8 } else { 2 } {
            streams.push(browser.waits(&page).await);
        }
    }
    assert_eq!(streams.len(), 50);
    let metrics = app.metrics().await;
    let gave_way = metric(&metrics, "portico_throttled_total{scope=\"waits\"}");
    assert_eq!(gave_way, 10);
    for login in ["push", "number"] {
        for prompt in app.phone(login).prompts() {
            app.phone(login).deny(&prompt.id).unwrap();
        }
    }
    app.advance(secs(5));
    let mut told = 0;
    for stream in &mut streams {
        if let Some(event) = stream.next_or_end().await {
            assert_eq!(event, "denied");
            told += 1;
        }
    }
    assert_eq!(told, 40);
    assert_eq!(of_another.next().await, "denied");
}

/// Another browser that waits for another phone.
async fn waiting_again(app: &TestApp) -> (Browser, Page) {
    let browser = app.browser();
    let page = browser.reaches("number", "push").await;
    (browser, page)
}

#[tokio::test]
async fn sec_133_a_name_alone_rings_no_phone_unless_the_operator_wants_it() {
    let app = TestApp::builder().set("sign_in.first", "password").spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    browser.submits_password(&form, "push", "wrong").await.expect(403);
    let hidden = browser.opens_sign_in(None).await.form("/sign-in");
    let mut fields: Vec<_> = hidden
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    fields.extend([("username", "push@example.com"), ("factor", "push")]);
    for path in ["/sign-in/factor", "/sign-in/push", "/sign-in/push/resend"] {
        browser.posts(path, &fields).await;
        browser.gets(path).await;
    }
    assert!(app.phone("push").prompts().is_empty());
    // With the password it rings, once the customer asks for it.
    let ways = browser.follows(&browser.begins("push").await).await;
    assert!(app.phone("push").prompts().is_empty());
    browser.follows(&browser.chooses(&ways, "push").await).await;
    assert_eq!(app.phone("push").prompts().len(), 1);
}
