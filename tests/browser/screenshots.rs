//! Pictures of the pages, for people. Made only on demand:
//!
//! ```sh
//! PORTICO_SCREENSHOTS=docs/screenshots cargo test -p portico --test browser screenshots
//! ```
//!
//! The pictures of the README go into that folder, those of the gallery below it.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::customer::Customer;
use crate::gallery::prefers;

/// One sample a page.
const PAGES: [&str; 12] = [
    "sign-in",
    "sign-in-mismatch",
    "factor",
    "code-sms",
    "code-wrong",
    "push",
    "push-number",
    "push-denied",
    "passkey",
    "account-others",
    "signed-out",
    "trouble-not-answering",
];

#[tokio::test]
async fn the_readme() {
    let Some(folder) = wanted() else { return };
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    stands(&customer, 640, 720).await;
    for scheme in ["light", "dark"] {
        prefers(&customer, scheme).await;
        customer.opens_sign_in().await;
        takes(&customer, &folder.join(format!("sign-in-{scheme}.png"))).await;
    }
    prefers(&customer, "light").await;
    customer.gives_password("number@example.com").await;
    customer.chooses("push").await;
    customer
        .reads_until(".wait-left", |text| text.ends_with("left"))
        .await;
    takes(&customer, &folder.join("push-number.png")).await;
    customer.leaves().await;
}

#[tokio::test]
async fn the_gallery() {
    let Some(folder) = wanted() else { return };
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    for (width, height) in [(320, 640), (1280, 900)] {
        stands(&customer, width, height).await;
        for scheme in ["light", "dark"] {
            prefers(&customer, scheme).await;
            for page in PAGES {
                customer.opens(&format!("/dev/gallery/{page}")).await;
                let file = format!("gallery/{page}-{scheme}-{width}.png");
                takes(&customer, &folder.join(file)).await;
            }
        }
    }
    customer.leaves_after(&[404]).await;
}

/// The folder to write into, from the root of the repository.
fn wanted() -> Option<PathBuf> {
    let folder = std::env::var_os("PORTICO_SCREENSHOTS")?;
    Some(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
}

async fn stands(customer: &Customer, width: u32, height: u32) {
    let screen = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
    let command = "Emulation.setDeviceMetricsOverride";
    customer.browser.devtools(command, screen).await;
}

/// Writes the page as far as it can be scrolled.
async fn takes(customer: &Customer, file: &Path) {
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let how = json!({"format": "png", "captureBeyondViewport": true, "optimizeForSpeed": false});
    let picture = customer
        .browser
        .devtools("Page.captureScreenshot", how)
        .await;
    let bytes = BASE64_STANDARD.decode(picture["data"].as_str().unwrap());
    std::fs::write(file, bytes.unwrap()).unwrap();
}
