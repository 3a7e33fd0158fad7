//! What sessions cost: each by itself, a start with all of them, and a sign-in with its form.

use std::fmt::{self, Display};
use std::ops::Range;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use reqwest::Client;
use tokio::time::{Instant, sleep_until};

use crate::parts::org;
use crate::parts::pass_through::OKTA;
use crate::parts::store::{FOLDER, REDIS, SESSIONS};
use crate::process::{Part, Service};
use crate::redis_server::{self, RedisServer};
use crate::run::ready;
use crate::visitor::{OpenForm, Visitor, client};

/// The size of the run.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Sessions in the store.
    pub(crate) sessions: u64,
    /// Sign-ins on each side.
    pub(crate) sign_ins: u64,
}

/// What was measured.
#[derive(Debug)]
pub(crate) struct Report {
    sessions: u64,
    file_mib: f64,
    read: Duration,
    opened: Duration,
    bytes_each: u64,
    look: Duration,
    bare_look: Duration,
    list: Duration,
    scan: Duration,
    sweep: Duration,
    /// The same with Redis; `None` where there is none.
    redis: Option<(Duration, Duration)>,
    sign_ins: u64,
    service: Effort,
    bare: Effort,
}

/// The list of a user's sessions among 100,000, to going through all: far above what an index needs, far below a scan.
const MOST_OF_A_LIST: f64 = 0.01;

/// Sign-ins before processor time is measured.
const WARM_UP: u64 = 20;

/// In how many parts the sign-ins are measured.
const ROUNDS: u64 = 4;

/// By then, work that goes on after an answer is done.
const SETTLING: Duration = Duration::from_millis(300);

/// People who sign in at the same time.
const AT_ONCE: usize = 64;

/// Runs everything and reports.
pub(crate) async fn run(plan: &Plan) -> Report {
    let store = store(plan);
    let mut figures = store.split_whitespace().map(|word| word.parse::<u64>().unwrap());
    let mut next = || figures.next().unwrap();
    #[expect(clippy::cast_precision_loss, reason = "files of this size fit")]
    let file_mib = next() as f64 / f64::from(1 << 20);
    let (read, opened) = (Duration::from_micros(next()), Duration::from_micros(next()));
    let bytes_each = next();
    let (look, bare_look) = (Duration::from_nanos(next()), Duration::from_nanos(next()));
    let list = Duration::from_nanos(next());
    let (scan, sweep) = (Duration::from_micros(next()), Duration::from_micros(next()));
    let redis = redis(plan).await;
    let (service, bare) = sign_ins(plan).await;
    Report {
        sessions: plan.sessions,
        file_mib,
        read,
        opened,
        bytes_each,
        look,
        bare_look,
        list,
        scan,
        sweep,
        redis,
        sign_ins: plan.sign_ins,
        service,
        bare,
    }
}

fn store(plan: &Plan) -> String {
    let folder = tempfile::tempdir().expect("a place for the store");
    let place = folder.path().to_str().expect("a name in UTF-8").to_owned();
    let variables = [(SESSIONS, plan.sessions.to_string()), (FOLDER, place)];
    drop(Part::start("store::fill", &variables));
    Part::start("store::measure", &variables).answer()
}

async fn redis(plan: &Plan) -> Option<(Duration, Duration)> {
    if !redis_server::is_here() {
        return None;
    }
    let redis = RedisServer::start().await;
    let variables = [(SESSIONS, plan.sessions.to_string()), (REDIS, redis.port().to_string())];
    let said = Part::start("store::measure_redis", &variables).answer();
    let mut figures = said.split_whitespace().map(|word| word.parse().unwrap());
    let mut next = || Duration::from_nanos(figures.next().unwrap());
    Some((next(), next()))
}

/// The processor time for one person.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Effort {
    /// For the form.
    pub(crate) form: Duration,
    /// From name and password to the cookie.
    pub(crate) sign_in: Duration,
}

