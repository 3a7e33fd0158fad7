//! SIGKILL between the moment when Okta rotates a refresh token and the moment when the new one is on disk, and just
//! after.

use okta_sim::{Endpoint, Fault, FaultKind, Settings};

use crate::support::{Browser, Served, eventually, file_limit};

/// A session is due for revalidation after this long.
const EVERY: (&str, &str) = ("SESSION__REVALIDATE", "2s");

const REFRESH: &str = "refresh_token";

/// A browser whose session has not been revalidated yet, at an org that accepts the former token for this many seconds.
async fn signed_in(grace_s: u64) -> (Served, Browser) {
    let mut org = Settings::default();
    org.switches.refresh_grace_s = grace_s;
    org.limits.user_per_second = 0;
    let served = Served::start_through(file_limit::through(), org, &[EVERY]).await;
    let browser = served.browser();
    browser.begins("password@example.com").await.expect(303);
    assert!(browser.is_signed_in());
    (served, browser)
}

/// Uses the session until Okta has rotated the refresh token this many times.
async fn use_session_until(browser: &Browser, served: &Served, refreshes: usize) {
    let uses = async {
        loop {
            browser.gets("/account").await.expect(200);
        }
    };
    let rotated = eventually("a refresh", async || served.grants(REFRESH) >= refreshes);
    tokio::select! {
        () = uses => {}
        () = rotated => {}
    }
}

/// The former token still works: the customer notices nothing.
async fn goes_on(browser: &Browser, served: &Served) {
    let before = served.grants(REFRESH);
    use_session_until(browser, served, before + 2).await;
    assert_eq!(browser.session().await["active"], true);
}

/// The former token was used twice, upon which Okta revokes everything: one sign-in mends it.
async fn signs_in_once_more(browser: &Browser, served: &Served) {
    eventually("the end of the session", async || {
        let page = browser.gets("/account").await;
        if page.status != 303 {
            page.expect(200);
            return false;
        }
        page.leads_to("/sign-in?return_to=");
        true
    })
    .await;
    assert_eq!(browser.session().await["active"], false);
    browser.begins("password@example.com").await.expect(303);
    let before = served.grants(REFRESH);
    use_session_until(browser, served, before + 2).await;
    assert_eq!(browser.session().await["active"], true);
}

#[tokio::test]
async fn sec_220_a_kill_while_the_rotated_token_is_on_its_way_costs_one_sign_in_at_most() {
    for grace_s in [30, 0] {
        let (mut served, browser) = signed_in(grace_s).await;
        let slow = FaultKind::SlowBody { ms_per_piece: 60_000 };
        served.okta.faults().push(Fault::new(Endpoint::Token, slow));
        use_session_until(&browser, &served, 1).await;
        served.kill_and_restart().await;
        if grace_s > 0 {
            goes_on(&browser, &served).await;
        } else {
            signs_in_once_more(&browser, &served).await;
        }
    }
}

#[tokio::test]
async fn sec_220_a_kill_before_the_rotated_token_is_on_disk_costs_one_sign_in_at_most() {
    for grace_s in [30, 0] {
        let (mut served, browser) = signed_in(grace_s).await;
        // The rotated token arrives, and stays in memory.
        file_limit::impose(&served.process);
        use_session_until(&browser, &served, 1).await;
        eventually("a commit that failed", async || {
            let log = served.process.complaints();
            log.contains("the store cannot be written")
        })
        .await;
        served.kill_and_restart().await;
        if grace_s > 0 {
            goes_on(&browser, &served).await;
        } else {
            signs_in_once_more(&browser, &served).await;
        }
    }
}

#[tokio::test]
async fn sec_220_a_kill_right_after_a_renewal_costs_nothing() {
    let (mut served, browser) = signed_in(0).await;
    use_session_until(&browser, &served, 1).await;
    served.wait_for_renewal().await;
    served.kill_and_restart().await;
    use_session_until(&browser, &served, 3).await;
    assert_eq!(browser.session().await["active"], true);
}
