//! A session at hosts of the portal that our session cookie does not reach.

use std::time::Duration;

use crate::support::{Browser, Page, SESSION, TestApp, Verify, builder_behind_proxy};

const HERE: &str = "app.localhost:4001";
const ELSEWHERE: &str = "other.localhost:4002";
const HOST_COOKIE: &str = "portico-pass";
const PAGE: [(&str, &str); 3] = [
    ("accept", "text/html"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"),
];

async fn portal() -> TestApp {
    builder_behind_proxy()
        .set("portal.allowed_hosts", &format!("{HERE}, {ELSEWHERE}"))
        .spawn()
        .await
}

/// The same person's browser at another host, where it has other cookies.
fn at(app: &TestApp, host: &str) -> Browser {
    app.browser().with_header("host", host)
}

/// Follows a redirect to a host of the portal, whose proxy passes our paths on to the service.
async fn follows(there: &Browser, host: &str, page: &Page) -> Page {
    let path = page.expect(303).location().strip_prefix(&format!("http://{host}"));
    there
        .gets(path.unwrap_or_else(|| panic!("leads to {}", page.location())))
        .await
}

/// Where the portal's proxy at this host sends a browser that has no session there.
async fn sent(app: &TestApp, host: &str, uri: &str) -> String {
    let answer = Verify::by(app, "traefik").at(host).get(uri, &PAGE).await;
    let location = answer.header("location");
    let start = location.strip_prefix(&format!("http://{host}")).unwrap();
    assert!(start.starts_with("/.portico/start?to="), "{location}");
    start.to_owned()
}

/// Signs in, and fetches a ticket for this host.
async fn ticket(app: &TestApp, browser: &Browser, there: &Browser, host: &str) -> Page {
    // Three redirects within half a minute would lead to the page that explains a redirect loop.
    app.advance(Duration::from_secs(16));
    let start = there.gets(&sent(app, host, "/inbox?box=1").await).await;
    let form = start
        .expect(303)
        .location()
        .strip_prefix(app.base())
        .unwrap()
        .to_owned();
    browser.gets(&form).await
}

#[tokio::test]
async fn sec_203_a_ticket_takes_the_session_to_another_host_and_no_cookie_is_shared() {
    let app = portal().await;
    let (browser, there) = (app.browser(), at(&app, HERE));
    browser.begins("password").await.leads_to(app.base());
    let enter = ticket(&app, &browser, &there, HERE).await;
    let entered = follows(&there, HERE, &enter).await;
    entered.leads_to(&format!("http://{HERE}/inbox?box=1"));
    let value = there.cookie(HOST_COOKIE).unwrap();
    assert_ne!(Some(&value), browser.cookie(SESSION).as_ref());

    let ask = async |host: &str, cookie: String| {
        let verify = Verify::by(&app, "caddy").at(host);
        verify.get("/", &[("cookie", &cookie)]).await.status.as_u16()
    };
    assert_eq!(ask(HERE, format!("{HOST_COOKIE}={value}")).await, 200);
    assert_eq!(
        ask(ELSEWHERE, format!("{HOST_COOKIE}={value}")).await,
        401,
        "for one host"
    );
    let own = Verify::by(&app, "caddy").host().to_owned();
    assert_eq!(ask(&own, format!("{HOST_COOKIE}={value}")).await, 401);
    assert_eq!(ask(&own, format!("{SESSION}={value}")).await, 401);
    let session = browser.cookie(SESSION).unwrap();
    assert_eq!(ask(HERE, format!("{SESSION}={session}")).await, 401);
    assert_eq!(ask(HERE, format!("{HOST_COOKIE}={session}")).await, 401);

    browser.signs_out().await;
    assert_eq!(
        ask(HERE, format!("{HOST_COOKIE}={value}")).await,
        401,
        "ended everywhere at once"
    );
}

#[tokio::test]
async fn sec_203_a_ticket_is_good_once_for_half_a_minute_one_host_and_one_browser() {
    let app = portal().await;
    let (browser, there) = (app.browser(), at(&app, HERE));
    browser.begins("password").await;
    let form = format!("{}/sign-in", app.base());
    let refused = |page: &Page, of: &Browser| {
        page.expect(303);
        assert_eq!(page.location(), form);
        assert_eq!(of.cookie(HOST_COOKIE), None);
    };
    let used = ticket(&app, &browser, &there, HERE).await;
    let thief = at(&app, HERE);
    refused(&follows(&thief, HERE, &used).await, &thief);
    let neighbour = at(&app, ELSEWHERE);
    let path = used.location().split_once(HERE).unwrap().1.to_owned();
    refused(&neighbour.gets(&path).await, &neighbour);
    assert!(!follows(&there, HERE, &used).await.location().contains("/sign-in"));

    // The same browser, a second time.
    let there = at(&app, HERE);
    there.plants_cookie("portico-errand", "one and the same");
    let once = ticket(&app, &browser, &there, HERE).await;
    follows(&there, HERE, &once).await.leads_to("http://app");
    let there = at(&app, HERE);
    there.plants_cookie("portico-errand", "one and the same");
    refused(&follows(&there, HERE, &once).await, &there);

    let late = ticket(&app, &browser, &there, HERE).await;
    app.advance(Duration::from_secs(31));
    refused(&follows(&there, HERE, &late).await, &there);

    let over = ticket(&app, &browser, &there, HERE).await;
    browser.signs_out().await;
    refused(&follows(&there, HERE, &over).await, &there);
    for path in ["/.portico/enter?ticket=x", "/.portico/start?to=x"] {
        refused(&there.gets(path).await, &there);
        app.browser().gets(path).await.expect(404);
        at(&app, "evil.localhost").gets(path).await.expect(404);
    }
    there.gets("/.portico/else").await.expect(404);
}

#[tokio::test]
async fn a_person_without_a_session_signs_in_once_and_is_taken_to_each_host() {
    let app = portal().await;
    let (browser, there) = (app.browser(), at(&app, HERE));
    let form = ticket(&app, &browser, &there, HERE).await;
    let answer = browser
        .submits_password(&form, "password", crate::support::PASSWORD)
        .await;
    answer.leads_to(&format!("http://{HERE}/inbox?box=1"));
    for host in [HERE, ELSEWHERE] {
        let there = at(&app, host);
        let enter = ticket(&app, &browser, &there, host).await;
        follows(&there, host, &enter)
            .await
            .leads_to(&format!("http://{host}/inbox"));
        let cookie = format!("{HOST_COOKIE}={}", there.cookie(HOST_COOKIE).unwrap());
        let answer = Verify::by(&app, "nginx")
            .at(host)
            .get("/", &[("cookie", &cookie)])
            .await;
        assert_eq!(answer.status, 200);
    }
    // Proxies need not ask about our own paths; the answer to one that does says so.
    let own = Verify::by(&app, "nginx").at(HERE).get("/.portico/start", &PAGE).await;
    assert_eq!(own.header("portico-reason"), "own_page");
}
