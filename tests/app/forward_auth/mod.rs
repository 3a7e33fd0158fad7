//! Forward-auth: what each proxy asks, and how it acts on the answer.

mod answers;
mod companion;
mod decisions;
mod hand_over;
mod identity;
mod preflights;

use crate::support::{Browser, SESSION, TestApp, Verdict};

const PAGE: &[(&str, &str)] = &[
    ("accept", "text/html,*/*;q=0.8"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"),
];

const API: &[(&str, &str)] = &[("accept", "application/json")];

/// A browser signed in to this account, and its session cookie as a proxy sends it.
async fn signed_in(app: &TestApp, account: &str) -> (Browser, String) {
    let browser = app.browser();
    browser.begins(account).await;
    let cookie = browser.cookie(SESSION).expect("a session");
    (browser, format!("{SESSION}={cookie}"))
}

/// A refusal that a proxy hands on to a browser is as safe as a page of ours (SEC-302).
fn assert_guarded(refused: &Verdict) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "same-origin"),
        (
            "content-security-policy",
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ] {
        assert_eq!(refused.header(name), value, "{name}");
    }
    assert!(refused.header("permissions-policy").contains("camera=()"));
    assert_eq!(refused.all("strict-transport-security"), 0, "plain http");
}
