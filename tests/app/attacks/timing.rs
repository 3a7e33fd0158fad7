//! How long a refusal takes does not tell whether the name exists (SEC-107).
//!
//! Between the service and its org stands a proxy that takes 40 ms for a name that does not exist and 400 ms for one
//! that does. It moves the clock of the service, which leaps: what a visitor waits is measured exactly, and takes no
//! real time.

use std::time::Duration;

use portico::clock::Clock as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{LeapingClock, PASSWORD, TestApp, client, free_port, full, secs};

const UNKNOWN: Duration = Duration::from_millis(40);
const KNOWN: Duration = Duration::from_millis(400);
/// Accounts that exist and have a password.
const PEOPLE: [&str; 6] = ["password", "otp", "phone", "email", "push", "number"];

/// One service behind the slow proxy to Okta.
struct SlowService {
    app: TestApp,
    clock: LeapingClock,
    tried: usize,
}

impl SlowService {
    async fn start() -> Self {
        let (clock, okta) = (LeapingClock::default(), free_port());
        let way = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://localhost:{}", way.local_addr().unwrap().port());
        tokio::spawn(slow_proxy(way, okta, clock.clone()));
        let base = address.parse().unwrap();
        let app = TestApp::builder()
            .leaping(clock.clone())
            .okta(|settings| {
                settings.limits.phone_pause_s = 0;
                settings.limits.email_pause_s = 0;
                settings.limits.otp_per_window = 0;
                settings.listen.set_port(okta);
                settings.base_url = Some(base);
            })
            .set("okta.org_url", &address)
            .spawn()
            .await;
        Self { app, clock, tried: 0 }
    }

    /// How long a stranger waits for the answer, in milliseconds.
    async fn waits(&self, login: &str, password: &str) -> f64 {
        let browser = self.app.browser();
        let form = browser.opens_sign_in(None).await;
        let began = self.clock.now();
        let page = browser.submits_password(&form, login, password).await;
        let took = self.clock.now().duration_since(began);
        page.expect(if password == PASSWORD { 303 } else { 403 });
        took.as_secs_f64() * 1000.0
    }

    /// The same for a code, without a password.
    async fn waits_for_a_code(&self, login: &str) -> f64 {
        let browser = self.app.browser();
        let ways = browser.begins_without_password(login).await;
        let code = browser.follows(&browser.chooses(&ways, "otp").await).await;
        let began = self.clock.now();
        let page = browser.enters_code(&code, "0").await;
        let took = self.clock.now().duration_since(began);
        page.expect(403);
        took.as_secs_f64() * 1000.0
    }

    /// The same for a code or a push that is sent for a name alone, and for the first answer to it.
    async fn waits_for_what_is_sent(&self, login: &str, way: &str) -> [f64; 2] {
        let browser = self.app.browser();
        let ways = browser.begins_without_password(login).await;
        let began = self.clock.now();
        let answer = browser.chooses(&ways, way).await;
        let sent = self.clock.now().duration_since(began);
        let page = browser.follows(answer.expect(303)).await;
        if way == "push" {
            self.app.advance(secs(6));
        }
        let began = self.clock.now();
        if way == "push" {
            browser.says_approved(&page).await.expect(303);
        } else {
            browser.enters_code(&page, "000000").await.expect(403);
        }
        let answered = self.clock.now().duration_since(began);
        [sent, answered].map(|took| took.as_secs_f64() * 1000.0)
    }

    /// A wrong password for an account that exists.
    async fn known(&mut self) -> f64 {
        let login = PEOPLE[self.tried % PEOPLE.len()];
        self.tried += 1;
        let took = self.waits(login, "wrong").await;
        // The tests try the same few accounts more often than the limits allow.
        let page = format!("/admin/limits?user={}", full(login));
        let reset = client().delete(self.app.private(&page)).send().await;
        assert_eq!(reset.unwrap().status(), 200);
        took
    }

    /// A wrong password for a name that does not exist.
    async fn unknown(&mut self) -> f64 {
        self.tried += 1;
        let took = self.waits(&format!("nobody{}", self.tried), "wrong").await;
        assert!(took >= 40.0, "{took} ms: nothing stood in the way");
        took
    }
}

/// Passes requests on, one per connection, and moves the clock.
async fn slow_proxy(listener: TcpListener, okta: u16, clock: LeapingClock) {
    while let Ok((visitor, _)) = listener.accept().await {
        tokio::spawn(passes_on(visitor, okta, clock.clone()));
    }
}

