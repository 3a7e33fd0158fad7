//! Where customers arrive who asked for no page of the portal: even with the shortest settings it is a page that
//! exists.

use okta_sim::{Settings, Simulator};

use crate::support::{Browser, PASSWORD, Page, Running, TestApp, client, eventually, free_port, portico, status};

const README: &str = include_str!("../../../README.md");

/// The first block of settings in the README.
fn shortest_settings() -> String {
    let block = README.split("```toml\n").nth(1).unwrap();
    let block = block.split("```").next().unwrap();
    let lines: Vec<&str> = block.lines().map(str::trim).collect();
    lines.join("\n")
}

/// Follows redirects until there is a page.
async fn arrives(browser: &Browser, mut page: Page) -> Page {
    for _ in 0..5 {
        if page.status != 303 {
            return page;
        }
        page = browser.follows(&page).await;
    }
    panic!("goes round at {}", page.url);
}

#[tokio::test]
async fn the_readmes_own_settings_lead_to_a_page_after_a_right_password() {
    let okta = Simulator::start(Settings::default()).await.unwrap();
    let (port, ops) = (free_port(), free_port());
    let base = format!("http://localhost:{port}");
    let mut settings = shortest_settings();
    for (example, real) in [
        ("https://signin.example.com", base.as_str()),
        ("https://example.okta.com", okta.issuer().as_str()),
        ("0oa…", "portico-demo"),
    ] {
        assert!(settings.contains(example), "{settings}");
        settings = settings.replace(example, real);
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("portico.toml");
    std::fs::write(&file, settings).unwrap();
    let mut command = portico(&["serve", "--config", file.to_str().unwrap()]);
    command.envs([
        ("PORTICO_LISTEN", format!("127.0.0.1:{port}")),
        ("PORTICO_OPS__LISTEN", format!("127.0.0.1:{ops}")),
        (
            "PORTICO_STORE__PATH",
            folder.path().join("store").to_str().unwrap().to_owned(),
        ),
    ]);
    let _running = Running::start(command);
    let ready = format!("http://127.0.0.1:{ops}/readyz");
    eventually("ready", async || status(&ready).await == Some(200)).await;
    let browser = Browser::new(client(), &base);
    let form = arrives(&browser, browser.gets(&format!("{base}/")).await).await;
    let answer = browser.submits_password(form.expect(200), "password", PASSWORD).await;
    let page = arrives(&browser, answer).await;
    assert_eq!(page.expect(200).url, format!("{base}/account"));
    // Signed in, the root leads to the home page, which does not lead back.
    let page = arrives(&browser, browser.gets(&format!("{base}/")).await).await;
    assert_eq!(page.expect(200).url, format!("{base}/account"));
    assert!(
        !page.body.contains(&format!("href=\"{base}/\"")),
        "a link to a page that leads back"
    );
}

#[tokio::test]
async fn a_path_that_the_service_stands_under_leads_to_the_form_as_well() {
    let port = free_port();
    let origin = format!("http://localhost:{port}");
    let app = TestApp::builder()
        .set("public_url", &format!("{origin}/auth"))
        .set("listen", &format!("127.0.0.1:{port}"))
        .set("portal.home_url", &format!("{origin}/auth/"))
        .spawn()
        .await;
    let browser = app.browser();
    for path in ["/", "/auth", "/auth/"] {
        let answer = browser.gets(&format!("{origin}{path}")).await;
        assert_eq!(answer.expect(303).location(), "/auth/sign-in", "{path}");
        let head = browser.sends(browser.request(reqwest::Method::HEAD, path)).await;
        assert_eq!(head.expect(303).location(), "/auth/sign-in", "{path}");
        let posted = browser.sends(browser.request(reqwest::Method::POST, path)).await;
        assert_eq!(posted.status, 405, "{path}");
    }
    // A home URL that is the service's own root does no harm.
    let answer = browser.begins("password").await;
    assert_eq!(answer.expect(303).location(), format!("{origin}/auth/account"));
}
