//! A whole sign-in with the log at its loudest, searched for everything secret (SEC-217, SEC-501).
//!
//! A binary of its own, because a process has one log.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that stops is a test that failed"
)]

#[expect(
    dead_code,
    unused_imports,
    reason = "the verbs are shared with tests/app, which uses them all"
)]
#[path = "../app/support/mod.rs"]
mod support;

use std::io;
use std::sync::{Arc, Mutex};

use portico::telemetry::logs::{LogFormat, subscriber};
use support::{ATTEMPT, PASSWORD, SESSION, TestApp, secs};

/// A log that is kept.
#[derive(Debug, Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Without the times, whose digits could look like a code.
fn without_times(log: &str) -> String {
    let lines = log.lines().map(|line| {
        let mut fields: serde_json::Value =
            serde_json::from_str(line).expect("one event is one line of JSON");
        fields.as_object_mut().unwrap().remove("timestamp");
        fields.to_string()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether the secret stands there by itself, not as a part of a longer number.
fn is_told(log: &str, secret: &str) -> bool {
    let is_number = secret.bytes().all(|byte| byte.is_ascii_digit());
    log.match_indices(secret).any(|(at, _)| {
        let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
        let (before, after) = (
            at.checked_sub(1).and_then(|at| log.as_bytes().get(at)),
            log.as_bytes().get(at + secret.len()),
        );
        !is_number || !(is_digit(before) || is_digit(after))
    })
}

#[tokio::test]
async fn sec_217_the_loudest_log_tells_no_secret() {
    let kept = Kept::default();
    let writer = kept.clone();
    let log = subscriber(LogFormat::Json, "trace", move || writer.clone()).unwrap();
    tracing::subscriber::set_global_default(log).unwrap();

    let app = TestApp::spawn().await;
    let mut secrets: Vec<String> = Vec::new();

    // A password and a text, with a password and a code that were wrong.
    let browser = app.browser();
    let form = browser
        .opens_sign_in(Some("/account?order=4711-secret-query"))
        .await;
    let form = browser
        .submits_password(&form, "phone", "a-wrong-password-0815")
        .await;
    secrets.extend([form.value("csrf"), browser.cookie(ATTEMPT).unwrap()]);
    let ways = browser
        .follows(&browser.submits_password(&form, "phone", PASSWORD).await)
        .await;
    let code = browser.follows(&browser.chooses(&ways, "sms").await).await;
    let code = browser.enters_code(&code, "987 654 321").await;
    browser
        .enters_code(&code, &app.phone("phone").texts()[0].code)
        .await
        .leads_to(app.base());
    secrets.push(browser.cookie(SESSION).unwrap());
    secrets.push(browser.gets("/sign-out").await.value("csrf"));
    browser.signs_out().await.leads_to("/signed-out");

    // A push.
    let browser = app.browser();
    let wait = browser.reaches("push", "push").await;
    let mut events = browser.waits(&wait).await;
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    assert_eq!(events.next().await, "approved");
    browser.gets(&wait.url).await.leads_to(app.base());
    secrets.push(browser.cookie(SESSION).unwrap());

    // A name that is a password, typed into the wrong field, and trouble at Okta.
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let form = browser
        .submits_password(&form, "my-password-in-the-name-field", "x-not-here-x")
        .await;
    app.okta().faults().push(okta_sim::Fault::new(
        okta_sim::Endpoint::Token,
        okta_sim::FaultKind::GarbageJson,
    ));
    browser
        .submits_password(&form, "password", PASSWORD)
        .await
        .expect(503);

    secrets.extend(app.okta().secrets_issued());
    secrets.extend(
        [
            PASSWORD,
            "a-wrong-password-0815",
            "987654321",
            "987 654 321",
            "my-password-in-the-name-field",
            "x-not-here-x",
        ]
        .map(str::to_owned),
    );
    secrets.extend(["secret-query", "phone@example.com", "push@example.com"].map(str::to_owned));
    secrets.retain(|secret| secret.len() >= 6);
    assert!(
        secrets.len() > 20,
        "the simulator issued {} secrets",
        secrets.len()
    );

    let log = without_times(std::str::from_utf8(&kept.0.lock().unwrap()).unwrap());
    assert!(
        log.contains("request answered") && log.contains("a session started"),
        "there is a log:\n{log}"
    );
    let told: Vec<(&String, Option<&str>)> = secrets
        .iter()
        .filter(|secret| is_told(&log, secret))
        .map(|secret| {
            (
                secret,
                log.lines().find(|line| line.contains(secret.as_str())),
            )
        })
        .collect();
    assert!(
        told.is_empty(),
        "{} of {} secrets are in the log:\n{told:#?}",
        told.len(),
        secrets.len()
    );
}
