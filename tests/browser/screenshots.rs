//! Pictures of the pages, for people. Made only on demand:
//!
//! ```sh
//! PORTICO_SCREENSHOTS=docs/screenshots cargo test -p portico --test browser screenshots
//! ```
//!
//! The pictures of the README go into that folder, those of the gallery below it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::customer::Customer;
use crate::emulation::Look;

/// One sample of each page.
const PAGES: [&str; 19] = [
    "sign-in",
    "sign-in-mismatch",
    "sign-in-remember",
    "sign-in-hosted",
    "sign-in-more-needed",
    "factor",
    "factor-hosted",
    "code-sms",
    "code-wrong",
    "push",
    "push-number",
    "push-denied",
    "passkey",
    "account-others",
    "signed-out",
    "signed-out-idle",
    "forgotten",
    "trouble-not-answering",
    "trouble-password-expired-hosted",
];

/// A stream without events: the samples have no attempt to wait for.
const STILL: &str = "window.EventSource = class extends EventTarget { close() {} }";

#[tokio::test]
async fn the_readme() {
    let Some(folder) = wanted() else { return };
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    customer.looks_through((640, 720)).await;
    for look in [Look::Light, Look::Dark] {
        customer.prefers(look).await;
        customer.opens_sign_in().await;
        let file = format!("sign-in-{}.png", look.name());
        takes(&customer, &folder.join(file)).await;
    }
    customer.prefers(Look::Light).await;
    customer.gives_password("number@example.com").await;
    customer.chooses("push").await;
    customer.reads_until(".wait-left", |text| text.ends_with("left")).await;
    takes(&customer, &folder.join("push-number.png")).await;
    customer.leaves().await;
}

#[tokio::test]
async fn the_gallery() {
    let Some(folder) = wanted() else { return };
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    let command = "Page.addScriptToEvaluateOnNewDocument";
    customer.browser.devtools(command, json!({"source": STILL})).await;
    for (width, height) in [(320, 640), (1280, 900)] {
        customer.looks_through((width, height)).await;
        for look in [Look::Light, Look::Dark, Look::Forced] {
            customer.prefers(look).await;
            for page in PAGES {
                customer.opens(&format!("/dev/gallery/{page}")).await;
                let file = format!("gallery/{page}-{}-{width}.png", look.name());
                takes(&customer, &folder.join(file)).await;
            }
        }
    }
    customer.leaves().await;
}

#[tokio::test]
async fn the_companion() {
    let Some(folder) = wanted() else { return };
    let settings = [("SESSION__ABSOLUTE", "31m")];
    let Some(customer) = Customer::arrives_at_the_portal(&settings).await else {
        return;
    };
    let minutes = Duration::from_mins;
    customer.time_passes(minutes(28)).await;
    for (name, by, words) in [
        ("warning", Duration::from_secs(2), "You will be signed out in"),
        ("last", Duration::from_secs(75), "This session cannot be extended."),
        ("ended", minutes(3), "You have been signed out"),
    ] {
        customer.time_passes(by).await;
        if name == "last" {
            customer.answers("Stay signed in").await;
        }
        customer.waits_for_dialog(words).await;
        for (width, height) in [(320, 640), (1280, 900)] {
            customer.looks_through((width, height)).await;
            for look in [Look::Light, Look::Dark, Look::Forced] {
                customer.prefers(look).await;
                let file = format!("gallery/companion-{name}-{}-{width}.png", look.name());
                takes(&customer, &folder.join(file)).await;
            }
        }
    }
    customer.leaves().await;
}

/// The folder to write into, from the root of the repository.
fn wanted() -> Option<PathBuf> {
    let folder = std::env::var_os("PORTICO_SCREENSHOTS")?;
    Some(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
}

/// Writes the whole page, as far as it can be scrolled.
async fn takes(customer: &Customer, file: &Path) {
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let how = json!({"format": "png", "captureBeyondViewport": true, "optimizeForSpeed": false});
    let picture = customer.browser.devtools("Page.captureScreenshot", how).await;
    let bytes = BASE64_STANDARD.decode(picture["data"].as_str().unwrap());
    std::fs::write(file, bytes.unwrap()).unwrap();
}
