//! What forward-auth costs: processor time of the service for a request that passes, with one session and with very
//! many at random, and for one that is refused, beside a bare server that looks a cookie up in a map and answers with
//! the same headers; and the memory of the service before and after each session was checked.

use std::fmt::{self, Display};
use std::path::Path;
use std::time::Duration;

use crate::parts::limit::COOKIES;
use crate::parts::org;
use crate::parts::store::{FOLDER, SESSIONS};
use crate::process::{Part, Service};
use crate::redis_server::{self, RedisServer};
use crate::run::ready;
use crate::traffic::{Load, ratio, rounds};
use crate::visitor::{Visitor, client};

/// The size of the run.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Sessions in the store.
    pub(crate) sessions: u64,
    /// Requests in each round.
    pub(crate) requests: usize,
}

/// Processor time of one request, and memory.
#[derive(Debug)]
pub(crate) struct Report {
    sessions: u64,
    requests: usize,
    /// Memory before the first check, and after each session was checked once.
    memory_kib: (u64, u64),
    bare: Duration,
    hot: Duration,
    random: Duration,
    refused: Duration,
    page: Duration,
    refused_page: Duration,
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
    pub(crate) refused_page: f64,
    pub(crate) memory: f64,
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
    let fresh_kib = service.process.memory_kib();
    let (process, port) = (&service.process, service.port);
    Load::passes(process, port, &cookies).runs(cookies.len()).await;
    let memory_kib = (fresh_kib, service.process.memory_kib());
    let bare = bare(&file);
    let (hot, all) = (&cookies[..1], scattered(&cookies, plan.requests));
    let loads = [
        Load::passes(&bare.process, bare.port, hot),
        Load::passes(process, port, hot),
        Load::passes(process, port, &all),
        Load::is_refused(process, port),
        Load::page_passes(process, port, &cookies[0]),
        Load::page_is_refused(process, port),
    ];
    for load in &loads {
        load.warms_up(plan.requests).await;
    }
    let [bare_time, hot, random, refused, page, refused_page] = rounds(plan.requests, &loads).await;
    Report {
        sessions: plan.sessions,
        requests: plan.requests,
        memory_kib,
        bare: bare_time,
        hot,
        random,
        refused,
        page,
        refused_page,
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
    let loads = [
        Load::passes(&bare.process, bare.port, &cookies[..1]),
        Load::passes(&service.process, service.port, &[cookie]),
    ];
    for load in &loads {
        load.warms_up(plan.requests).await;
    }
    let [bare, hot] = rounds(plan.requests, &loads).await;
    Some((hot, bare))
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

impl Report {
    /// The limits for a full-size run.
    pub(crate) fn keeps(&self, most: &Most) {
        let mut ratios = vec![
            ("a pass to the bare server", ratio(self.hot, self.bare), most.hot),
            ("many sessions to one", ratio(self.random, self.hot), most.random),
            ("a refusal to a pass", ratio(self.refused, self.hot), most.refused),
            (
                "a page sent to the form to a page that passes",
                ratio(self.refused_page, self.page),
                most.refused_page,
            ),
            ("memory of checked sessions to fresh ones", self.memory(), most.memory),
        ];
        if let Some((hot, bare)) = self.redis {
            ratios.push(("a pass with Redis to the bare server", ratio(hot, bare), most.redis));
        }
        for (name, is, most) in ratios {
            assert!(is <= most, "{name}: {is:.2}, {most} at most");
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "memory of this size fits")]
    fn memory(&self) -> f64 {
        let (fresh, checked) = self.memory_kib;
        checked as f64 / fresh as f64
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
        row("a page sent to the form, ratio to a pass", self.refused_page, self.page)?;
        let ((fresh, checked), memory) = (self.memory_kib, self.memory());
        let name = format!("memory with {} sessions checked", self.sessions);
        writeln!(f, "{name:<44} {memory:.2} ({checked} KiB to {fresh} KiB)")?;
        writeln!(f, "{:<44} {}", "requests in each round", self.requests)
    }
}
