//! Revoking tokens at an Okta that fails, hangs or limits: no customer waits for it, and Okta is not flooded.

use okta_sim::{Endpoint, Fault, FaultKind};

use crate::support::{Browser, TestApp, client, eventually, metric, secs};

async fn signed_in(app: &TestApp) -> Browser {
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    browser
}

fn every_revocation(app: &TestApp, kind: FaultKind) {
    let fault = Fault::new(Endpoint::Revoke, kind);
    app.okta().faults().push(fault.times(u32::MAX));
}

async fn ends_everyone(app: &TestApp) -> serde_json::Value {
    let address = app.private("/admin/sessions?everyone=true");
    let answer = client().delete(address).send().await.unwrap();
    answer.json().await.unwrap()
}

/// How many revocations Okta has accepted.
fn accepted(app: &TestApp) -> usize {
    let requests = app.okta().requests();
    let is_taken = |asked: &&okta_sim::RecordedRequest| asked.endpoint == Endpoint::Revoke && asked.status == 200;
    requests.iter().filter(is_taken).count()
}

#[tokio::test]
async fn sec_212_a_sign_out_waits_two_seconds_for_okta_and_no_longer() {
    let app = TestApp::builder().standing_still().spawn().await;
    let browser = signed_in(&app).await;
    let slow = FaultKind::Delay { ms: 3_000 };
    app.okta().faults().push(Fault::new(Endpoint::Revoke, slow));
    let leaving = tokio::spawn({
        let browser = browser.clone();
        async move { browser.signs_out().await }
    });
    eventually("the call to Okta", async || app.okta().faults().waiting().is_empty()).await;
    assert_eq!(browser.session().await["active"], false, "at once");
    assert!(!leaving.is_finished());
    app.advance(secs(2));
    let page = browser.follows(&leaving.await.unwrap()).await;
    page.says("Okta hasn’t confirmed yet.");
    assert_eq!(app.asked(Endpoint::Revoke), 0, "it has not answered yet");
    // Its answer still counts.
    eventually("the page after Okta took it", async || {
        let page = browser.gets(&page.url).await;
        page.text().contains("We have given up our access")
    })
    .await;
    assert_eq!(accepted(&app), 1);
}

#[tokio::test]
async fn sec_229_sessions_are_swept_while_okta_takes_no_revocation() {
    let app = TestApp::builder()
        .standing_still()
        .set("okta.timeout", "60s")
        .spawn()
        .await;
    let (first, second) = (signed_in(&app).await, signed_in(&app).await);
    every_revocation(&app, FaultKind::Delay { ms: 60_000 });
    let leaving = tokio::spawn(async move { first.signs_out().await });
    eventually("the end of the first", async || {
        app.advance(secs(1));
        leaving.is_finished()
    })
    .await;
    leaving.await.unwrap().leads_to("/signed-out");
    // The revocation is due and tried again; Okta hangs.
    app.advance(secs(60));
    app.advance(secs(1800));
    eventually("the end of the second", async || {
        let left = metric(&app.metrics().await, "portico_sessions_active");
        if left > 0 {
            app.advance(secs(30));
        }
        left == 0
    })
    .await;
    assert_eq!(second.session().await["active"], false);
    app.okta().faults().clear();
}

#[tokio::test]
async fn sec_405_many_revocations_do_not_burden_a_failing_okta() {
    let sessions = 60;
    let app = TestApp::builder()
        .standing_still()
        .set("session.max_per_user", "1000")
        .spawn()
        .await;
    for _ in 0..sessions {
        signed_in(&app).await;
    }
    every_revocation(&app, FaultKind::ServerError);
    assert_eq!(ends_everyone(&app).await["ended"], sessions);
    eventually("the breaker", async || {
        metric(&app.metrics().await, "portico_okta_circuit_state") == 1
    })
    .await;
    // Five faults in a row, each after a retry, and the calls that were under way beside them.
    assert!(app.asked(Endpoint::Revoke) <= 20);
    assert_eq!(metric(&app.metrics().await, "portico_revocations_owed"), sessions);

    app.okta().faults().clear();
    eventually("every revocation", async || {
        app.advance(secs(10));
        metric(&app.metrics().await, "portico_revocations_owed") == 0
    })
    .await;
    assert!(accepted(&app) >= usize::try_from(sessions).unwrap());
}

#[tokio::test]
async fn sec_404_a_limit_on_revocations_is_kept_to() {
    let app = TestApp::builder()
        .standing_still()
        .set("session.max_per_user", "1000")
        .spawn()
        .await;
    for _ in 0..30 {
        signed_in(&app).await;
    }
    let limited = FaultKind::RateLimited { reset_s: 40 };
    app.okta().faults().push(Fault::new(Endpoint::Revoke, limited));
    ends_everyone(&app).await;
    eventually("the refusal", async || app.asked(Endpoint::Revoke) > 0).await;
    for _ in 0..3 {
        app.advance(secs(10));
        app.metrics().await;
    }
    assert_eq!(app.asked(Endpoint::Revoke), 1, "nobody asks before its time");
    eventually("every revocation", async || {
        app.advance(secs(10));
        metric(&app.metrics().await, "portico_revocations_owed") == 0
    })
    .await;
    assert!(accepted(&app) >= 30);
}
