//! A panic costs one request: it is answered with the page for faults, and the next one works. The message of the panic
//! is shown nowhere.

use std::time::Duration;

use okta_sim::Settings;
use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::support::{
    Bug, PASSWORD, Page, SAID, SESSION, Served, TestApp, Verify, assert_guarded, builder_behind_proxy, connect,
    eventually, mins, secs, status,
};

/// Far shorter than the time for which an attempt stays claimed by a request.
const SOON: Duration = Duration::from_secs(10);

/// The page for faults of the service.
#[track_caller]
fn assert_fault_page(page: &Page) {
    assert_guarded(page.expect(500));
    assert_eq!(page.header("cache-control"), "no-store");
    page.says("Something broke on our side");
    let id = page.header("x-request-id");
    assert!(!id.is_empty() && page.text().contains(id), "{page:?}");
    says_nothing(page);
}

/// The address contains it, of course.
#[track_caller]
fn says_nothing(page: &Page) {
    let (headers, body) = (format!("{:?}", page.headers), &page.body);
    assert!(!headers.contains(SAID) && !body.contains(SAID), "{page:?}");
}

/// One complete answer; the connection stays open.
async fn reads(connection: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let is_whole = |answer: &[u8]| {
        let text = String::from_utf8_lossy(answer).into_owned();
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            (name == "content-length").then(|| value.parse::<usize>().unwrap())
        });
        (body.len() >= length?).then_some(())
    };
    while is_whole(&answer).is_none() {
        let mut piece = [0; 4096];
        let read = timeout(SOON, connection.read(&mut piece)).await;
        match read.expect("an answer").unwrap() {
            0 => break,
            read => answer.extend_from_slice(&piece[..read]),
        }
    }
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn sec_418_a_panic_is_answered_with_the_page_and_the_connection_goes_on() {
    let app = TestApp::builder().breaking(&Bug::default()).spawn().await;
    let browser = app.browser();
    for path in ["/dev/panic", "/dev/panic/task"] {
        let page = browser.gets(&format!("{path}?said={SAID}")).await;
        assert_fault_page(&page);
        let metrics = app.metrics().await;
        let series = format!("route=\"{path}\",method=\"GET\",code=\"500\"");
        assert!(metrics.contains(&series), "{metrics}");
    }
    let german = browser.request(Method::GET, &format!("/dev/panic?said={SAID}"));
    let german = browser.sends(german.header("accept-language", "de")).await;
    assert!(german.body.contains("lang=\"de\""), "{}", german.body);
    let (port, mut connection) = (app.port(), connect(app.port()).await);
    let form = format!("Origin: http://localhost:{port}\r\nContent-Length: 5\r\n\r\nx=abc");
    for (line, rest, status) in [
        (format!("GET /dev/panic?said={SAID}"), "\r\n", 500),
        ("GET /sign-in".to_owned(), "\r\n", 200),
        // Its body arrives together with its head.
        (format!("POST /dev/panic?said={SAID}"), form.as_str(), 500),
        ("GET /sign-in".to_owned(), "\r\n", 200),
    ] {
        let head = format!("{line} HTTP/1.1\r\nHost: localhost:{port}\r\n{rest}");
        connection.write_all(head.as_bytes()).await.unwrap();
        let answer = reads(&mut connection).await;
        let begins = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&begins), "{line}: {answer}");
        assert!(!answer.contains("connection: close"), "{line}: {answer}");
    }
    assert_eq!(app.ops("/readyz").await.0, 200);
    browser.begins("password").await.expect(303);
}

#[tokio::test]
async fn sec_418_a_panic_before_the_body_has_come_ends_the_connection_after_its_answer() {
    let app = TestApp::builder().breaking(&Bug::default()).spawn().await;
    let (port, mut connection) = (app.port(), connect(app.port()).await);
    let head =
        format!("POST /dev/panic?said={SAID} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 1000\r\n\r\nx=abc");
    connection.write_all(head.as_bytes()).await.unwrap();
    let answer = reads(&mut connection).await;
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert!(!answer.contains(SAID), "{answer}");
    assert_eq!(app.browser().opens_sign_in(None).await.status, 200);
}

