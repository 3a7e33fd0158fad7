//! Cookies of other applications beside ours, and cookies of the same name twice.

use reqwest::Method;
use reqwest::header::{COOKIE, HeaderValue, ORIGIN};

use crate::support::{ATTEMPT, Browser, PASSWORD, Page, SESSION, TestApp, Verify, builder_behind_proxy};

/// Cookies that a browser sends beside ours: text outside ASCII, bytes that are no text, bad escapes, quotes, no value
/// and no name.
const BESIDE: [&[u8]; 8] = [
    b"n=J\xc3\xb6rg",
    b"n=J\xf6rg",
    b"n=\xff\xfe",
    b"n=%zz%",
    b"n=\"a b",
    b"n",
    b"=n",
    b"n=",
];

/// A `Cookie` line with one of these before and after the browser's own.
fn line(beside: &[u8], own: &str) -> HeaderValue {
    let line = [beside, b"; ", own.as_bytes(), b"; ", beside].concat();
    HeaderValue::from_bytes(&line).unwrap()
}

fn own(browser: &Browser, names: &[&str]) -> String {
    let pairs = names
        .iter()
        .filter_map(|name| Some(format!("{name}={}", browser.cookie(name)?)));
    pairs.collect::<Vec<_>>().join("; ")
}

/// Sends exactly this `Cookie` line, from a fresh browser.
async fn sends(app: &TestApp, method: Method, path: &str, line: HeaderValue, body: &str) -> Page {
    let browser = app.browser();
    let request = browser
        .request(method, path)
        .header(COOKIE, line)
        .header(ORIGIN, app.base())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.to_owned());
    browser.sends(request).await
}

async fn signed_in(app: &TestApp) -> Browser {
    let browser = app.browser();
    browser.begins("password").await;
    assert!(browser.is_signed_in());
    browser
}

fn session_of(browser: &Browser) -> String {
    own(browser, &[SESSION])
}

#[tokio::test]
async fn no_cookie_beside_ours_signs_anybody_out_or_spoils_a_form() {
    let app = builder_behind_proxy().spawn().await;
    let known = signed_in(&app).await;
    let session = session_of(&known);
    for beside in BESIDE {
        let what = beside.escape_ascii().to_string();
        let page = sends(&app, Method::GET, "/account", line(beside, &session), "").await;
        page.expect(200).says("password@example.com");
        let answer = sends(&app, Method::GET, "/session", line(beside, &session), "").await;
        assert!(answer.body.contains("\"active\":true"), "{what}");
        for proxy in Verify::PROXIES {
            let cookies = line(beside, &session);
            let verdict = Verify::by(&app, proxy).get_with(&cookies).await;
            assert_eq!(verdict.status, 200, "{proxy} {what}");
        }

        let guest = app.browser();
        let form = guest.opens_sign_in(None).await;
        let body = format!(
            "username=password%40example.com&password={PASSWORD}&csrf={}&attempt={}",
            form.value("csrf"),
            form.value("attempt")
        );
        let cookies = line(beside, &own(&guest, &[ATTEMPT]));
        let answer = sends(&app, Method::POST, "/sign-in", cookies, &body).await;
        assert_eq!(answer.cookies(SESSION).len(), 1, "{what}: {answer:?}");
    }
}

#[tokio::test]
async fn a_quoted_or_escaped_id_is_accepted_nowhere() {
    let app = builder_behind_proxy().spawn().await;
    let known = signed_in(&app).await;
    let id = known.cookie(SESSION).unwrap();
    let escaped = format!("%{:02x}{}", id.as_bytes()[0], &id[1..]);
    for value in [format!("\"{id}\""), escaped] {
        let cookies = HeaderValue::from_str(&format!("{SESSION}={value}")).unwrap();
        let answer = sends(&app, Method::GET, "/session", cookies.clone(), "").await;
        assert!(answer.body.contains("\"active\":false"), "{value}");
        let verdict = Verify::by(&app, "caddy").get_with(&cookies).await;
        assert_eq!(verdict.status, 401, "{value}");
    }
}

