//! What forward-auth costs: processor time of the service for a request that passes, with one session and with very
//! many at random, and for one that is refused, beside a bare server that looks a cookie up in a map and answers with
//! the same headers.

use std::fmt::{self, Display};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::parts::limit::COOKIES;
use crate::parts::store::{FOLDER, SESSIONS};
use crate::parts::{ACCOUNTS, INTERVAL, PEOPLE};
use crate::process::{Part, Process, Service};
use crate::redis_server::{self, RedisServer};
use crate::run::ready;
use crate::visitor::{Visitor, client};

/// Connections that are kept open, as a proxy keeps them.
const CONNECTIONS: usize = 64;

/// Rounds of each kind, in turn. The quickest counts, since other work on the machine only adds.
const ROUNDS: usize = 5;

/// The size of the run.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Sessions in the store.
    pub(crate) sessions: u64,
    /// Requests in each round.
    pub(crate) requests: usize,
}

/// Processor time of one request.
#[derive(Debug)]
pub(crate) struct Report {
    requests: usize,
    bare: Duration,
    hot: Duration,
    random: Duration,
    refused: Duration,
    /// With Redis: the service, and the bare server in the same run; `None` where there is no Redis.
    redis: Option<(Duration, Duration)>,
}

/// What must hold, as ratios.
#[derive(Debug)]
pub(crate) struct Most {
    pub(crate) hot: f64,
    pub(crate) redis: f64,
    pub(crate) random: f64,
    pub(crate) refused: f64,
}

/// A client that asks without a pause.
pub(crate) struct Load<'a> {
    process: &'a Process,
    port: u16,
    requests: Vec<Vec<u8>>,
}

/// Runs everything and reports.
pub(crate) async fn run(plan: &Plan) -> Report {
    let folder = tempfile::tempdir().expect("a place for the store");
    let place = folder.path().to_str().expect("a name in UTF-8").to_owned();
    let variables = [(SESSIONS, plan.sessions.to_string()), (FOLDER, place)];
    drop(Part::start("store::fill_today", &variables));
    let file = folder.path().join("cookies");
    let cookies: Vec<String> = std::fs::read_to_string(&file)
        .expect("what was filled")
        .lines()
        .map(str::to_owned)
        .collect();

    let okta = org(0);
    let mut service = Service::start_over(okta.port, folder.path());
    ready(&client(), &mut service).await;
    let bare = bare(&file);
    let (hot, all) = (&cookies[..1], scattered(&cookies, plan.requests));
    let load = |cookies: &[String]| Load::of(&service.process, service.port, cookies);
    let mut loads = [
        Load::of(&bare.process, bare.port, hot),
        load(hot),
        load(&all),
        load(&["nobody".to_owned()]),
    ];
    // Identity headers are made at the first request.
    for load in &loads {
        load.runs(plan.requests.max(load.requests.len())).await;
    }
    let [bare_time, hot, random, refused] = rounds(plan.requests, &mut loads).await;
    Report {
        requests: plan.requests,
        bare: bare_time,
        hot,
        random,
        refused,
        redis: redis(plan, &bare, &cookies).await,
    }
}

/// The same with sessions in Redis that this process has cached.
async fn redis(plan: &Plan, bare: &Part, cookies: &[String]) -> Option<(Duration, Duration)> {
    if !redis_server::is_here() {
        return None;
    }
    let (redis, okta, visitors) = (RedisServer::start().await, org(1), client());
    let folder = tempfile::tempdir().expect("a place for the keys");
    let mut service = Service::start_on_redis(okta.port, redis.port(), folder.path());
    ready(&visitors, &mut service).await;
    let form = Visitor::new(&visitors, service.port, 0).opens().await;
    let cookie = form.signs_in_for_good().await;
    let mut loads = [
        Load::of(&bare.process, bare.port, &cookies[..1]),
        Load::of(&service.process, service.port, &[cookie]),
    ];
    for load in &loads {
        load.runs(plan.requests).await;
    }
    let [bare, hot] = rounds(plan.requests, &mut loads).await;
    Some((hot, bare))
}

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

fn bare(cookies: &Path) -> Part {
    let file = cookies.to_str().expect("a name in UTF-8").to_owned();
    Part::start("limit::server", &[(COOKIES, file)])
}