async fn passes_on(mut visitor: TcpStream, okta: u16, clock: LeapingClock) -> std::io::Result<()> {
    let request = request(&mut visitor).await?;
    if request.contains("/token ") && request.contains("oob_code=") {
        // Only an account that was sent something has such a code.
        clock.advance(KNOWN);
    } else if request.contains("/token ") || request.contains("/primary-authenticate ") {
        let is_known = PEOPLE.iter().any(|login| request.contains(&format!("={login}%40")));
        clock.advance(if is_known { KNOWN } else { UNKNOWN });
    }
    let mut org = TcpStream::connect(("127.0.0.1", okta)).await?;
    let request = request.replacen("\r\n\r\n", "\r\nconnection: close\r\n\r\n", 1);
    org.write_all(request.as_bytes()).await?;
    tokio::io::copy(&mut org, &mut visitor).await?;
    visitor.shutdown().await
}

/// Head and body of the next request.
async fn request(visitor: &mut TcpStream) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_lowercase();
            let length = head.split("content-length: ").nth(1);
            let length = length.and_then(|rest| rest.lines().next()?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Ok(text);
            }
        }
        if visitor.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// The chance that one of `these` takes longer than one of the `others`. A half is what guessing gives.
fn chance(these: &[f64], others: &[f64]) -> f64 {
    let pairs = these
        .iter()
        .flat_map(|this| others.iter().map(move |other| (this, other)));
    let (mut longer, mut all) = (0.0, 0.0);
    for (this, other) in pairs {
        longer += match this.total_cmp(other) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        };
        all += 1.0;
    }
    longer / all
}

#[track_caller]
fn tells_nothing(known: &[f64], unknown: &[f64]) {
    let apart = (median(known) - median(unknown)).abs();
    assert!(apart < 25.0, "the medians are {apart} ms apart");
    let chance = chance(known, unknown);
    assert!((0.4..0.6).contains(&chance), "{chance}");
}

#[tokio::test]
async fn sec_107_three_hundred_of_each_in_turn_take_the_same() {
    let mut service = SlowService::start().await;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for _ in 0..300 {
        unknown.push(service.unknown().await);
        known.push(service.known().await);
    }
    tells_nothing(&known, &unknown);
    // Once the service has seen two slow refusals, none is quick.
    let quickest = unknown[3..].iter().copied().fold(f64::MAX, f64::min);
    assert!(quickest >= 400.0, "{quickest} ms");
    let slowest = known.iter().copied().fold(0.0, f64::max);
    assert!(slowest < 430.0, "{slowest} ms");
}

#[tokio::test]
async fn sec_107_no_run_of_unknown_names_makes_the_next_known_one_stand_out() {
    let mut service = SlowService::start().await;
    // One sign-in that works, as there would be any day.
    service.waits("password", PASSWORD).await;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        for _ in 0..70 {
            unknown.push(service.unknown().await);
        }
        known.push(service.known().await);
        // Longer than a refusal counts for the floor.
        service.app.advance(secs(1_000));
    }
    let all = [known.as_slice(), &unknown].concat();
    let quickest = all.iter().copied().fold(f64::MAX, f64::min);
    let slowest = all.iter().copied().fold(0.0, f64::max);
    assert!(quickest >= 400.0 && slowest < 430.0, "{quickest} to {slowest} ms");
}

#[tokio::test]
async fn sec_107_where_nobody_signs_in_the_slow_answers_of_a_quarter_of_an_hour_are_enough() {
    let mut service = SlowService::start().await;
    service.known().await;
    service.known().await;
    for _ in 0..3 {
        for _ in 0..70 {
            let took = service.unknown().await;
            assert!((400.0..430.0).contains(&took), "{took} ms");
        }
        let took = service.known().await;
        assert!((400.0..430.0).contains(&took), "{took} ms");
        service.app.advance(secs(200));
    }
}

#[tokio::test]
async fn sec_107_wrong_codes_of_a_first_factor_take_the_same_too() {
    let service = SlowService::start().await;
    for login in ["otp", "otp"] {
        service.waits_for_a_code(login).await;
    }
    for number in 0..20 {
        let took = service.waits_for_a_code(&format!("nobody{number}")).await;
        assert!((400.0..430.0).contains(&took), "{took} ms");
    }
    // They do not count for passwords, which take Okta another time.
    let took = service.waits("nobody", "wrong").await;
    assert!(took < 100.0, "{took} ms");
}

#[tokio::test]
async fn sec_107_what_is_sent_and_what_is_not_take_the_same_and_so_do_the_answers() {
    for (way, login) in [
        ("sms", "phone"),
        ("voice", "phone"),
        ("email", "email"),
        ("push", "push"),
    ] {
        let service = SlowService::start().await;
        for _ in 0..2 {
            service.waits_for_what_is_sent(login, way).await;
        }
        for number in 0..12 {
            let nobody = format!("nobody{number}");
            // An account without this factor, a name that does not exist, a locked account, and now and then one that
            // has the factor.
            let login = match number % 4 {
                0 => "password",
                1 => &nobody,
                2 => "locked",
                _ => login,
            };
            let took = service.waits_for_what_is_sent(login, way).await;
            for took in took {
                assert!((400.0..430.0).contains(&took), "{way} for {login}: {took} ms");
            }
        }
    }
}