#[tokio::test]
async fn sec_418_a_panic_in_a_body_ends_its_connection_and_nothing_else() {
    let app = TestApp::builder().breaking(&Bug::default()).spawn().await;
    let (port, mut connection) = (app.port(), connect(app.port()).await);
    let mut other = connect(port).await;
    let host = format!("HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    let head = format!("GET /dev/panic/body?said={SAID} {host}");
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let read = timeout(SOON, connection.read_to_end(&mut answer)).await;
    // OK to ignore: the end may be a reset.
    let _ = read.expect("the end of the connection");
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    // The answer is not passed off as complete.
    assert!(answer.ends_with("begun\r\n"), "{answer}");
    let head = format!("GET /sign-in {host}");
    other.write_all(head.as_bytes()).await.unwrap();
    assert!(reads(&mut other).await.starts_with("HTTP/1.1 200 "));
    assert_eq!(app.ops("/readyz").await.0, 200);
}

/// Makes a press panic at each use of the service's clock or randomness, one after the other, until a press meets none.
/// `customer` makes a fresh customer, whose result presses each time it is called. `is_good` judges the last answer,
/// given the status of the broken one.
async fn breaks_everywhere<P: AsyncFn() -> Page>(
    bug: &Bug,
    mut customer: impl AsyncFnMut() -> P,
    is_good: impl Fn(u16, &Page) -> bool,
) -> i64 {
    let mut broken = 0;
    for number in 1.. {
        let press = customer().await;
        bug.breaks_at(number);
        let answer = press().await;
        if !bug.disarms() {
            assert!(is_good(0, &answer), "{answer:?}");
            return broken;
        }
        // A background task may have met the panic instead.
        if answer.status == 500 {
            broken += 1;
            says_nothing(&answer);
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert_eq!(answer.header("cache-control"), "no-store");
        }
        let again = timeout(SOON, press()).await;
        let again = again.unwrap_or_else(|_| panic!("after {number}, the next press waits"));
        assert!(is_good(answer.status, &again), "after {number}: {again:?}");
    }
    unreachable!("no press goes on for ever");
}

#[tokio::test]
async fn sec_418_wherever_a_sign_in_breaks_the_next_press_of_its_button_signs_in() {
    let bug = Bug::default();
    let app = TestApp::builder().breaking(&bug).spawn().await;
    let customer = async || {
        let browser = app.browser();
        let form = browser.opens_sign_in(None).await;
        async move || browser.submits_password(&form, "password", PASSWORD).await
    };
    let account = format!("{}/account", app.base());
    let is_good = |_, page: &Page| page.status == 303 && page.location() == account;
    let broken = breaks_everywhere(&bug, customer, is_good).await;
    assert!(broken > 5, "{broken}");
    assert_eq!(app.ops("/readyz").await.0, 200);
}

#[tokio::test]
async fn sec_418_wherever_a_code_breaks_nobody_is_locked_out_of_the_visit() {
    let bug = Bug::default();
    let app = TestApp::builder().breaking(&bug).spawn().await;
    let customer = async || {
        // A code counts once, and wrong ones are counted.
        app.advance(mins(61));
        let browser = app.browser();
        let page = browser.reaches("otp", "otp").await;
        let code = app.phone("otp@example.com").otp().unwrap();
        async move || browser.enters_code(&page, &code).await
    };
    // Okta may have accepted the code of the broken press, and accepts none twice.
    let is_good = |before, page: &Page| page.status == 303 || (before == 500 && page.status == 422);
    let broken = breaks_everywhere(&bug, customer, is_good).await;
    assert!(broken > 5, "{broken}");
}

#[tokio::test]
async fn sec_418_forward_auth_that_breaks_lets_nobody_in_and_asks_nobody_to_sign_in() {
    let bug = Bug::default();
    let app = builder_behind_proxy().breaking(&bug).spawn().await;
    let browser = app.browser();
    browser.begins("password").await.expect(303);
    let caddy = Verify::by(&app, "caddy");
    let cookie = format!("{SESSION}={}", browser.cookie(SESSION).unwrap());
    let asks = async || caddy.get("/", &[("cookie", &cookie)]).await;
    let mut broken = 0;
    for number in 1.. {
        bug.breaks_at(number);
        let asked = asks().await;
        if !bug.disarms() {
            assert_eq!(asked.status, 200);
            break;
        }
        if asked.status != 200 {
            broken += 1;
            assert!(asked.status.is_server_error(), "{asked:?}");
            assert!(!format!("{asked:?}").contains(SAID));
            assert_eq!(asked.header("cache-control"), "no-store");
            assert_eq!(asked.all("portico-user"), 0);
        }
        assert_eq!(asks().await.status, 200, "after {number}");
    }
    assert!(broken > 1, "{broken}");
}

#[tokio::test]
async fn sec_418_scripts_are_told_of_a_panic_in_json() {
    let bug = Bug::default();
    let app = TestApp::builder().breaking(&bug).spawn().await;
    let browser = app.browser();
    browser.begins("password").await.expect(303);
    let mut told = Vec::new();
    for number in 1.. {
        bug.breaks_at(number);
        let page = browser.gets("/session").await;
        if !bug.disarms() {
            page.expect(200);
            break;
        }
        if page.status != 200 {
            says_nothing(page.expect(500));
            told.push(page);
        }
        assert_eq!(browser.session().await["active"], true);
    }
    let of_ours = told.iter().find(|page| page.body.starts_with('{'));
    let page = of_ours.expect("an answer in JSON");
    assert_eq!(page.body, r#"{"error":"internal_server_error"}"#);
    assert_guarded(page);
    assert!(!page.header("x-request-id").is_empty());
}

#[tokio::test]
async fn sec_418_a_panic_on_the_private_port_costs_one_request() {
    let bug = Bug::default();
    let app = TestApp::builder().breaking(&bug).spawn().await;
    let mut broken = 0;
    for number in 1.. {
        bug.breaks_at(number);
        let (status, text) = app.ops("/metrics").await;
        if !bug.disarms() {
            assert_eq!(status, 200);
            break;
        }
        if status != 200 {
            broken += 1;
            assert_eq!((status, text.as_str()), (500, "internal server error\n"));
        }
        assert_eq!(app.ops("/metrics").await.0, 200, "after {number}");
    }
    assert!(broken > 0);
}

/// A portal that answers every request.
async fn portal() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut asked, _)) = listener.accept().await {
            let mut head = [0; 4096];
            let _ = asked.read(&mut head).await;
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
            let _ = asked.write_all(answer).await;
        }
    });
    address
}