/// This many of them, in an order that no cache foresees.
fn scattered(cookies: &[String], count: usize) -> Vec<String> {
    const STRIDE: usize = 7919;
    let at = |number: usize| (number * STRIDE) % cookies.len();
    (0..count.min(cookies.len()))
        .map(|number| cookies[at(number)].clone())
        .collect()
}

/// The least time of each, taken in turn.
pub(crate) async fn rounds<const N: usize>(requests: usize, loads: &mut [Load<'_>; N]) -> [Duration; N] {
    let mut times = [const { Vec::new() }; N];
    for _ in 0..ROUNDS {
        for (load, times) in loads.iter().zip(&mut times) {
            let before = load.process.cpu();
            load.runs(requests).await;
            let count = u32::try_from(requests).expect("a few requests");
            times.push(load.process.cpu().saturating_sub(before) / count);
        }
    }
    times.map(|times| times.into_iter().min().expect("rounds"))
}

impl<'a> Load<'a> {
    fn of(process: &'a Process, port: u16, cookies: &[String]) -> Self {
        let request = |cookie: &String| {
            format!(
                "GET /verify/traefik HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Forwarded-Proto: http\r\n\
                 X-Forwarded-Host: localhost:{port}\r\nX-Forwarded-Uri: /orders/4711?page=2\r\n\
                 X-Forwarded-Method: GET\r\nX-Forwarded-For: 127.0.0.1\r\nAccept: application/json\r\n\
                 User-Agent: load\r\nCookie: theme=dark; portico-session={cookie}\r\n\r\n"
            )
            .into_bytes()
        };
        Self::new(process, port, cookies.iter().map(request).collect())
    }

    pub(crate) fn new(process: &'a Process, port: u16, requests: Vec<Vec<u8>>) -> Self {
        Self {
            process,
            port,
            requests,
        }
    }

    /// Sends this many requests, over all connections together.
    async fn runs(&self, count: usize) {
        let each = count.div_ceil(CONNECTIONS);
        join_all((0..CONNECTIONS).map(|number| self.connection(number * each, each))).await;
    }

    async fn connection(&self, first: usize, count: usize) {
        let address = ("127.0.0.1", self.port);
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        let mut answer = vec![0; 16 * 1024];
        for number in first..first + count {
            let request = &self.requests[number % self.requests.len()];
            stream.write_all(request).await.expect("a request");
            let mut length = 0;
            while !is_whole(&answer[..length]) {
                let more = stream.read(&mut answer[length..]).await.expect("an answer");
                assert!(more > 0, "the connection was closed");
                length += more;
            }
        }
    }
}

/// Whether the head has arrived, and the body that it announces.
pub(crate) fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(0, |length| length.parse().expect("a number"));
    body.len() >= length
}

pub(crate) fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

impl Report {
    pub(crate) fn print(&self) {
        // OK to ignore because figures that cannot be printed fail no test.
        let _ = write!(std::io::stdout(), "{self}");
    }

    /// The limits for a full-size run.
    pub(crate) fn keeps(&self, most: &Most) {
        let mut ratios = vec![
            ("a pass to the bare server", ratio(self.hot, self.bare), most.hot),
            ("many sessions to one", ratio(self.random, self.hot), most.random),
            ("a refusal to a pass", ratio(self.refused, self.hot), most.refused),
        ];
        if let Some((hot, bare)) = self.redis {
            ratios.push(("a pass with Redis to the bare server", ratio(hot, bare), most.redis));
        }
        for (name, is, most) in ratios {
            assert!(is <= most, "{name}: {is:.2}, {most} at most");
        }
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |name: &str, one: Duration, other: Duration| {
            let ratio = ratio(one, other);
            writeln!(f, "{name:<44} {ratio:.2} ({one:.2?} to {other:.2?})")
        };
        row("a check, ratio to the bare server", self.hot, self.bare)?;
        if let Some((hot, bare)) = self.redis {
            row("the same with Redis", hot, bare)?;
        }
        row("sessions at random, ratio to one", self.random, self.hot)?;
        row("a refusal, ratio to a pass", self.refused, self.hot)?;
        writeln!(f, "{:<44} {}", "requests in each round", self.requests)
    }
}
