//! Okta slow, rate-limiting, broken or down: a calm page, the name kept, and no password sent twice.

use okta_sim::{Endpoint, Fault, FaultKind};

use crate::support::{PASSWORD, Page, SESSION, TestApp, metric, secs};

/// The calm page: the name is kept, the password is not.
fn assert_calm_page(page: &Page, login: &str) {
    page.expect(503);
    assert_eq!(page.value("username"), login);
    assert_eq!(page.value("password"), "");
    assert!(!page.body.contains(PASSWORD));
    assert!(page.title().starts_with("Error: "), "{}", page.title());
    assert!(
        !page.text().contains("503") && !page.text().to_lowercase().contains("internal"),
        "{}",
        page.text()
    );
    assert!(page.cookies(SESSION).is_empty());
}

#[tokio::test]
async fn sec_402_whatever_breaks_at_okta_the_password_is_sent_once_and_the_name_is_kept() {
    let kinds = [
        FaultKind::ServerError,
        FaultKind::Maintenance,
        FaultKind::BadGateway,
        FaultKind::ResetBefore,
        FaultKind::ResetAfter,
        FaultKind::EmptyBody,
        FaultKind::CutJson,
        FaultKind::GarbageJson,
        FaultKind::WrongContentType,
        FaultKind::HugeBody { bytes: 2 * 1024 * 1024 },
        FaultKind::Redirect,
    ];
    for kind in kinds {
        let app = TestApp::spawn().await;
        let browser = app.browser();
        let form = browser.opens_sign_in(Some("/account")).await;
        app.okta().faults().push(Fault::new(Endpoint::Token, kind.clone()));
        let page = browser.submits_password(&form, "password", PASSWORD).await;
        assert_calm_page(&page, "password@example.com");
        assert!(page.alert().starts_with("Sign-in isn’t answering right now"));
        page.says("Your name is kept");
        assert_eq!(app.grants("password"), 1, "{kind:?}");
        assert_eq!(
            app.asked(Endpoint::Any) - app.asked(Endpoint::Discovery) - app.asked(Endpoint::Keys),
            1,
            "{kind:?}"
        );
        // The same page signs in as soon as Okta works again, and the destination is kept.
        app.advance(secs(61));
        let answer = browser.submits_password(&page, "password", PASSWORD).await;
        answer.leads_to(&format!("{}/account", app.base()));
    }
}

#[tokio::test]
async fn sec_404_a_limit_of_okta_is_told_with_its_wait() {
    let kinds = [
        FaultKind::RateLimited { reset_s: 40 },
        FaultKind::UserRateLimited,
        FaultKind::Concurrency,
    ];
    for kind in kinds {
        let app = TestApp::spawn().await;
        let browser = app.browser();
        let form = browser.opens_sign_in(None).await;
        app.okta().faults().push(Fault::new(Endpoint::Token, kind.clone()));
        let page = browser.submits_password(&form, "password", PASSWORD).await;
        assert_calm_page(&page, "password@example.com");
        page.says("Wait a moment before trying again");
        let wait: u64 = page.header("retry-after").parse().unwrap();
        assert!((1..=120).contains(&wait), "{kind:?}: {wait}");
        if matches!(kind, FaultKind::RateLimited { .. }) {
            assert!((30..=41).contains(&wait), "{wait}");
        }
        assert_eq!(app.grants("password"), 1);
        app.advance(secs(wait + 1));
        browser
            .submits_password(&page, "password", PASSWORD)
            .await
            .leads_to(app.base());
    }
}

#[tokio::test]
async fn okta_down_at_start_stops_nothing_but_the_sign_in() {
    let mut app = TestApp::builder().without_okta().spawn().await;
    let browser = app.browser();
    let (ready, _) = app.ops("/readyz").await;
    assert_eq!(ready, 200, "sessions go on without Okta");
    let form = browser.opens_sign_in(None).await;
    let page = browser.submits_password(form.expect(200), "password", PASSWORD).await;
    assert_calm_page(&page, "password@example.com");
    app.okta_returns().await;
    // A refused connection may be remembered for a while.
    app.advance(secs(61));
    browser
        .submits_password(&page, "password", PASSWORD)
        .await
        .leads_to(app.base());
}