/// Two session cookies in this order.
fn both(first: &str, second: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("{SESSION}={first}; other=1; {SESSION}={second}")).unwrap()
}

#[tokio::test]
async fn the_one_live_session_among_several_counts_wherever_it_stands() {
    let app = builder_behind_proxy().spawn().await;
    let known = signed_in(&app).await;
    let live = known.cookie(SESSION).unwrap();
    let ended = signed_in(&app).await;
    let dead = ended.cookie(SESSION).unwrap();
    ended.signs_out().await;
    let unknown = "A".repeat(43);
    for other in [&*dead, &unknown, "", "x", &live] {
        for cookies in [both(other, &live), both(&live, other)] {
            let answer = sends(&app, Method::GET, "/session", cookies.clone(), "").await;
            assert!(answer.body.contains("\"active\":true"), "{cookies:?}");
            let verdict = Verify::by(&app, "caddy").get_with(&cookies).await;
            assert_eq!(verdict.status, 200, "{cookies:?}");
        }
    }
    // A cookie that was set for another path or domain is removed, ours stays.
    let page = sends(&app, Method::GET, "/account", both(&dead, &live), "").await;
    let removed = page.expect(200).cookies(SESSION);
    for place in ["Path=/account; ", "Path=/; Domain=localhost"] {
        let is_there = removed.iter().any(|line| format!("{line}; ").contains(place));
        assert!(is_there, "{place}: {removed:?}");
    }
    for line in removed {
        assert!(
            line.starts_with(&format!("{SESSION}=; ")) && line.contains("Max-Age=0"),
            "{line}"
        );
        assert!(line.contains("Domain=") || !line.contains("Path=/;"), "ours: {line}");
    }
}

#[tokio::test]
async fn of_two_live_sessions_neither_counts_and_there_is_no_redirect_loop() {
    let app = builder_behind_proxy().standing_still().spawn().await;
    let stranger = signed_in(&app).await.cookie(SESSION).unwrap();
    let known = signed_in(&app).await;
    let ours = known.cookie(SESSION).unwrap();
    for cookies in [both(&ours, &stranger), both(&stranger, &ours)] {
        let answer = sends(&app, Method::GET, "/session", cookies.clone(), "").await;
        assert!(answer.body.contains("\"active\":false"), "{}", answer.body);
        let verdict = Verify::by(&app, "caddy").get_with(&cookies).await;
        assert_eq!(verdict.status, 401);
        assert!(verdict.body.contains("ambiguous_session"), "{}", verdict.body);
        assert_eq!(verdict.all("set-cookie"), 0, "forward-auth sets nothing");

        // Just after a sign-in the second cookie is there again: the page says so instead of trying once more.
        let page = sends(&app, Method::GET, "/sign-in?return_to=/x", cookies.clone(), "").await;
        page.expect(409).says(SESSION);
        assert!(page.body.contains("href=\"/sign-in?return_to=/x\""), "{}", page.body);
        let own = page.cookies(SESSION);
        assert!(
            own.iter()
                .any(|line| line.ends_with("Path=/") || line.contains("Path=/; Max-Age=0")),
            "{own:?}"
        );
        sends(&app, Method::GET, "/sign-out", cookies, "").await.expect(409);
    }
    // Long after the sign-in a fresh form is tried first.
    app.advance(std::time::Duration::from_secs(601));
    let form = sends(&app, Method::GET, "/sign-in", both(&ours, &stranger), "").await;
    form.expect(200);
    assert!(form.cookies(SESSION).len() > 1, "{form:?}");
    // Neither session has ended.
    let still = sends(
        &app,
        Method::GET,
        "/session",
        HeaderValue::from_str(&format!("{SESSION}={ours}")).unwrap(),
        "",
    )
    .await;
    assert!(still.body.contains("\"active\":true"));
}

