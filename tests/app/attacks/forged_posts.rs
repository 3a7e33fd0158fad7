//! Every address that takes a post, and every way in which another site may have a browser post to it (SEC-102 to
//! SEC-104).

use std::collections::BTreeSet;

use okta_sim::Endpoint;
use reqwest::Method;
use reqwest::header::ORIGIN;

use crate::support::{ADDRESSES, Browser, PASSWORD, Page, SESSION, TestApp, assertion, secs};

/// Posts that need neither a cookie nor a form: Okta posts to the first, with a token of its own
/// (`universal_logout.rs`), and browsers report to the second by themselves (`policy_reports.rs`).
const WITHOUT_A_PAGE: [&str; 2] = ["/global-token-revocation", "/sign-in/policy-reports"];

type Fields = Vec<(String, String)>;

/// Its name, the fields, and the headers that it sends.
type Attack<'a> = (&'a str, &'a Fields, &'a [(&'a str, &'a str)]);

/// A post that would be accepted.
struct Post {
    browser: Browser,
    route: &'static str,
    fields: Fields,
    /// An address that shows whether anything changed. Getting it changes nothing.
    seen_at: String,
    /// Where the answer leads when the customer sends the post.
    leads_to: &'static str,
}

/// The hidden fields of the page's form, and the fields that are typed.
fn filled(page: &Page, action: &str, typed: &[(&str, &str)]) -> Fields {
    let mut fields = page.form(action);
    fields.retain(|(name, _)| typed.iter().all(|(other, _)| other != name));
    let typed = typed.iter();
    fields.extend(typed.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    fields
}

impl Post {
    fn new(
        browser: &Browser,
        page: &Page,
        route: &'static str,
        typed: &[(&str, &str)],
        leads_to: &'static str,
    ) -> Self {
        Self {
            browser: browser.clone(),
            route,
            fields: filled(page, route, typed),
            seen_at: page.url.clone(),
            leads_to,
        }
    }

    /// A sign-in that has reached the page with this button.
    async fn of_sign_in(app: &TestApp, route: &'static str) -> Self {
        let browser = app.browser();
        let reach = async |way| browser.reaches("all", way).await;
        let done = "http://localhost";
        match route {
            "/sign-in" => {
                let form = browser.opens_sign_in(None).await;
                let form = browser
                    .gets(&format!("/sign-in?attempt={}", form.value("attempt")))
                    .await;
                let typed = [("username", "password@example.com"), ("password", PASSWORD)];
                Self::new(&browser, &form, route, &typed, done)
            }
            "/sign-in/factor" | "/sign-in/restart" => {
                let ways = browser.follows(&browser.begins("all").await).await;
                let (typed, leads_to): (&[_], _) = if route == "/sign-in/factor" {
                    (&[("factor", "sms")], "/sign-in/code")
                } else {
                    (&[], "/sign-in?")
                };
                Self::new(&browser, &ways, route, typed, leads_to)
            }
            "/sign-in/code" => {
                let code = app.phone("all").otp().unwrap();
                Self::new(&browser, &reach("otp").await, route, &[("code", &code)], done)
            }
            "/sign-in/code/resend" | "/sign-in/push/resend" => {
                let (way, page) = if route.contains("push") {
                    ("push", "/sign-in/push?")
                } else {
                    ("sms", "/sign-in/code?")
                };
                let shown = reach(way).await;
                app.advance(secs(31));
                Self::new(&browser, &shown, route, &[], page)
            }
            "/sign-in/push" => {
                let page = reach("push").await;
                app.phone("all").approve(&app.prompt("all").id).unwrap();
                app.advance(secs(5));
                Self::new(&browser, &page, route, &[], done)
            }
            "/sign-in/passkey" => {
                let page = reach("passkey").await;
                let fields = assertion(app, "all", &page).await;
                let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
                Self::new(&browser, &page, route, &fields, done)
            }
            _ => panic!("{route} is new: say how one comes to its button"),
        }
    }

    /// A signed-in browser, on the page with this button. `other` belongs to the same person.
    async fn of_session(app: &TestApp, route: &'static str) -> Self {
        let browser = app.browser();
        browser.begins("password").await.leads_to(app.base());
        let (page, typed, leads_to) = match route {
            "/sign-out" => ("/sign-out", "", "/signed-out?"),
            "/account/end" => ("/account", "", "/account?ended=1"),
            "/account/end-others" => ("/account", "", "/account?others=1"),
            "/session/extend" => ("/session", "csrf", ""),
            _ => panic!("{route} is new: say how one comes to its button"),
        };
        let request = browser
            .request(Method::GET, page)
            .header("sec-fetch-site", "same-origin");
        let page = browser.sends(request).await;
        if typed.is_empty() {
            return Self::new(&browser, &page, route, &[], leads_to);
        }
        let session: serde_json::Value = serde_json::from_str(&page.body).unwrap();
        let token = session[typed].as_str().unwrap().to_owned();
        // Any use of the session would move its idle limit, which `/session` shows.
        app.advance(secs(60));
        let (fields, seen_at) = (vec![(typed.to_owned(), token)], page.url);
        Self {
            browser,
            route,
            fields,
            seen_at,
            leads_to,
        }
    }

    /// Sends the post from this browser with these headers.
    async fn sent(&self, from: &Browser, fields: &Fields, headers: &[(&str, &str)]) -> Page {
        let mut request = from.request(Method::POST, self.route).form(fields);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        from.sends(request).await
    }

    /// What the customer sees at `seen_at`.
    async fn state(&self) -> (u16, String, String) {
        let page = self.browser.gets(&self.seen_at).await;
        let text = if page.body.starts_with('{') {
            page.body.clone()
        } else {
            page.text()
        };
        (page.status, page.location().to_owned(), text)
    }
}

/// The post is refused, and no session is handed out.
fn assert_refused(page: &Page, case: &str) {
    let is_led_to_nothing = ["/sign-in?", "/signed-out"]
        .iter()
        .any(|to| page.location().starts_with(to));
    assert!(
        [401, 403].contains(&page.status) || page.status == 303 && is_led_to_nothing,
        "{case}: {} {}\n{}",
        page.status,
        page.location(),
        page.body
    );
    assert_eq!(
        page.cookie(SESSION).unwrap_or_default(),
        "",
        "{case}: a session was given"
    );
}

/// Calls to Okta, without those by which a new service discovers Okta's endpoints and keys.
fn asked(app: &TestApp) -> usize {
    let learns = [Endpoint::Discovery, Endpoint::Keys];
    let requests = app.okta().requests();
    let asked = requests.iter().filter(|request| !learns.contains(&request.endpoint));
    asked.count()
}

async fn only_its_own_page_may_send(app: &TestApp, post: Post, foreign: &str) {
    let ours = app.base().to_owned();
    let (route, before) = (post.route, post.state().await);
    let asked = asked(app);
    let mut forged = post.fields.clone();
    for (name, value) in &mut forged {
        if name == "csrf" {
            assert_ne!(value, foreign, "{route}: the token is not foreign");
            foreign.clone_into(value);
        }
    }
    let without: Fields = post.fields.iter().filter(|(name, _)| name != "csrf").cloned().collect();
    assert_ne!(post.fields.len(), without.len(), "{route}: no token");
    let ours = (ORIGIN.as_str(), ours.as_str());
    let attacks: [Attack<'_>; 7] = [
        ("a foreign token", &forged, &[ours]),
        ("no token", &without, &[ours]),
        ("cross-site", &post.fields, &[("sec-fetch-site", "cross-site"), ours]),
        ("same-site", &post.fields, &[("sec-fetch-site", "same-site"), ours]),
        ("another origin", &post.fields, &[("origin", "https://evil.test")]),
        ("a null origin", &post.fields, &[("origin", "null")]),
        ("no origin", &post.fields, &[]),
    ];
    for (attack, fields, headers) in attacks {
        let case = format!("{route} with {attack}");
        assert_refused(&post.sent(&post.browser, fields, headers).await, &case);
        assert_eq!(post.state().await, before, "{case}: something changed");
    }
    let stranger = app.browser();
    let case = format!("{route} without a cookie");
    let mut fields = post.fields.clone();
    if route == "/sign-out" {
        // This proof ends the one session that the form was made for, in a browser that has lost its cookie (SEC-414).
        fields.retain(|(name, _)| name != "session");
        assert_ne!(fields.len(), post.fields.len(), "{route}: no proof");
    }
    assert_refused(&post.sent(&stranger, &fields, &[ours]).await, &case);
    assert!(!stranger.is_signed_in(), "{case}");
    assert_eq!(post.state().await, before, "{case}: something changed");
    assert_eq!(self::asked(app), asked, "{route}: Okta was asked");
    // The same post from its own page works, so none of the above was refused for another reason.
    let done = post.sent(&post.browser, &post.fields, &[ours]).await;
    if post.leads_to.is_empty() {
        done.expect(200);
        assert_ne!(post.state().await, before);
    } else {
        done.leads_to(post.leads_to);
    }
}

#[tokio::test]
async fn sec_102_sec_103_sec_104_every_post_counts_only_from_its_own_page_in_its_own_browser() {
    let posted = ADDRESSES.iter().filter(|(_, methods)| methods.contains(&"POST"));
    let routes: BTreeSet<&str> = posted.map(|(path, _)| *path).collect();
    assert!(routes.len() >= 13, "{routes:?}");
    for route in routes {
        if WITHOUT_A_PAGE.contains(&route) {
            continue;
        }
        let app = TestApp::builder().standing_still().spawn().await;
        let other = app.browser();
        let (post, foreign) = if route.starts_with("/sign-in") {
            let foreign = other.opens_sign_in(None).await.value("csrf");
            (Post::of_sign_in(&app, route).await, foreign)
        } else {
            other.begins("password").await.leads_to(app.base());
            let foreign = other.gets("/sign-out").await.value("csrf");
            (Post::of_session(&app, route).await, foreign)
        };
        only_its_own_page_may_send(&app, post, &foreign).await;
    }
}

/// The fields of the first form, with a right name and password.
fn credentials(form: &Page) -> Fields {
    let typed = [("username", "password@example.com"), ("password", PASSWORD)];
    filled(form, "/sign-in", &typed)
}

#[tokio::test]
async fn sec_104_only_posts_of_our_own_pages_count() {
    let app = TestApp::spawn().await;
    let ours = app.base().to_owned();
    let refused: &[&[(&str, &str)]] = &[
        &[],
        &[("origin", "null")],
        &[("origin", "https://evil.test")],
        &[("origin", "http://localhost")],
        &[("origin", &ours), ("origin", "https://evil.test")],
        &[("sec-fetch-site", "cross-site"), ("origin", &ours)],
        &[("sec-fetch-site", "same-site"), ("origin", &ours)],
        &[("sec-fetch-site", "none"), ("origin", &ours)],
        &[("referer", &ours)],
    ];
    for headers in refused {
        let browser = app.browser();
        let form = browser.opens_sign_in(None).await;
        let mut request = browser.request(Method::POST, "/sign-in").form(&credentials(&form));
        for (name, value) in *headers {
            request = request.header(*name, *value);
        }
        let page = browser.sends(request).await;
        page.expect(403).is_headed("We couldn’t accept that form");
        assert!(page.cookies(SESSION).is_empty(), "{headers:?}");
    }
    assert_eq!(app.asked(Endpoint::Token), 0);
    for headers in [&[("sec-fetch-site", "same-origin")][..], &[("origin", ours.as_str())]] {
        let browser = app.browser();
        let form = browser.opens_sign_in(None).await;
        let mut request = browser.request(Method::POST, "/sign-in").form(&credentials(&form));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        browser.sends(request).await.leads_to(app.base());
    }
}

#[tokio::test]
async fn sec_102_the_token_of_another_browser_is_worth_nothing() {
    let app = TestApp::spawn().await;
    let (mine, theirs) = (app.browser(), app.browser());
    let my_form = mine.opens_sign_in(None).await;
    let their_form = theirs.opens_sign_in(None).await;
    for csrf in [
        their_form.value("csrf"),
        String::new(),
        "AAAA".to_owned(),
        my_form.value("csrf")[1..].to_owned(),
    ] {
        let fields = [
            ("username", "password@example.com"),
            ("password", PASSWORD),
            ("csrf", &csrf),
        ];
        let page = mine.presses(&my_form, "/sign-in", &fields).await;
        page.expect(403).is_headed("Sign in");
        assert_eq!(page.value("username"), "password@example.com");
        assert_eq!(page.value("password"), "");
        assert!(page.cookies(SESSION).is_empty());
    }
    assert_eq!(app.asked(Endpoint::Token), 0);
    // An attempt of another browser counts as unknown, and is left as it is.
    let their_attempt = their_form.value("attempt");
    let fields = [
        ("username", "password@example.com"),
        ("password", PASSWORD),
        ("attempt", their_attempt.as_str()),
    ];
    mine.presses(&my_form, "/sign-in", &fields).await.leads_to(app.base());
    assert!(!theirs.is_signed_in());
    theirs
        .submits_password(&their_form, "password", PASSWORD)
        .await
        .leads_to(app.base());
}

#[tokio::test]
async fn sec_103_a_form_without_its_own_cookie_signs_nobody_in() {
    let app = TestApp::spawn().await;
    let (attacker, victim) = (app.browser(), app.browser());
    let form = attacker.opens_sign_in(None).await;
    let page = victim
        .presses(
            &form,
            "/sign-in",
            &[("username", "password@example.com"), ("password", PASSWORD)],
        )
        .await;
    page.expect(403);
    assert!(page.cookies(SESSION).is_empty());
    assert_eq!(app.asked(Endpoint::Token), 0);
    // The fresh form that came back works.
    victim
        .submits_password(&page, "password", PASSWORD)
        .await
        .leads_to(app.base());
}
