//! Sessions are revalidated at Okta from time to time.

use futures_util::future::join_all;
use okta_sim::{AccountPatch, AccountState, Endpoint, Fault, FaultKind};

use crate::support::{Browser, Served, TestApp, eventually, secs, sum};

/// The default of `session.revalidate`.
const EVERY: u64 = 600;

async fn signed_in(app: &TestApp) -> Browser {
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    browser
}

fn becomes(app: &TestApp, state: AccountState) {
    let patch = AccountPatch {
        state: Some(state),
        ..AccountPatch::default()
    };
    app.okta().set_account("password", patch);
}

#[tokio::test]
async fn sec_219_many_uses_at_once_make_one_refresh_and_none_makes_none() {
    let app = TestApp::builder().standing_still().spawn().await;
    let browser = signed_in(&app).await;
    app.advance(secs(EVERY * 7 / 10 - 1));
    browser.gets("/account").await.expect(200);
    assert_eq!(app.grants("refresh_token"), 0, "Okta's word is fresh");
    app.advance(secs(EVERY * 3 / 10 + 1));
    assert_eq!(app.grants("refresh_token"), 0, "nobody used the session");
    let pages = join_all((0..30).map(|_| browser.gets("/account"))).await;
    assert!(pages.iter().all(|page| page.status == 200));
    assert_eq!(app.grants("refresh_token"), 1);
    browser.gets("/account").await.expect(200);
    assert_eq!(app.grants("refresh_token"), 1, "its word is fresh again");
    browser.session().await;
    app.advance(secs(EVERY));
    browser.session().await;
    assert_eq!(app.grants("refresh_token"), 1, "looking is not using");
}

#[tokio::test]
async fn a_use_shortly_before_the_interval_is_over_revalidates_without_waiting() {
    let app = TestApp::builder().standing_still().spawn().await;
    let browser = signed_in(&app).await;
    app.advance(secs(EVERY * 9 / 10));
    browser.gets("/account").await.expect(200);
    eventually("a refresh in the background", async || app.grants("refresh_token") == 1).await;
    eventually("its result", async || {
        app.metrics()
            .await
            .contains("portico_token_refresh_total{result=\"ok\"} 1")
    })
    .await;
    app.advance(secs(EVERY / 2));
    browser.gets("/account").await.expect(200);
    assert_eq!(app.grants("refresh_token"), 1);
}

#[tokio::test]
async fn sec_211_a_user_who_lost_access_is_out_at_the_next_use_after_the_interval() {
    let app = TestApp::builder().standing_still().spawn().await;
    let browser = signed_in(&app).await;
    becomes(&app, AccountState::Denied);
    app.advance(secs(EVERY / 2));
    browser.gets("/account").await.expect(200);
    app.advance(secs(EVERY / 2));
    browser.gets("/account").await.leads_to("/sign-in?return_to=");
    assert_eq!(browser.session().await["active"], false);
    let metrics = app.metrics().await;
    assert!(
        metrics.contains("portico_session_ended_total{reason=\"okta\"} 1"),
        "{metrics}"
    );
}

#[tokio::test]
async fn changes_at_okta_are_taken_over() {
    let app = TestApp::builder().standing_still().spawn().await;
    let browser = signed_in(&app).await;
    let patch = AccountPatch {
        name: Some("Somebody Married".to_owned()),
        ..AccountPatch::default()
    };
    app.okta().set_account("password", patch);
    let proved = browser.session().await["auth_time"].clone();
    app.advance(secs(EVERY));
    browser.gets("/account").await.says("Somebody Married");
    let session = browser.session().await;
    assert_eq!(session["name"], "Somebody Married");
    assert_eq!(session["auth_time"], proved, "a refresh proves nothing anew");
}

#[tokio::test]
async fn sec_221_okta_in_trouble_signs_nobody_out() {
    for kind in [
        FaultKind::Maintenance,
        FaultKind::ServerError,
        FaultKind::RateLimited { reset_s: 30 },
        FaultKind::ResetBefore,
        FaultKind::CutJson,
        FaultKind::Oauth {
            status: 401,
            error: "invalid_client".to_owned(),
            description: None,
        },
    ] {
        let app = TestApp::builder()
            .standing_still()
            .okta(|okta| okta.strict = false)
            .spawn()
            .await;
        let browser = signed_in(&app).await;
        app.advance(secs(EVERY));
        app.okta().faults().push(Fault::new(Endpoint::Token, kind.clone()));
        browser.gets("/account").await.expect(200);
        let told = app.metrics().await;
        assert!(
            told.contains("portico_token_refresh_total{result=\"unanswered\"} 1"),
            "{kind:?}: {told}"
        );
        // Asked again a little later, while Okta still accepts the former token.
        browser.gets("/account").await.expect(200);
        app.advance(secs(16));
        browser.gets("/account").await.expect(200);
        let told = app.metrics().await;
        assert!(
            told.contains("portico_token_refresh_total{result=\"ok\"} 1"),
            "{kind:?}: {told}"
        );
    }
}

