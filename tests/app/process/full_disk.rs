//! The disk of the store is full or read-only, or its file is deleted.

mod small_disk;

use std::os::unix::fs::PermissionsExt as _;

use okta_sim::{Endpoint, Settings};

use crate::support::{
    Browser, Page, SESSION, Served, eventually, file_limit, for_a_while, metric, run, secs, status, sum,
};
pub(crate) use small_disk::SmallDisk;

async fn served_from(disk: &SmallDisk) -> Served {
    let mut org = Settings::default();
    org.limits.user_per_second = 0;
    let settings = [
        ("STORE__PATH", disk.store().to_str().unwrap().to_owned()),
        ("LIMITS__ACCOUNT_BURST", "1000".to_owned()),
        ("LIMITS__ADDRESS_BURST", "1000".to_owned()),
        ("LIMITS__PAIR_BURST", "1000".to_owned()),
        // One customer signs in again and again, and no session is ended to make room.
        ("SESSION__MAX_PER_USER", "1000".to_owned()),
    ];
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
    Served::start_through(disk.through(), org, &settings).await
}

async fn signed_in(served: &Served) -> Browser {
    let browser = served.browser();
    browser.begins("password@example.com").await.expect(303);
    assert!(browser.is_signed_in());
    browser
}

/// Signs in until a sign-in is refused: there is some room left within the file.
async fn first_refusal(served: &Served) -> Page {
    for _ in 0..500 {
        let browser = served.browser();
        let answer = browser.begins("password@example.com").await;
        if !browser.is_signed_in() {
            return answer;
        }
    }
    panic!("nobody was refused");
}

/// How often the log says this.
fn said(served: &Served, words: &str) -> usize {
    served.process.complaints().matches(words).count()
}

/// The trouble is over when the log says so, once writes have worked for a while.
async fn wait_until_over(served: &Served) {
    eventually("the end of the trouble", async || {
        served.browser().begins("password@example.com").await;
        said(served, OVER) > 0
    })
    .await;
}

const TROUBLE: &str = "the store cannot be written";
const OVER: &str = "the store can be written again";

#[tokio::test]
async fn sec_416_a_full_disk_refuses_sign_ins_and_nothing_else() {
    let Some(disk) = SmallDisk::new() else {
        return;
    };
    let mut served = served_from(&disk).await;
    let (kept, leaving) = (signed_in(&served).await, signed_in(&served).await);
    let cookie = leaving.cookie(SESSION).unwrap();
    disk.fill();
    let refused = first_refusal(&served).await;
    refused.expect(503).is_headed("Sign-in isn’t answering right now");
    assert_eq!(refused.header("retry-after"), "5");
    let address = format!("{}/metrics", served.ops);
    let metrics = served.browser().gets(&address).await.body;
    let failed = sum(&metrics, "portico_store_operations_total{", "\"error\"");
    assert!(failed > 0, "no operator can tell:\n{metrics}");
    assert_eq!(kept.session().await["active"], true);
    kept.gets("/account").await.expect(200);
    // If it were not ready, the users who are signed in would not reach it either.
    let ready = status(&format!("{}/readyz", served.ops)).await;
    assert_eq!(ready, Some(200));
    // The page may say that the end could not be stored; the session has ended all the same.
    leaving.signs_out().await;
    leaving.plants_cookie(SESSION, &cookie);
    assert_eq!(leaving.session().await["active"], false);
    for _ in 0..20 {
        served.browser().begins("password@example.com").await;
    }
    assert_eq!(said(&served, TROUBLE), 1, "{}", served.process.complaints());
    assert_eq!(said(&served, "a request failed"), 0);

    disk.clear();
    wait_until_over(&served).await;
    let new = signed_in(&served).await;
    served.kill_and_restart().await;
    assert_eq!(leaving.session().await["active"], false);
    for browser in [kept, new] {
        assert_eq!(browser.session().await["active"], true);
    }
}

#[tokio::test]
async fn sec_416_a_file_that_cannot_be_opened_again_keeps_nobody_signed_in() {
    let Some(disk) = SmallDisk::new() else {
        return;
    };
    let served = served_from(&disk).await;
    let (kept, leaving) = (signed_in(&served).await, signed_in(&served).await);
    let cookie = leaving.cookie(SESSION).unwrap();
    // When the disk fails, there is a folder where the file was.
    let file = disk.outside(&disk.store());
    let aside = file.with_extension("aside");
    std::fs::rename(&file, &aside).unwrap();
    std::fs::create_dir(&file).unwrap();
    disk.fill();
    first_refusal(&served).await.expect(503);
    eventually("the second trouble", async || {
        said(&served, "the store cannot be opened again") == 1
    })
    .await;
    leaving.signs_out().await;
    leaving.plants_cookie(SESSION, &cookie);
    assert_eq!(leaving.session().await["active"], false);
    assert_eq!(kept.session().await["active"], true);

    disk.clear();
    std::fs::remove_dir(&file).unwrap();
    std::fs::rename(&aside, &file).unwrap();
    wait_until_over(&served).await;
    signed_in(&served).await;
    assert_eq!(said(&served, "the store cannot be opened again"), 1);
}

#[tokio::test]
async fn sec_416_a_read_only_disk_refuses_the_start_and_loses_nothing() {
    let Some(disk) = SmallDisk::new() else {
        return;
    };
    let mut served = served_from(&disk).await;
    let kept = signed_in(&served).await;
    served.process.kill();
    disk.remount("ro");
    let (code, _, complaints) = run(served.command());
    assert_eq!(code, 1);
    assert!(complaints.contains("cannot be used"), "{complaints}");
    assert!(complaints.contains("Read-only file system"), "{complaints}");
    disk.remount("rw");
    served.kill_and_restart().await;
    assert_eq!(kept.session().await["active"], true);
}

