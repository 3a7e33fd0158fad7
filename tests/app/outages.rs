//! Okta slow, limiting, broken or gone: a calm page, the name kept, and no password sent twice.

use okta_sim::{Endpoint, Fault, FaultKind};

use crate::support::{PASSWORD, Page, SESSION, TestApp, secs};

/// The calm page: what was typed is kept, except what must not be.
fn is_calm(page: &Page, login: &str) {
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
        FaultKind::HugeBody {
            bytes: 2 * 1024 * 1024,
        },
        FaultKind::Redirect,
    ];
    for kind in kinds {
        let app = TestApp::spawn().await;
        let browser = app.browser();
        let form = browser.opens_sign_in(Some("/account")).await;
        app.okta()
            .faults()
            .push(Fault::new(Endpoint::Token, kind.clone()));
        let page = browser.submits_password(&form, "password", PASSWORD).await;
        is_calm(&page, "password@example.com");
        assert!(
            page.alert()
                .starts_with("Sign-in isn’t answering right now")
        );
        page.says("Your name is kept");
        assert_eq!(app.grants("password"), 1, "{kind:?}");
        assert_eq!(
            app.asked(Endpoint::Any) - app.asked(Endpoint::Discovery) - app.asked(Endpoint::Keys),
            1,
            "{kind:?}"
        );
        // The same page signs in as soon as Okta is well again, and the destination was kept.
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
        app.okta()
            .faults()
            .push(Fault::new(Endpoint::Token, kind.clone()));
        let page = browser.submits_password(&form, "password", PASSWORD).await;
        is_calm(&page, "password@example.com");
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
    let page = browser
        .submits_password(form.expect(200), "password", PASSWORD)
        .await;
    is_calm(&page, "password@example.com");
    app.okta_returns().await;
    // A refusal to connect may be remembered for a while; time heals it.
    app.advance(secs(61));
    browser
        .submits_password(&page, "password", PASSWORD)
        .await
        .leads_to(app.base());
}

#[tokio::test]
async fn okta_going_away_leaves_sessions_alone_and_coming_back_is_enough() {
    let mut app = TestApp::spawn().await;
    let early = app.browser();
    early.begins("password").await.leads_to(app.base());
    app.okta_leaves().await;
    assert_eq!(early.session().await["active"], true);
    early.gets("/account").await.expect(200);
    let late = app.browser();
    let page = late.begins("password").await;
    is_calm(&page, "password@example.com");
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
        is_calm(&page, "password@example.com");
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
        is_calm(&page, "password@example.com");
        // The form is not held up by the call that was given up.
        app.advance(secs(61));
        browser
            .submits_password(&page, "password", PASSWORD)
            .await
            .leads_to(app.base());
    }
}