/// What one person costs the service, and the bare server.
async fn sign_ins(plan: &Plan) -> (Effort, Effort) {
    let people = plan.sign_ins + WARM_UP;
    let okta = org(people);
    let visitors = client();
    let bare = Part::start("pass_through::server", &[(OKTA, okta.port.to_string())]);
    let mut service = Service::start(okta.port);
    ready(&visitors, &mut service).await;
    let (mut of_service, mut of_bare) = (Effort::default(), Effort::default());
    // In turn, so that a slow machine is slow for both; the first round does not count.
    let each = plan.sign_ins / ROUNDS;
    let rounds = (0..ROUNDS).map(|round| WARM_UP + round * each..WARM_UP + (round + 1) * each);
    for (number, people) in std::iter::once(0..WARM_UP).chain(rounds).enumerate() {
        let served = effort(&people, &visitors, service.port, || service.process.cpu()).await;
        let passed = effort(&people, &visitors, bare.port, || bare.process.cpu()).await;
        if number > 0 {
            of_service.add(served);
            of_bare.add(passed);
        }
    }
    let count = u32::try_from(each * ROUNDS).unwrap();
    (of_service.of_one(count), of_bare.of_one(count))
}

/// What these people cost the processes of which `cpu` tells the time so far.
pub(crate) async fn effort(people: &Range<u64>, visitors: &Client, port: u16, cpu: impl Fn() -> Duration) -> Effort {
    let before = cpu();
    let forms = stream::iter(people.clone())
        .map(|number| Visitor::new(visitors, port, number).opens())
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    sleep_until(Instant::now() + SETTLING).await;
    let between = cpu();
    stream::iter(forms)
        .for_each_concurrent(AT_ONCE, OpenForm::signs_in)
        .await;
    sleep_until(Instant::now() + SETTLING).await;
    Effort {
        form: between.saturating_sub(before),
        sign_in: cpu().saturating_sub(between),
    }
}

impl Effort {
    pub(crate) fn add(&mut self, other: Self) {
        self.form += other.form;
        self.sign_in += other.sign_in;
    }

    pub(crate) fn of_one(self, count: u32) -> Self {
        Self {
            form: self.form / count,
            sign_in: self.sign_in / count,
        }
    }
}

pub(crate) fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

impl Report {
    /// The limits for a full-size run.
    pub(crate) fn keeps(&self, most_bytes: u64, most_sign_in: f64) {
        assert!(
            self.bytes_each <= most_bytes,
            "{} bytes for a session; {most_bytes} at most",
            self.bytes_each
        );
        let list = ratio(self.list, self.scan);
        assert!(
            list <= MOST_OF_A_LIST,
            "the list of a user costs {list} of going through all"
        );
        let sign_in = ratio(self.service.sign_in, self.bare.sign_in);
        assert!(
            sign_in <= most_sign_in,
            "a sign-in costs {sign_in:.2} of a bare one; {most_sign_in} at most"
        );
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |name: &str, value: String| writeln!(f, "{name:<44} {value}");
        row("", String::new())?;
        row("sessions in the store", self.sessions.to_string())?;
        row("bytes of memory for each", self.bytes_each.to_string())?;
        row(
            "look-up and use, ratio to a bare map",
            format!(
                "{:.2} ({:?} to {:?})",
                ratio(self.look, self.bare_look),
                self.look,
                self.bare_look
            ),
        )?;
        if let Some((look, bare)) = self.redis {
            row(
                "the same with Redis, sessions seen before",
                format!("{:.2} ({look:?} to {bare:?})", ratio(look, bare)),
            )?;
        }
        row(
            "list of a user, ratio to going through all",
            format!(
                "{:.5} ({:?} to {:?})",
                ratio(self.list, self.scan),
                self.list,
                self.scan
            ),
        )?;
        row("sweep that finds none", format!("{:?}", self.sweep))?;
        row(
            "start, ratio to reading the file",
            format!(
                "{:.1} ({:.0} MiB, {:.0?} to {:.0?})",
                ratio(self.opened, self.read),
                self.file_mib,
                self.opened,
                self.read
            ),
        )?;
        let (service, bare) = (self.service, self.bare);
        for (name, one, other) in [
            ("sign-in, processor, ratio to a bare one", service.sign_in, bare.sign_in),
            ("its form", service.form, bare.form),
        ] {
            row(
                name,
                format!(
                    "{:.2} ({one:.2?} to {other:.2?}, {} each)",
                    ratio(one, other),
                    self.sign_ins
                ),
            )?;
        }
        Ok(())
    }
}
