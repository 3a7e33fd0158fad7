//! Sign-ins of every kind, and what follows them, with the log at its loudest and the audit record, searched for everything
//! secret (SEC-217, SEC-501).
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

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use portico::telemetry::logs::{LogFormat, subscriber};
use support::{ATTEMPT, DEVICE, HOSTED, PASSWORD, SESSION, TestApp, assertion, full, secs};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A log that is kept in memory.
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

/// A collector of traces that keeps what it gets, as it comes.
#[derive(Debug, Clone, Default)]
struct ExportedBytes(Arc<Mutex<Vec<u8>>>);

impl ExportedBytes {
    /// Answers every request once it has come; its address.
    async fn collects(&self) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let kept = Arc::clone(&self.0);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                tokio::spawn(async move {
                    let mut connection = BufReader::new(connection);
                    while let Some(body) = next_body(&mut connection).await {
                        kept.lock().unwrap().extend(body);
                        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                        connection.write_all(answer).await.unwrap();
                    }
                });
            }
        });
        address
    }
}

/// The body of the next request on this connection.
async fn next_body(connection: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            let mut body = vec![0; length];
            connection.read_exact(&mut body).await.ok()?;
            return Some(body);
        }
    }
}

/// Settings with which every trace is exported, and all of it is delivered when the service stops.
fn exporting(address: &str) -> [(&str, &str); 3] {
    [
        ("ops.otlp_endpoint", address),
        ("ops.otlp_headers", "authorization=Bearer%20the-canary-of-the-collector"),
        ("ops.drain_delay", "0s"),
    ]
}

async fn stops(app: TestApp) -> Secrets {
    let secrets = app.okta().secrets_issued();
    app.stops();
    app.wait_for_end().await;
    secrets
}