#[tokio::test]
async fn a_read_only_folder_does_not_affect_an_open_store() {
    let served = Served::start().await;
    let folder = served.folder.path();
    let mode = |mode| std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(folder, mode(0o500)).unwrap();
    let browser = signed_in(&served).await;
    browser.signs_out().await.expect(303);
    // So that the test can remove it.
    std::fs::set_permissions(folder, mode(0o700)).unwrap();
}

/// As docs/production.md says: the process goes on with the deleted file, and is without it after a restart.
#[tokio::test]
async fn a_deleted_store_is_missed_only_at_the_next_start() {
    let mut served = Served::start().await;
    let browser = signed_in(&served).await;
    std::fs::remove_file(served.folder.path().join("portico.redb")).unwrap();
    let new = signed_in(&served).await;
    assert_eq!(browser.session().await["active"], true);
    browser.signs_out().await.expect(303);
    served.kill_and_restart().await;
    assert_eq!(new.session().await["active"], false);
    signed_in(&served).await;
}

#[tokio::test]
async fn sec_414_a_sign_out_that_cannot_be_written_is_told_truthfully() {
    let served = Served::start_through(file_limit::through(), Settings::default(), &[]).await;
    let (leaving, other) = (signed_in(&served).await, signed_in(&served).await);
    let cookie = leaving.cookie(SESSION).unwrap();
    let asks = leaving.gets("/sign-out").await;
    let foreign = other.gets("/sign-out").await.value("csrf");
    file_limit::impose(&served.process);
    let refused = leaving.posts("/sign-out", &[("csrf", &foreign)]).await;
    refused.expect(403).is_headed("Sign out?");
    assert!(leaving.is_signed_in());
    let page = leaving.presses(&asks, "/sign-out", &[]).await;
    page.expect(503)
        .is_headed("You’re signed out in this browser")
        .says("after 30 minutes without use, and in 12 hours at the latest");
    assert_eq!(page.header("retry-after"), "5");
    assert_eq!(page.header("clear-site-data"), "\"cache\", \"storage\"");
    assert!(!leaving.is_signed_in());
    let thief = served.browser();
    thief.plants_cookie(SESSION, &cookie);
    assert_eq!(thief.session().await["active"], false);
    assert_eq!(other.session().await["active"], true);
    // Until the end is written, a restart could bring the session back, so the page does not say that it has ended.
    leaving
        .presses(&page, "/sign-out", &[])
        .await
        .expect(503)
        .is_headed("You’re signed out in this browser");

    file_limit::lift(&served.process);
    eventually("a file that can be written", async || {
        leaving.presses(&page, "/sign-out", &[]).await.status == 303
    })
    .await;
    let signed_out = leaving.presses(&page, "/sign-out", &[]).await;
    let signed_out = leaving.follows(signed_out.leads_to("/signed-out?")).await;
    signed_out.expect(200).is_headed("You’re signed out");
    let metrics = format!("{}/metrics", served.ops);
    let metrics = other.gets(&metrics).await.body;
    assert_eq!(metric(&metrics, "portico_revocations_owed"), 1);
}

/// This org tolerates no second use of a refresh token, and is asked every other second.
async fn served_with_refreshes() -> Served {
    let mut org = Settings::default();
    org.switches.refresh_grace_s = 0;
    let settings = [
        ("SESSION__REVALIDATE", "2s"),
        ("OKTA__CONNECT_TIMEOUT", "1s"),
        ("OKTA__TIMEOUT", "5s"),
    ];
    Served::start_through(file_limit::through(), org, &settings).await
}

/// Uses the session until Okta has had this many token calls; each use must work.
async fn use_session_until(browser: &Browser, served: &Served, token_calls: u64) {
    eventually("a refresh", async || {
        browser.gets("/account").await.expect(200);
        served.okta.count(Endpoint::Token) >= token_calls
    })
    .await;
}

#[tokio::test]
async fn sec_416_a_disk_that_is_full_when_a_token_rotates_signs_nobody_out() {
    let mut served = served_with_refreshes().await;
    let browser = signed_in(&served).await;
    use_session_until(&browser, &served, 2).await;
    file_limit::impose(&served.process);
    // The refresh that meets it is the one under way now, or the next.
    eventually("the trouble", async || {
        browser.gets("/account").await.expect(200);
        said(&served, TROUBLE) == 1
    })
    .await;
    let asked = served.okta.count(Endpoint::Token);
    // Longer than a call to Okta may take: one that was under way has ended by then.
    for_a_while(secs(12), async || {
        browser.gets("/account").await.expect(200);
    })
    .await;
    assert_eq!(
        served.okta.count(Endpoint::Token),
        asked,
        "nobody asks while what comes of it cannot be kept"
    );

    file_limit::lift(&served.process);
    use_session_until(&browser, &served, asked + 2).await;
    assert_eq!(said(&served, OVER), 1);
    assert_eq!(said(&served, "could not be renewed"), 0);
    // The kill may interrupt a refresh, which is not the subject here.
    served.okta.set_switch(|switches| switches.refresh_grace_s = 30);
    served.kill_and_restart().await;
    use_session_until(&browser, &served, asked + 4).await;
    assert_eq!(browser.session().await["active"], true);
}
