//! A store that version 0.1.0 had in use is opened by this version. `upgrade/record.py` wrote it, and says how.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use okta_sim::Endpoint;
use redb::{ReadableDatabase as _, ReadableTable as _, TableDefinition};
use serde::Deserialize;
use tempfile::{TempDir, tempdir};

use crate::support::{Browser, PASSWORD, SESSION, TestApp, eventually, full, metric, mins, secs};

/// The store and its key ring, as they were when the process was killed.
const STORE: &[u8] = include_bytes!("upgrade/portico.redb");
const KEYS: &[u8] = include_bytes!("upgrade/portico.redb.keys");

/// What the browsers of that time had.
#[derive(Deserialize)]
struct Kept {
    at: Timestamp,
    browsers: BTreeMap<String, KeptBrowser>,
}

#[derive(Deserialize)]
struct KeptBrowser {
    cookies: BTreeMap<String, String>,
    #[serde(default)]
    at: String,
}

/// This version on that store, twenty seconds after the former one ended.
struct Upgraded {
    app: TestApp,
    kept: Kept,
    folder: TempDir,
}

impl Upgraded {
    async fn start() -> Self {
        let folder = tempdir().unwrap();
        let store = folder.path().join("portico.redb");
        std::fs::write(&store, STORE).unwrap();
        std::fs::write(folder.path().join("portico.redb.keys"), KEYS).unwrap();
        let kept: Kept = serde_json::from_str(include_str!("upgrade/browsers.json")).unwrap();
        let app = TestApp::builder()
            .standing_still_at(kept.at.saturating_add(jiff::SignedDuration::from_secs(20)).unwrap())
            .set("session.remember", "30d")
            .set("ops.drain_delay", "0s")
            .set("store.path", store.to_str().unwrap());
        Self {
            app: app.spawn().await,
            kept,
            folder,
        }
    }

    /// A browser of that time, and where it was.
    fn browser(&self, name: &str) -> (Browser, &str) {
        let (browser, kept) = (self.app.browser(), &self.kept.browsers[name]);
        for (name, value) in &kept.cookies {
            browser.plants_cookie(name, value);
        }
        (browser, &kept.at)
    }

    async fn is_signed_in(&self, name: &str) -> bool {
        self.browser(name).0.session().await["active"] == true
    }

    async fn owed(&self) -> u64 {
        metric(&self.app.metrics().await, "portico_revocations_owed")
    }
}

#[tokio::test]
async fn whoever_was_signed_in_still_is_and_whoever_was_signed_out_stays_so() {
    let upgraded = Upgraded::start().await;
    for (name, is_signed_in) in [
        ("password", true),
        ("factors", true),
        ("remembered", true),
        ("ended", false),
        ("revocation_pending", false),
        ("entering_a_code", false),
    ] {
        assert_eq!(upgraded.is_signed_in(name).await, is_signed_in, "{name}");
    }
    // Each kind keeps its own limits.
    upgraded.app.advance(mins(31));
    assert!(!upgraded.is_signed_in("password").await, "idle");
    assert!(upgraded.is_signed_in("remembered").await, "its idle limit is a week");
}

#[tokio::test]
async fn sign_out_works_and_okta_is_told_what_the_former_version_still_owed_it() {
    let upgraded = Upgraded::start().await;
    assert_eq!(upgraded.owed().await, 1);
    let (browser, _) = upgraded.browser("password");
    let cookie = browser.cookie(SESSION).unwrap();
    let account = browser.gets("/account").await;
    assert!(account.expect(200).text().contains("password@example.com"));
    browser.signs_out().await.expect(303);
    upgraded.app.revoked(1).await;
    browser.plants_cookie(SESSION, &cookie);
    assert_eq!(browser.session().await["active"], false);
    upgraded.app.advance(mins(2));
    upgraded.app.revoked(2).await;
    eventually("nothing is owed", async || upgraded.owed().await == 0).await;
    assert_eq!(upgraded.app.asked(Endpoint::Revoke), 2);
}

#[tokio::test]
async fn sign_ins_in_progress_are_shown_where_they_were() {
    let upgraded = Upgraded::start().await;
    let (browser, at) = upgraded.browser("entering_a_code");
    let page = browser.gets(at).await;
    assert!(!page.expect(200).form("/sign-in/code").is_empty());
    let (browser, at) = upgraded.browser("waiting_for_a_push");
    let page = browser.gets(at).await;
    assert!(page.expect(200).attribute("data-events").is_some());
}

#[tokio::test]
async fn sec_111_sec_112_wrong_passwords_still_count_and_a_known_browser_is_still_known() {
    let upgraded = Upgraded::start().await;
    let name = full("password");
    let stranger = upgraded.app.browser();
    let form = stranger.opens_sign_in(None).await;
    stranger.submits_password(&form, &name, PASSWORD).await.expect(429);
    let (known, _) = upgraded.browser("password");
    known.signs_out().await.expect(303);
    known.begins(&name).await.expect(303);
    assert!(known.is_signed_in());
}

/// What goes back to 0.1.0: only a file in its format. If this fails because a format is raised, say in docs/upgrade.md
/// that there is no way back.
#[tokio::test]
async fn sec_611_a_store_in_use_here_keeps_the_format_that_the_first_version_reads() {
    let upgraded = Upgraded::start().await;
    let path = upgraded.folder.path().join("portico.redb");
    for login in ["otp", "email", "push"] {
        upgraded.app.browser().begins(login).await.expect(303);
    }
    let (browser, _) = upgraded.browser("factors");
    browser.signs_out().await.expect(303);
    upgraded.app.advance(secs(1));
    upgraded.app.stops();
    upgraded.app.wait_for_end().await;
    assert_eq!(values(&path, "meta")["format".as_bytes()], 1_u32.to_be_bytes());
    let sealed_at = [("attempts", 0), ("sessions", 0), ("session_tokens", 0), ("debts", 8)];
    for (table, at) in sealed_at {
        for value in values(&path, table).values() {
            assert_eq!(value[at], 1, "{table}: the version of sealed records");
        }
    }
    assert!(!values(&path, "sessions").is_empty() && !values(&path, "attempts").is_empty());
}

fn values(path: &Path, table: &str) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let database = redb::Database::open(path).unwrap();
    let table: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new(table);
    let read = database.begin_read().unwrap();
    let table = read.open_table(table).unwrap();
    let entries = table.iter().unwrap().map(|entry| {
        let (key, value) = entry.unwrap();
        (key.value().to_vec(), value.value().to_vec())
    });
    entries.collect()
}