/// The log without its times, whose digits could look like a code.
fn without_times(log: &str) -> String {
    let lines = log.lines().map(|line| {
        let mut fields: serde_json::Value = serde_json::from_str(line).expect("one event is one line of JSON");
        fields.as_object_mut().unwrap().remove("timestamp");
        fields.to_string()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The audit record without its times, hashes and signatures, for the same reason.
fn audit_of(file: &std::path::Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    let lines = text.lines().map(|line| {
        let mut record: serde_json::Value = serde_json::from_str(line).expect("one record is one line of JSON");
        for random in ["time", "chain", "prev", "key", "follows", "sig"] {
            record.as_object_mut().unwrap().remove(random);
        }
        record.to_string()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether the secret is there by itself, not as a part of a longer number.
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

/// Values that must not be in the log.
type Secrets = Vec<String>;

/// A password and a text message, after a wrong password and a wrong code.
async fn by_text(app: &TestApp) -> Secrets {
    let mut secrets = Secrets::new();
    let browser = app.browser();
    let form = browser.opens_sign_in(Some("/account?order=4711-secret-query")).await;
    let form = browser.submits_password(&form, "phone", "a-wrong-password-0815").await;
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
    secrets.push(browser.cookie(DEVICE).unwrap());
    secrets.push(browser.gets("/sign-out").await.value("csrf"));
    browser.signs_out().await.leads_to("/signed-out");
    secrets
}

async fn by_push(app: &TestApp) -> Secrets {
    let browser = app.browser();
    let wait = browser.reaches("push", "push").await;
    let mut events = browser.waits(&wait).await;
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    assert_eq!(events.next().await, "approved");
    browser.says_approved(&wait).await.leads_to(app.base());
    vec![browser.cookie(SESSION).unwrap()]
}

/// A code of the authenticator app, typed in two halves, and one that is emailed.
async fn by_codes(app: &TestApp) -> Secrets {
    let mut secrets = Secrets::new();
    for way in ["otp", "email"] {
        let browser = app.browser();
        let page = browser.reaches(way, way).await;
        let (code, typed) = if way == "otp" {
            let code = app.phone(way).otp().unwrap();
            let typed = format!("{} {}", &code[..3], &code[3..]);
            (code, typed)
        } else {
            let code = app.phone(way).emails()[0].code.clone();
            (code.clone(), code)
        };
        browser.enters_code(&page, &typed).await.leads_to(app.base());
        secrets.extend([browser.cookie(SESSION).unwrap(), code, typed]);
    }
    secrets
}

/// A passkey that is refused, and one that signs in.
async fn by_passkey(app: &TestApp) -> Secrets {
    let mut secrets = Secrets::new();
    for is_right in [false, true] {
        let browser = app.browser();
        let ways = browser.begins_without_password("passkey").await;
        let page = browser.follows(&browser.chooses(&ways, "passkey").await).await;
        let mut answer = assertion(app, "passkey", &page).await;
        if !is_right {
            // A signature of other data.
            answer[2].1.replace_range(20..24, "AAAA");
        }
        let fields = answer.each_ref().map(|(name, value)| (*name, value.as_str()));
        let given = browser.presses(&page, "/sign-in/passkey", &fields).await;
        assert_eq!(browser.is_signed_in(), is_right, "{}", given.text());
        secrets.extend(answer.map(|(_, value)| value));
        let options: serde_json::Value = serde_json::from_str(&page.attribute("data-options").unwrap()).unwrap();
        secrets.push(options["challenge"].as_str().unwrap().to_owned());
    }
    secrets
}

/// Tokens that are refreshed when the session is used, and revoked at its end; with DPoP, bound to a key.
async fn by_refresh(app: &TestApp) -> Secrets {
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    let session = browser.cookie(SESSION).unwrap();
    app.advance(secs(600));
    browser.gets("/account").await.expect(200);
    assert_eq!(app.grants("refresh_token"), 1, "the tokens were renewed");
    browser.signs_out().await.leads_to("/signed-out");
    vec![session]
}

/// Signing in and out via Okta's hosted page, after a forged return.
async fn by_okta_page(app: &TestApp) -> Secrets {
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let leaves = browser.gets(&form.link(HOSTED).unwrap()).await;
    let asked = url::Url::parse(leaves.location()).unwrap();
    let forged = format!(
        "{}/sign-in/okta/callback?code=a-made-up-code&state=a-made-up.state",
        app.base()
    );
    browser.gets(&forged).await.expect(303);
    let okta = browser.arrives_at_okta(&leaves).await;
    let back = okta.signs_in("password").await;
    browser.gets(&back).await.leads_to(app.base());
    let session = browser.cookie(SESSION).unwrap();
    let ends = browser.signs_out().await;
    let ended = browser.gets(ends.location()).await;
    browser.gets(ended.location()).await.expect(200);
    let sent = [asked, url::Url::parse(ends.location()).unwrap()];
    let secret = ["state", "nonce", "code_challenge", "id_token_hint"];
    let pairs = sent.iter().flat_map(url::Url::query_pairs);
    let secrets = pairs.filter(|(name, _)| secret.contains(&&**name));
    let made_up = ["a-made-up-code", "a-made-up.state"].map(str::to_owned);
    secrets
        .map(|(_, value)| value.into_owned())
        .chain(made_up)
        .chain([session])
        .collect()
}

/// A password typed into the field of the name, and trouble at Okta.
async fn by_mistake(app: &TestApp) {
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let form = browser
        .submits_password(&form, "my-password-in-the-name-field", "x-not-here-x")
        .await;
    app.okta().faults().push(okta_sim::Fault::new(
        okta_sim::Endpoint::Token,
        okta_sim::FaultKind::GarbageJson,
    ));
    browser.submits_password(&form, "password", PASSWORD).await.expect(503);
}

/// Secrets that are known before: passwords and names.
fn known() -> Secrets {
    let typed = [
        "the-canary-of-the-collector",
        PASSWORD,
        "a-wrong-password-0815",
        "987654321",
        "987 654 321",
        "my-password-in-the-name-field",
        "x-not-here-x",
        "secret-query",
    ];
    let names = ["phone", "push", "otp", "email", "passkey", "password"];
    let names = names.iter().map(|name| full(name));
    typed.iter().map(|word| (*word).to_owned()).chain(names).collect()
}

#[tokio::test]
async fn sec_217_the_loudest_log_tells_no_secret() {
    let kept = Kept::default();
    let writer = kept.clone();
    let log = subscriber(LogFormat::Json, "trace", move || writer.clone()).unwrap();
    tracing::subscriber::set_global_default(log).unwrap();

    let exported = ExportedBytes::default();
    let address = exported.collects().await;
    let exporting = exporting(&address);
    let folder = tempfile::tempdir().unwrap();
    let audit = folder.path().join("audit.jsonl");
    let audited = || {
        TestApp::builder()
            .set_all(&exporting)
            .set("ops.audit", audit.to_str().unwrap())
    };
    let app = audited().spawn().await;
    let mut secrets = known();
    secrets.extend(by_text(&app).await);
    secrets.extend(by_push(&app).await);
    secrets.extend(by_codes(&app).await);
    secrets.extend(by_passkey(&app).await);
    secrets.extend(by_refresh(&app).await);
    by_mistake(&app).await;
    secrets.extend(stops(app).await);

    let app = audited().hosted().await;
    let of_the_page = by_okta_page(&app).await;
    assert!(of_the_page.len() >= 8, "{} secrets of Okta's page", of_the_page.len());
    secrets.extend(of_the_page);
    secrets.extend(stops(app).await);

    let app = audited()
        .client("portico-dpop")
        .set("okta.dpop", "on")
        .set("ops.drain_delay", "0s")
        .spawn()
        .await;
    secrets.extend(by_refresh(&app).await);
    secrets.extend(stops(app).await);

    secrets.retain(|secret| secret.len() >= 6);
    assert!(secrets.len() > 50, "the simulators issued {} secrets", secrets.len());
    let log = without_times(std::str::from_utf8(&kept.0.lock().unwrap()).unwrap());
    tells_what_happened(&log);
    tells_no_signed_token(&log);
    tells_none_of(&secrets, &log);

    let exported = String::from_utf8_lossy(&exported.0.lock().unwrap()).into_owned();
    for name in ["POST /sign-in", "okta token", "store start", "service.name"] {
        assert!(exported.contains(name), "{name} was exported");
    }
    for other in ["127.0.0.1", "the-canary-of-the-collector"] {
        assert!(!exported.contains(other), "{other} was exported");
    }
    tells_no_signed_token(&exported);
    tells_none_of(&secrets, &exported);
    let audit = audit_of(&audit);
    for event in ["factor_refused", "session_started", "session_ended", "closed"] {
        assert!(
            audit.contains(&format!("\"event\":\"{event}\"")),
            "no {event}:\n{audit}"
        );
    }
    tells_none_of(&secrets, &audit);
}

/// An empty log would be free of secrets too.
fn tells_what_happened(log: &str) {
    assert!(log.contains("request answered"), "there is a log:\n{log}");
    for factors in [
        "password+sms",
        "password+push",
        "password+otp",
        "password+email",
        "passkey",
        "okta_page",
    ] {
        let field = format!("\"factors\":\"{factors}\"");
        assert!(log.contains(&field), "nobody signed in by {factors}");
    }
    let renewed = log.matches("\"outcome\":\"use_dpop_nonce\"").count();
    assert!(renewed > 0, "no proof was demanded");
}

/// Proofs of possession are made here and sent to Okta alone: no signed token at all may be in the log.
fn tells_no_signed_token(log: &str) {
    for header in ["{\"typ\":", "{\"alg\":", "{\"kid\":", "{\"jwk\":"] {
        let beginning = BASE64.encode(header);
        assert!(!log.contains(&beginning[..8]), "a token with {header}");
    }
}

fn tells_none_of(secrets: &Secrets, log: &str) {
    let told: Vec<(&String, Option<&str>)> = secrets
        .iter()
        .filter(|secret| is_told(log, secret))
        .map(|secret| (secret, log.lines().find(|line| line.contains(secret.as_str()))))
        .collect();
    assert!(
        told.is_empty(),
        "{} of {} secrets are in the log:\n{told:#?}",
        told.len(),
        secrets.len()
    );
}
