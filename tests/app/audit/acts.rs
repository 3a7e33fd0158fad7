//! What does not come with the post of a form, or comes from Okta's own page.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use super::{of, records};
use crate::support::{HOSTED, PASSWORD, Served, TestApp, eventually};

/// A folder with the name of an audit file in it.
fn place() -> (TempDir, PathBuf, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let name = file.to_str().unwrap().to_owned();
    (folder, file, name)
}

/// Its records, once it has stopped.
async fn stopped(app: TestApp, file: &Path) -> Vec<Value> {
    app.stops();
    app.wait_for_end().await;
    records(file)
}

#[tokio::test]
async fn an_approval_that_nobody_posted_has_its_user_and_its_address() {
    let (_folder, file, name) = place();
    let builder = TestApp::builder().set("ops.audit", &name).set("ops.drain_delay", "0s");
    let app = builder.spawn().await;
    let browser = app.browser();
    let page = browser.reaches("push", "push").await;
    let mut events = browser.waits(&page).await;
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(crate::support::secs(5));
    assert_eq!(events.next().await, "approved");
    browser.says_approved(&page).await.expect(303);
    let records = stopped(app, &file).await;
    let accepted = of(&records, "factor_accepted");
    let [password, push] = &accepted[..] else {
        panic!("two factors: {accepted:?}");
    };
    assert_eq!(
        (&password["outcome"], &push["outcome"]),
        (&"more_needed".into(), &"accepted".into())
    );
    assert_eq!(push["factor"], "push");
    for member in ["user", "address"] {
        assert_eq!(push[member], password[member], "{push}");
        assert!(push[member].is_string(), "{push}");
    }
    assert!(
        push["support_code"].is_string() && push["okta_request_id"].is_string(),
        "{push}"
    );
    assert_ne!(push["okta_request_id"], password["okta_request_id"]);
    let started = of(&records, "session_started")[0];
    assert_eq!(started["factor"], "password+push");
    assert_eq!(started["okta_request_id"], push["okta_request_id"]);
}

#[tokio::test]
async fn a_sign_in_on_okta_s_own_page_is_recorded() {
    let (_folder, file, name) = place();
    let builder = TestApp::builder().set("ops.audit", &name).set("ops.drain_delay", "0s");
    let app = builder.hosted().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    assert!(form.link(HOSTED).is_some());
    let to = browser.leaves_for_okta(&form).await.signs_in("password").await;
    browser.gets(&to).await.leads_to(app.base());
    let records = stopped(app, &file).await;
    let accepted = of(&records, "factor_accepted")[0];
    assert_eq!(
        (&accepted["factor"], &accepted["outcome"]),
        (&"okta_page".into(), &"accepted".into())
    );
    let started = of(&records, "session_started")[0];
    assert_eq!(started["factor"], "okta_page");
    assert!(
        started["user"].is_string() && started["okta_request_id"].is_string(),
        "{started}"
    );
    assert_eq!(started["okta_request_id"], accepted["okta_request_id"]);
}

#[tokio::test]
async fn a_limit_of_ours_is_named() {
    let (_folder, file, name) = place();
    let builder = TestApp::builder().set("ops.audit", &name).set("ops.drain_delay", "0s");
    let app = builder.set("limits.account_burst", "1").spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let again = browser.submits_password(&form, "password", "wrong").await;
    browser.submits_password(&again, "password", PASSWORD).await.expect(429);
    let records = stopped(app, &file).await;
    let refused = of(&records, "factor_refused");
    assert_eq!(refused.len(), 2, "{records:?}");
    assert_eq!(refused[0]["outcome"], "wrong");
    assert_eq!(
        (&refused[1]["outcome"], &refused[1]["reason"]),
        (&"held_back".into(), &"account".into())
    );
    assert!(of(&records, "session_started").is_empty());
}

#[tokio::test]
async fn a_reload_is_recorded_with_its_keys() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("portico.toml");
    let write = |name: &str| {
        std::fs::write(&settings, format!("[brand]\nname = \"{name}\"\n")).unwrap();
    };
    write("Before");
    let file = folder.path().join("audit.jsonl");
    // The file of the working directory is read.
    let through = ["env", "-C", folder.path().to_str().unwrap()].map(str::to_owned);
    let served = Served::start_through(through.into(), super::org(), &[("OPS__AUDIT", file.to_str().unwrap())]).await;
    write("After");
    served.process.send_sighup();
    eventually("a record", async || {
        !of(&records(&file), "settings_reloaded").is_empty()
    })
    .await;
    let all = records(&file);
    assert_eq!(
        of(&all, "settings_reloaded")[0]["settings"],
        serde_json::json!(["brand.name"])
    );
}