#[tokio::test]
async fn sec_220_a_rotation_whose_answer_was_lost_is_survived() {
    let app = TestApp::builder().standing_still().spawn().await;
    let browser = signed_in(&app).await;
    app.advance(secs(EVERY));
    let lost = Fault::new(Endpoint::Token, FaultKind::ResetAfter);
    app.okta().faults().push(lost);
    browser.gets("/account").await.expect(200);
    app.advance(secs(16));
    browser.gets("/account").await.expect(200);
    for _ in 0..2 {
        app.advance(secs(EVERY));
        browser.gets("/account").await.expect(200);
    }
    assert_eq!(browser.session().await["active"], true);
    assert_eq!(app.grants("refresh_token"), 4);
}

#[tokio::test]
async fn nobody_waits_long_for_a_slow_okta() {
    let app = TestApp::builder().standing_still().spawn().await;
    let browser = signed_in(&app).await;
    app.advance(secs(EVERY));
    let slow = Fault::new(Endpoint::Token, FaultKind::Delay { ms: 2_000 });
    app.okta().faults().push(slow);
    let page = tokio::spawn({
        let browser = browser.clone();
        async move { browser.gets("/account").await }
    });
    eventually("the call to Okta", async || app.okta().faults().waiting().is_empty()).await;
    assert!(!page.is_finished());
    app.advance(secs(3));
    page.await.unwrap().expect(200);
    assert!(
        sum(&app.metrics().await, "portico_token_refresh_total{", "") == 0,
        "Okta has not answered yet"
    );
}

#[tokio::test]
async fn without_a_refresh_token_user_info_or_introspection_tell() {
    for (by, endpoint) in [
        ("userinfo", Endpoint::Userinfo),
        ("introspection", Endpoint::Introspect),
    ] {
        let app = TestApp::builder()
            .standing_still()
            .set("okta.scopes", "openid, profile, email")
            .set("session.revalidate_without_refresh_token", by)
            .spawn()
            .await;
        let browser = signed_in(&app).await;
        app.advance(secs(EVERY));
        browser.gets("/account").await.expect(200);
        assert_eq!(app.asked(endpoint), 1, "{by}");
        app.okta().revoke_tokens("password");
        app.advance(secs(EVERY));
        browser.gets("/account").await.expect(303);
        assert_eq!(browser.session().await["active"], false, "{by}");
    }
}

#[tokio::test]
async fn an_expired_access_token_ends_no_session() {
    let app = TestApp::builder()
        .standing_still()
        .set("okta.scopes", "openid, profile, email")
        .spawn()
        .await;
    let browser = signed_in(&app).await;
    for _ in 0..5 {
        app.advance(secs(1_200));
        browser.gets("/account").await.expect(200);
    }
    assert_eq!(app.asked(Endpoint::Userinfo), 2, "for an hour it can tell");
}

#[tokio::test]
async fn with_revalidation_off_okta_is_never_asked() {
    let app = TestApp::builder()
        .standing_still()
        .set("session.revalidate", "0s")
        .spawn()
        .await;
    let browser = signed_in(&app).await;
    for _ in 0..5 {
        app.advance(secs(1_200));
        browser.gets("/account").await.expect(200);
    }
    assert_eq!(app.grants("refresh_token"), 0);
}

#[tokio::test]
async fn sec_226_tokens_bound_to_a_key_are_refreshed_and_revoked_with_it() {
    let app = TestApp::builder()
        .standing_still()
        .client("portico-dpop")
        .set("okta.dpop", "on")
        .spawn()
        .await;
    let browser = signed_in(&app).await;
    for _ in 0..2 {
        app.advance(secs(EVERY));
        browser.gets("/account").await.expect(200);
    }
    assert_eq!(browser.session().await["active"], true);
    browser.signs_out().await;
    app.revoked(1).await;
}

#[tokio::test]
async fn an_app_without_the_refresh_grant_is_warned_of_once() {
    let served = Served::start().await;
    served.okta.set_switch(|on| on.issue_refresh_tokens = false);
    for _ in 0..2 {
        let browser = served.browser();
        browser.begins("password").await;
        assert!(browser.is_signed_in());
    }
    served.process.send_sigterm();
    let (code, log) = served.process.ends().await;
    assert_eq!(code, Some(0));
    let told = log.matches("Okta gave no refresh token although").count();
    assert_eq!(told, 1, "{log}");
}
