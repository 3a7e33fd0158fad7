//! The run, phase by phase. Each phase has a time limit.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use reqwest::Client;
use tokio::time::{Instant, sleep_until, timeout};

use crate::idle::Idle;
use crate::machine;
use crate::parts::{ACCOUNTS, INTERVAL};
use crate::polls::{BarePolls, Polls};
use crate::process::{Part, Service};
use crate::report::{PROXY_IDLE, Report, Times};
use crate::stream::Stream;
use crate::visitor::{Visitor, client};

/// The longest wait for any one thing.
pub(crate) const BOUND: Duration = Duration::from_secs(30);

/// The longest time for opening all streams.
const OPENING: Duration = Duration::from_mins(10);

/// Visitors who are signing in at the same time.
const AT_ONCE: usize = 16;

/// Descriptors that a process needs besides one per stream.
const OTHER_FILES: usize = 1000;

/// Answers timed one after the other.
const ANSWERS: usize = 100;

/// The size of the run.
#[derive(Debug)]
pub(crate) struct Plan {
    /// People who wait at the same time.
    pub(crate) pushes: u64,
    /// Visitors that were there before memory is first measured.
    pub(crate) warm_up: u64,
    /// The time between two polls.
    pub(crate) interval: Duration,
    /// How many intervals polls and processor time are counted over.
    pub(crate) window: u32,
    /// Pushes that are approved at the end.
    pub(crate) approvals: u64,
    /// Whether to wait until an idle connection is older than proxies let theirs become.
    pub(crate) outlasts_proxies: bool,
}

/// Runs everything and reports.
pub(crate) async fn run(plan: &Plan) -> Report {
    let room = machine::descriptors()
        .saturating_sub(OTHER_FILES)
        .try_into()
        .unwrap_or(u64::MAX);
    let mut report = Report {
        wanted: plan.pushes,
        pushes: plan.pushes.min(room),
        ..Report::default()
    };
    report.bare_kib = bare(plan, report.pushes).await;
    service(plan, &mut report).await;
    report
}

/// What each of this many streams costs on the bare server, in KiB.
async fn bare(plan: &Plan, pushes: u64) -> f64 {
    let server = Part::start("bare_server", &[(INTERVAL, plan.interval.as_secs().to_string())]);
    let streams = |count| all(count, async |_| Stream::open(server.port, "/events", &[]).await);
    drop(streams(plan.warm_up).await);
    pause(Duration::from_secs(1)).await;
    let before = server.process.memory_kib();
    let held = streams(pushes).await;
    pause(plan.interval).await;
    let each = each(before, server.process.memory_kib(), pushes);
    drop(held);
    each
}

async fn service(plan: &Plan, report: &mut Report) {
    let accounts = report.pushes + plan.warm_up;
    let interval = plan.interval.as_secs();
    let mut okta = Part::start(
        "simulator",
        &[(ACCOUNTS, accounts.to_string()), (INTERVAL, interval.to_string())],
    );
    let mut service = Service::start(okta.port);
    let visitors = client();
    ready(&visitors, &mut service).await;
    let wait = |offset| {
        let (visitors, port) = (&visitors, service.port);
        async move |number| Visitor::new(visitors, port, offset + number).waits().await
    };
    drop(all(plan.warm_up, wait(report.pushes)).await);
    pause(Duration::from_secs(1)).await;
    report.idle_answers = answers(&visitors, &service).await;
    let mut upstream = machine::peers_of(okta.port);

    let before = service.process.memory_kib();
    let began = Instant::now();
    let mut waiting = Vec::new();
    for _ in 0..PIECES {
        // Closed connections stay visible for a minute, so they are counted more often than that.
        let count = (report.pushes - waiting.len() as u64).min(report.pushes.div_ceil(PIECES));
        waiting.extend(all(count, wait(waiting.len() as u64)).await);
        upstream.extend(machine::peers_of(okta.port));
    }
    report.opening = began.elapsed();
    pause(plan.interval).await;
    let settled = service.process.memory_kib();

    let (mut idle, idle_since) = (Idle::open(service.port).await, Instant::now());
    let mut bare = BarePolls::start(plan, report.pushes);
    window(plan, report, &mut okta, &service, &mut bare).await;
    drop(bare);
    report.kib = each(before, settled.max(service.process.memory_kib()), report.pushes);
    report.busy_answers = answers(&visitors, &service).await;
    upstream.extend(machine::peers_of(okta.port));
    approve(plan, report, &mut okta, &mut waiting).await;
    upstreams(report, &mut okta, &upstream);
    if plan.outlasts_proxies {
        sleep_until(idle_since + PROXY_IDLE + Duration::from_secs(1)).await;
    }
    report.idled = idle_since.elapsed();
    idle.asks().await;
}