/// A cookie for `/x` never reaches our pages. The sealed return address says what forward-auth saw, so that it can be
/// removed.
#[tokio::test]
async fn a_siblings_session_for_a_path_of_the_portal_is_removed_there_and_named_when_it_comes_back() {
    let app = builder_behind_proxy().spawn().await;
    let stranger = signed_in(&app).await.cookie(SESSION).unwrap();
    let known = signed_in(&app).await;
    let ours = known.cookie(SESSION).unwrap();
    let page = [
        ("accept", "text/html"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
    ];
    let cookies = both(&stranger, &ours);
    let mut lines = page.to_vec();
    lines.push(("cookie", cookies.to_str().unwrap()));
    let verify = Verify::by(&app, "caddy");
    for time in 1..=3 {
        let sent = verify.get("/x/orders", &lines).await;
        assert_eq!(sent.status, 302, "{sent:?}");
        let to = sent.header("location").to_owned();
        let answer = known.gets(&to).await;
        if time == 3 {
            answer.expect(503).says(SESSION);
            break;
        }
        let back = answer.expect(303).location();
        assert!(back.ends_with("/x/orders"), "{back}");
        let removed = answer.cookies(SESSION);
        for place in ["Path=/x; ", "Path=/x; Domain=localhost; ", "Path=/x/orders; "] {
            let is_there = removed.iter().any(|line| format!("{line}; ").contains(place));
            assert!(is_there, "{place}: {removed:?}");
        }
        // Ours is not among them: this browser stays signed in.
        assert!(
            !removed
                .iter()
                .any(|line| line.contains("Path=/;") && !line.contains("Domain"))
        );
    }
    assert!(known.session().await["active"].as_bool().unwrap());
}

#[tokio::test]
async fn a_sign_out_ends_the_session_that_its_page_was_made_for() {
    let app = TestApp::spawn().await;
    let stranger = signed_in(&app).await;
    let known = signed_in(&app).await;
    let asks = known.gets("/sign-out").await;
    let body = format!("csrf={}", asks.expect(200).value("csrf"));
    let (theirs, ours) = (stranger.cookie(SESSION).unwrap(), known.cookie(SESSION).unwrap());
    let answer = sends(&app, Method::POST, "/sign-out", both(&theirs, &ours), &body).await;
    answer.leads_to("/signed-out");
    assert!(!known.session().await["active"].as_bool().unwrap());
    assert!(stranger.session().await["active"].as_bool().unwrap());
}

/// A password is never typed into an attempt that another browser began.
#[tokio::test]
async fn sec_145_of_two_known_visits_neither_is_used_and_the_form_works() {
    let app = TestApp::spawn().await;
    let watcher = app.browser();
    watcher.opens_sign_in(None).await;
    let planted = watcher.cookie(ATTEMPT).unwrap();
    let victim = app.browser();
    victim.opens_sign_in(None).await;
    let own = victim.cookie(ATTEMPT).unwrap();
    let cookies = HeaderValue::from_str(&format!("{ATTEMPT}={planted}; {ATTEMPT}={own}")).unwrap();
    let form = sends(&app, Method::GET, "/sign-in", cookies, "").await;
    let given = form.expect(200).cookie(ATTEMPT).unwrap();
    assert!(given != planted && given != own);
    let removed = form.cookies(ATTEMPT);
    assert!(
        removed
            .iter()
            .any(|line| format!("{line}; ").contains("Path=/sign-in; ")),
        "{removed:?}"
    );
    // The browser did remove the planted cookie; had it not, the planted one would not be used either.
    for line in [
        format!("{ATTEMPT}={given}"),
        format!("{ATTEMPT}={}; {ATTEMPT}={given}", "A".repeat(43)),
    ] {
        let page = sends(&app, Method::GET, "/sign-in", HeaderValue::from_str(&line).unwrap(), "").await;
        let body = format!(
            "username=password%40example.com&password={PASSWORD}&csrf={}&attempt={}",
            page.value("csrf"),
            page.value("attempt")
        );
        let answer = sends(
            &app,
            Method::POST,
            "/sign-in",
            HeaderValue::from_str(&line).unwrap(),
            &body,
        )
        .await;
        assert!(!answer.expect(303).cookies(SESSION).is_empty(), "{line}");
    }
}