#[tokio::test]
async fn an_outage_of_okta_affects_no_session_and_needs_no_restart() {
    let mut app = TestApp::spawn().await;
    let early = app.browser();
    early.begins("password").await.leads_to(app.base());
    app.okta_leaves().await;
    assert_eq!(early.session().await["active"], true);
    early.gets("/account").await.expect(200);
    let late = app.browser();
    let page = late.begins("password").await;
    assert_calm_page(&page, "password@example.com");
    app.okta_returns().await;
    app.advance(secs(61));
    late.submits_password(&page, "password", PASSWORD)
        .await
        .leads_to(app.base());
}

#[tokio::test]
async fn unknown_members_in_okta_s_answers_hurt_nobody() {
    let app = TestApp::spawn().await;
    app.okta().set_switch(|on| on.extra_members = true);
    app.okta()
        .faults()
        .push(Fault::new(Endpoint::Token, FaultKind::UnknownMembers).times(3));
    let browser = app.browser();
    let code = browser.reaches("otp", "otp").await;
    browser
        .enters_code(&code, &app.phone("otp").otp().unwrap())
        .await
        .leads_to(app.base());
}

#[tokio::test]
async fn sec_222_a_token_that_does_not_validate_starts_no_session() {
    use okta_sim::TokenFlaw;
    let flaws = [
        TokenFlaw::WrongIssuer,
        TokenFlaw::WrongAudience,
        TokenFlaw::Expired,
        TokenFlaw::FutureIat,
        TokenFlaw::AlgNone,
        TokenFlaw::Hs256,
        TokenFlaw::WrongKey,
        TokenFlaw::WrongAtHash,
        TokenFlaw::EmptySub,
        TokenFlaw::CutShort,
    ];
    for flaw in flaws {
        let app = TestApp::spawn().await;
        app.okta().set_switch(|on| on.token_flaw = flaw);
        let page = app.browser().begins("password").await;
        assert_calm_page(&page, "password@example.com");
    }
}

#[tokio::test]
async fn a_fault_while_a_code_is_checked_keeps_the_step() {
    for kind in [
        FaultKind::ServerError,
        FaultKind::RateLimited { reset_s: 5 },
        FaultKind::BadGateway,
    ] {
        let app = TestApp::spawn().await;
        let browser = app.browser();
        let code = browser.reaches("phone", "sms").await;
        app.okta().faults().push(Fault::new(Endpoint::Token, kind));
        let text = app.phone("phone").texts()[0].code.clone();
        let page = browser.enters_code(&code, &text).await;
        page.expect(503).is_headed("Enter the code");
        assert!(!page.body.contains(&text), "a code came back");
        app.advance(secs(11));
        browser.enters_code(&page, &text).await.leads_to(app.base());
        assert_eq!(app.grants("password"), 1);
    }
}

#[tokio::test]
async fn a_message_that_could_not_be_sent_leaves_the_other_ways() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let ways = browser.follows(&browser.begins("all").await).await;
    app.okta()
        .faults()
        .push(Fault::new(Endpoint::Challenge, FaultKind::OobFailure));
    let page = browser.chooses(&ways, "sms").await;
    page.expect(503);
    assert!(page.ways().contains(&"otp".to_owned()), "{}", page.text());
    let code = browser.follows(&browser.chooses(&page, "otp").await).await;
    browser
        .enters_code(&code, &app.phone("all").otp().unwrap())
        .await
        .leads_to(app.base());
}

#[tokio::test]
async fn sec_401_okta_that_hangs_or_drips_is_given_up_after_its_time() {
    for kind in [
        FaultKind::Delay { ms: 30_000 },
        FaultKind::SlowBody { ms_per_piece: 5000 },
    ] {
        let settings = [("okta.connect_timeout", "1s"), ("okta.timeout", "2s")];
        let mut builder = TestApp::builder();
        for (key, value) in settings {
            builder = builder.set(key, value);
        }
        let app = builder.spawn().await;
        let browser = app.browser();
        let form = browser.opens_sign_in(None).await;
        app.okta().faults().push(Fault::new(Endpoint::Token, kind));
        let page = browser.submits_password(&form, "password", PASSWORD).await;
        assert_calm_page(&page, "password@example.com");
        // The abandoned call does not hold up the form.
        app.advance(secs(61));
        browser
            .submits_password(&page, "password", PASSWORD)
            .await
            .leads_to(app.base());
    }
}