#[tokio::test]
async fn sec_418_a_request_for_the_portal_that_breaks_is_answered_and_the_next_is_handed_on() {
    let bug = Bug::default();
    let app = TestApp::builder().set("portal.upstream", &portal().await);
    let app = app.breaking(&bug).spawn().await;
    let browser = app.browser();
    browser.begins("password").await.expect(303);
    let mut broken = Vec::new();
    for number in 1.. {
        bug.breaks_at(number);
        let page = browser.gets("/orders").await;
        if !bug.disarms() {
            assert_eq!(page.expect(200).body, "hi");
            break;
        }
        if page.status != 200 {
            broken.push(page.status);
            says_nothing(&page);
            assert_eq!(page.header("x-content-type-options"), "nosniff");
        }
        let next = browser.gets("/orders").await;
        assert_eq!(next.expect(200).body, "hi", "after {number}");
    }
    // It broke before the decision and after it.
    assert!(broken.contains(&500) && broken.contains(&503), "{broken:?}");
}

#[tokio::test]
async fn sec_418_what_sweeps_goes_on_after_a_panic() {
    let bug = Bug::default();
    let app = TestApp::builder().breaking(&bug).spawn().await;
    let browser = app.browser();
    browser.opens_sign_in(None).await;
    browser.begins("otp").await;
    let is_kept = async || {
        let metrics = app.metrics().await;
        !metrics.contains("portico_transactions_active 0")
    };
    assert!(is_kept().await);
    // Everything that waits for the clock wakes up now, the sweeper included.
    for _ in 0..8 {
        bug.breaks_at(1);
        app.advance(secs(31));
        eventually("a panic", async || bug.has_fired()).await;
    }
    bug.disarms();
    app.advance(mins(60));
    eventually("a sweep", async || {
        app.advance(secs(31));
        !is_kept().await
    })
    .await;
}

#[tokio::test]
async fn sec_418_the_log_tells_where_it_broke_and_never_what_was_said() {
    let through = ["/usr/bin/env", "RUST_BACKTRACE=full"].map(str::to_owned);
    let served = Served::start_through(through.into(), Settings::default(), &[]).await;
    let browser = served.browser();
    let mut ids = Vec::new();
    for path in ["/dev/panic", "/dev/panic/task", "/dev/panic/body"] {
        let sent = browser.request(Method::GET, &format!("{path}?said={SAID}"));
        match browser.tries(sent).await {
            Ok(page) => {
                assert_fault_page(&page);
                ids.push(page.header("x-request-id").to_owned());
            }
            Err(_) => assert_eq!(path, "/dev/panic/body"),
        }
    }
    assert_eq!(browser.opens_sign_in(None).await.status, 200);
    assert_eq!(status(&format!("{}/readyz", served.ops)).await, Some(200));
    let metrics = browser.gets(&format!("{}/metrics", served.ops)).await;
    assert!(metrics.body.contains("\nportico_panics_total 3\n"), "{}", metrics.body);
    let log = served.process.complaints();
    assert!(!log.contains(SAID), "{log}");
    let lines: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect();
    let told: Vec<_> = lines.iter().filter(|line| line["event"] == "panic").collect();
    assert_eq!(told.len(), 3, "{log}");
    for (line, id) in told.iter().zip(&ids) {
        assert_eq!(line["level"], "ERROR");
        assert_eq!(line["span"]["request_id"], *id.as_str());
        let place = line["place"].as_str().unwrap();
        assert!(place.starts_with("src/web/middleware/dev_panic.rs:"), "{place}");
        assert!(line["thread"].is_string());
    }
    let errors = lines.iter().filter(|line| line["level"] == "ERROR");
    assert_eq!(errors.count(), 3, "a panic is told once: {log}");
    let answered = lines.iter().filter(|line| line["outcome"] == "panic");
    assert_eq!(answered.count(), 2, "{log}");
}
