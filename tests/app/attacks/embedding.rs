//! Pages of the service are never shown inside another page (SEC-319).

use okta_sim::Endpoint;
use reqwest::Method;

use crate::support::{ADDRESSES, PASSWORD, SESSION, TestApp, Verify, assert_guarded, builder_behind_proxy};

/// What the browser sends as `Sec-Fetch-Dest` when it loads the content of these elements.
const INSIDE: [&str; 5] = ["iframe", "frame", "object", "embed", "fencedframe"];

const DEST: &str = "sec-fetch-dest";

#[tokio::test]
async fn sec_319_no_page_is_shown_inside_another() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    let session = browser.cookie(SESSION);
    let addresses = ADDRESSES.iter().copied().chain([("/", &["GET"][..])]);
    for (path, methods) in addresses.filter(|(path, _)| !path.starts_with("/assets/")) {
        for method in methods.iter().chain(&["OPTIONS"]) {
            for dest in INSIDE {
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                let request = browser.request(method.clone(), path).header(DEST, dest);
                let page = browser.sends(request).await;
                assert_eq!(page.status, 403, "{method} {path} {dest}");
                assert_guarded(&page);
                assert!(page.headers.get("set-cookie").is_none(), "{path}");
                assert!(!page.heading().is_empty(), "{path}: a page of ours");
            }
        }
    }
    assert_eq!(browser.cookie(SESSION), session);
    browser.gets("/account").await.expect(200);
    // The header twice, or in mixed case.
    for dests in [&["document", "iframe"][..], &["iFrame"]] {
        let mut request = browser.request(Method::GET, "/account");
        for dest in dests {
            request = request.header(DEST, *dest);
        }
        browser.sends(request).await.expect(403);
    }
    for dest in ["document", "empty", "script", "", "iframes"] {
        let request = browser.request(Method::GET, "/account").header(DEST, dest);
        browser.sends(request).await.expect(200);
    }
}

#[tokio::test]
async fn sec_319_a_password_in_a_frame_goes_nowhere() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let framed = browser.clone().with_header(DEST, "iframe");
    framed.submits_password(&form, "password", PASSWORD).await.expect(403);
    assert_eq!(app.asked(Endpoint::Token), 0);
    let done = browser.submits_password(&form, "password", PASSWORD).await;
    done.leads_to(app.base());
}

#[tokio::test]
async fn sec_319_files_and_the_frames_of_a_portal_are_none_of_it() {
    let app = builder_behind_proxy().spawn().await;
    let browser = app.browser();
    let file = browser.request(Method::GET, "/assets/app.css");
    browser.sends(file.header(DEST, "object")).await.expect(200);
    browser.begins("password").await.leads_to(app.base());
    let cookie = format!("{SESSION}={}", browser.cookie(SESSION).unwrap());
    for proxy in Verify::PROXIES {
        for dest in INSIDE {
            let lines = [("cookie", cookie.as_str()), (DEST, dest)];
            let verdict = Verify::by(&app, proxy).get("/orders", &lines).await;
            assert_eq!(verdict.status, 200, "{proxy} {dest}");
        }
    }
}