/// The opening is cut into this many pieces.
const PIECES: u64 = 20;

/// Counts polls and processor time while all visitors wait.
async fn window(plan: &Plan, report: &mut Report, okta: &mut Part, service: &Service, bare: &mut BarePolls) {
    // At the same time, so that what else the machine does is the same for both.
    let bare_before = bare.so_far();
    let (began, polls) = (Instant::now(), Calls::of(okta).tokens);
    let (cpu, machine) = (service.process.cpu(), machine::machine_cpu());
    let org = okta.process.cpu();
    pause(plan.interval * plan.window).await;
    let asked = Calls::of(okta);
    let length = began.elapsed().as_secs_f64();
    let share = |now: Duration, then: Duration| now.saturating_sub(then).as_secs_f64() / length;
    let spent = service.process.cpu();
    report.cpu = share(spent, cpu);
    report.org_cpu = share(okta.process.cpu(), org);
    report.machine_cpu = share(machine::machine_cpu(), machine);
    report.polls = asked.tokens - polls;
    report.poll = Polls::new(spent, asked.tokens).each_since(&Polls::new(cpu, polls));
    report.bare_poll = bare.so_far().each_since(&bare_before);
    report.intervals = length / plan.interval.as_secs_f64();
}

/// Approves some pushes and measures how long their events take; then checks that all others still wait.
async fn approve(plan: &Plan, report: &mut Report, okta: &mut Part, waiting: &mut [Stream]) {
    let chosen = usize::try_from(plan.approvals).unwrap().min(waiting.len());
    let (approved, others) = waiting.split_at_mut(chosen);
    let mut told = Vec::new();
    for (number, stream) in approved.iter_mut().enumerate() {
        okta.ask(&format!("approve {number}"));
        let at = Instant::now();
        told.push(async move {
            let event = timeout(BOUND, stream.next())
                .await
                .expect("word of an approval in time");
            assert_eq!(event, "approved");
            at.elapsed()
        });
    }
    report.told = Times::of(futures_util::future::join_all(told).await);
    report.still_waiting = others
        .iter_mut()
        .filter_map(|stream| stream.still_waits().then_some(()))
        .count()
        + chosen;
}

fn upstreams(report: &mut Report, okta: &mut Part, connections: &HashSet<u16>) {
    let asked = Calls::of(okta);
    report.connections = connections.len();
    report.calls = asked.all;
    report.misuse = asked.misuse;
}

/// The simulator's counts so far.
pub(crate) struct Calls {
    pub(crate) tokens: u64,
    all: u64,
    pub(crate) misuse: String,
}

impl Calls {
    pub(crate) fn of(okta: &mut Part) -> Self {
        let answer = okta.ask("count");
        let mut words = answer.splitn(3, ' ');
        let mut next = || words.next().unwrap_or_default();
        Self {
            tokens: next().parse().unwrap(),
            all: next().parse().unwrap(),
            misuse: next().to_owned(),
        }
    }
}

/// How long answers take, one after the other on one connection.
async fn answers(visitors: &Client, service: &Service) -> Times {
    let mut times = Vec::new();
    for _ in 0..ANSWERS {
        let began = Instant::now();
        let answer = visitors
            .get(format!("http://localhost:{}/signed-out", service.port))
            .send()
            .await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.status(), 200);
        answer.bytes().await.expect("a page");
        times.push(began.elapsed());
    }
    Times::of(times)
}

/// Waits until the service answers.
pub(crate) async fn ready(visitors: &Client, service: &mut Service) {
    let until = Instant::now() + BOUND;
    while visitors
        .get(format!("http://localhost:{}/signed-out", service.port))
        .send()
        .await
        .is_err()
    {
        assert!(
            !service.process.has_ended(),
            "the service has ended; see load-service.log in target/tmp"
        );
        assert!(Instant::now() < until, "the service does not answer");
        pause(Duration::from_millis(50)).await;
    }
}

/// Opens this many streams, a few at a time.
async fn all(count: u64, open: impl AsyncFn(u64) -> Stream) -> Vec<Stream> {
    let open = &open;
    let streams = stream::iter(0..count)
        .map(|number| async move { open(number).await })
        .buffered(AT_ONCE)
        .collect();
    timeout(OPENING, streams).await.expect("all streams in time")
}

fn each(before: u64, after: u64, count: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "memory of this machine fits")]
    let (grown, count) = (after.saturating_sub(before) as f64, count as f64);
    grown / count
}

pub(crate) async fn pause(time: Duration) {
    sleep_until(Instant::now() + time).await;
}