/// A fresh browser sends a right password.
async fn someone(app: &TestApp) -> Page {
    app.browser().begins("password").await
}

/// The calm page, without a call to Okta.
async fn assert_not_asked(app: &TestApp, seconds: &str) {
    let asked = app.asked(Endpoint::Any);
    let page = someone(app).await;
    assert_calm_page(&page, "password@example.com");
    assert_eq!(page.header("retry-after"), seconds);
    assert_eq!(app.asked(Endpoint::Any), asked, "Okta was asked");
    let metrics = app.metrics().await;
    assert_eq!(metric(&metrics, "portico_okta_circuit_state"), 1);
}

#[tokio::test]
async fn sec_405_five_faults_in_a_row_spare_okta_until_a_probe_is_answered() {
    let app = TestApp::builder().standing_still().spawn().await;
    let early = app.browser();
    early.begins("password").await.leads_to(app.base());
    app.okta()
        .faults()
        .push(Fault::new(Endpoint::Token, FaultKind::ServerError).times(6));
    for _ in 0..5 {
        assert_calm_page(&someone(&app).await, "password@example.com");
    }
    assert_eq!(app.grants("password"), 6);
    assert_not_asked(&app, "5").await;
    // Everything that needs no call to Okta works.
    assert_eq!(early.session().await["active"], true);
    early.gets("/account").await.expect(200);
    app.browser().opens_sign_in(None).await.expect(200);
    assert_eq!(app.ops("/readyz").await.0, 200);
    // The probe fails, which doubles the pause.
    app.advance(secs(5));
    assert_calm_page(&someone(&app).await, "password@example.com");
    assert_eq!(app.grants("password"), 7);
    assert_not_asked(&app, "10").await;
    app.advance(secs(9));
    assert_not_asked(&app, "1").await;
    app.advance(secs(1));
    for _ in 0..2 {
        someone(&app).await.leads_to(app.base());
    }
    let metrics = app.metrics().await;
    assert_eq!(metric(&metrics, "portico_okta_circuit_state"), 0);
}

#[tokio::test]
async fn sec_405_okta_that_cannot_be_reached_is_spared_as_well() {
    let mut app = TestApp::builder().standing_still().spawn().await;
    app.okta_leaves().await;
    for _ in 0..5 {
        assert_calm_page(&someone(&app).await, "password@example.com");
    }
    app.okta_returns().await;
    assert_not_asked(&app, "5").await;
    app.advance(secs(5));
    someone(&app).await.leads_to(app.base());
}

#[tokio::test]
async fn sec_405_refusals_and_limits_are_answers_however_many() {
    let app = TestApp::spawn().await;
    for number in 0..12 {
        app.okta()
            .faults()
            .push(Fault::new(Endpoint::Token, FaultKind::RateLimited { reset_s: 1 }));
        someone(&app).await.expect(503);
        let browser = app.browser();
        let form = browser.opens_sign_in(None).await;
        let stranger = format!("nobody{number}");
        let refused = browser.submits_password(&form, &stranger, "wrong").await;
        refused.expect(403);
    }
    someone(&app).await.leads_to(app.base());
    assert_eq!(app.grants("password"), 25);
}

#[tokio::test]
async fn sec_405_a_push_waits_while_okta_is_spared_and_takes_no_harm() {
    let app = TestApp::builder().standing_still().spawn().await;
    let browser = app.browser();
    let page = browser.reaches("push", "push").await;
    app.okta()
        .faults()
        .push(Fault::new(Endpoint::Token, FaultKind::ServerError).times(7));
    for _ in 0..5 {
        someone(&app).await.expect(503);
    }
    // Two failed probes make the pause 20 seconds long.
    for pause in [5, 10] {
        app.advance(secs(pause));
        someone(&app).await.expect(503);
    }
    let asked = app.asked(Endpoint::Any);
    // More looks than the failures that a push survives.
    for _ in 0..4 {
        let still = browser.follows(&browser.says_approved(&page).await).await;
        still.expect(200).is_headed("Check your phone");
        assert_eq!(app.asked(Endpoint::Any), asked, "Okta was asked");
        app.advance(secs(5));
    }
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    browser.says_approved(&page).await.leads_to(app.base());
}
