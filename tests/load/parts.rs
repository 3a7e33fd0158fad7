//! The other side of the visitors, each in a process of its own so that its memory and time can be told apart.
//!
//! They are tests only because the harness owns `main`. Without [`IS_PART`] they do nothing.

pub(crate) mod limit;
pub(crate) mod page;
pub(crate) mod pass_through;
pub(crate) mod poller;
pub(crate) mod service;
pub(crate) mod store;

use std::collections::BTreeSet;
use std::future::ready;
use std::io::{Write as _, stdin, stdout};
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer, rt};
use futures_util::stream;
use okta_sim::{AccountPatch, Endpoint, Factor, Limits, Settings, Simulator, Switches};
use tokio::net::TcpSocket;
use tokio::time::{Instant, sleep_until};

use crate::process::{IS_PART, MARK, Part};
use crate::visitor::{login, person};

/// How many accounts with a push the simulator gets.
pub(crate) const ACCOUNTS: &str = "PORTICO_LOAD_ACCOUNTS";

/// How many accounts with a password alone it gets besides.
pub(crate) const PEOPLE: &str = "PORTICO_LOAD_PEOPLE";

/// Seconds between two polls.
pub(crate) const INTERVAL: &str = "PORTICO_LOAD_INTERVAL";

/// Longer than the whole run.
const LONG_S: u64 = 3600;

/// The simulated org, with an account for each visitor.
///
/// `count` gives the calls of `/token`, all calls, and the calls that a correct client never makes. `approve` and a
/// number approve the push of that visitor.
#[test]
#[ignore = "a part of the load run, in a process of its own"]
fn simulator() {
    let (Some(accounts), Some(interval)) = (number(ACCOUNTS), number(INTERVAL)) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let okta = runtime.block_on(Simulator::start(settings(interval))).unwrap();
    for account in 0..accounts {
        let push = BTreeSet::from([Factor::Push]);
        okta.set_account(
            &login(account),
            AccountPatch {
                factors: Some(push),
                ..AccountPatch::default()
            },
        );
    }
    for number in 0..number(PEOPLE).unwrap_or(0) {
        okta.set_account(&person(number), AccountPatch::default());
    }
    say(&okta.port().to_string());
    for line in stdin().lines() {
        let line = line.unwrap();
        match line.split_once(' ') {
            Some(("approve", who)) => {
                let phone = okta.phone(&login(who.parse().unwrap()));
                let prompt = phone.pending().expect("a push on the phone");
                phone.approve(&prompt.id).unwrap();
                say("approved");
            }
            _ => say(&format!(
                "{} {} {:?}",
                okta.count(Endpoint::Token),
                okta.count(Endpoint::Any),
                okta.unexpected().first()
            )),
        }
    }
}

/// The same, started: with people who sign in with a password.
pub(crate) fn org(people: u64) -> Part {
    Part::start(
        "simulator",
        &[
            (ACCOUNTS, "0".to_owned()),
            (INTERVAL, "5".to_owned()),
            (PEOPLE, people.to_string()),
        ],
    )
}

fn settings(interval: u64) -> Settings {
    Settings {
        interval: Duration::from_secs(interval),
        limits: Limits {
            token_per_minute: 0,
            other_per_minute: 0,
            user_per_second: 0,
            ..Limits::default()
        },
        switches: Switches {
            log_requests: false,
            oob_expires_in_s: LONG_S,
            mfa_token_expires_in_s: LONG_S,
            interval_s: interval,
            ..Switches::default()
        },
        strict: false,
        ..Settings::default()
    }
}

/// The cost of a stream with a timer and nothing else: the least that a waiting push can cost on this stack. And a page of one
/// line.
#[test]
#[ignore = "a part of the load run, in a process of its own"]
fn bare_server() {
    let Some(interval) = number(INTERVAL).map(Duration::from_secs) else {
        return;
    };
    serves(|listener| {
        let server = HttpServer::new(move || {
            App::new()
                .route("/events", web::get().to(move || ready(events(interval))))
                .route("/signed-out", web::get().to(async || "You are signed out."))
        })
        .keep_alive(Duration::from_secs(75))
        .tcp_nodelay(true)
        .shutdown_timeout(0)
        .disable_signals();
        Ok(server.listen(listener)?.run())
    });
}

/// Starts a server, says its port, and runs it until its standard input ends.
fn serves(start: impl FnOnce(TcpListener) -> std::io::Result<Server>) {
    rt::System::new().block_on(async {
        // As many at once as the service accepts.
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let listener = socket.listen(4096).unwrap().into_std().unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = start(listener).unwrap();
        let handle = server.handle();
        std::thread::spawn(move || {
            stdin().lines().for_each(drop);
            drop(handle.stop(false));
        });
        say(&port.to_string());
        server.await.unwrap();
    });
}

fn events(interval: Duration) -> HttpResponse {
    let greeting = Some("event: waiting\ndata:\n\n");
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .streaming(stream::unfold(greeting, move |greeting| async move {
            if let Some(text) = greeting {
                return Some((Ok::<_, actix_web::Error>(Bytes::from_static(text.as_bytes())), None));
            }
            loop {
                sleep_until(Instant::now() + interval).await;
            }
        }))
}

fn number(variable: &str) -> Option<u64> {
    std::env::var_os(IS_PART)?;
    std::env::var_os(variable)?.to_str()?.parse().ok()
}

fn say(text: &str) {
    let mut output = stdout().lock();
    writeln!(output, "\n{MARK}{text}").expect("somebody listens");
    output.flush().expect("somebody listens");
}
