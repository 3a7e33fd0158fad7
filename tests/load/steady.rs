//! People who come one by one, whether or not those before them have been served: how long a password sign-in takes with
//! the pace that commits keep, and without it.

use std::fmt::{self, Display};
use std::ops::Range;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _};
use reqwest::Client;
use tempfile::TempDir;
use tokio::time::{Instant, sleep_until};

use crate::parts::service::AT_ONCE;
use crate::parts::{ACCOUNTS, INTERVAL, PEOPLE};
use crate::ports::free_port;
use crate::process::{Part, small_production};
use crate::sessions::ratio;
use crate::visitor::{OpenForm, Visitor, client};

/// The size of the run.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Sign-ins a second, and how many of them in each round.
    pub(crate) rates: &'static [(u32, u64)],
    /// Rounds of each side, by turns.
    pub(crate) rounds: u64,
}

/// What was measured at one rate.
#[derive(Debug)]
struct Measured {
    rate: u32,
    paced: Rounds,
    at_once: Rounds,
}

/// How long each sign-in of each round took, in order.
#[derive(Debug, Default)]
struct Rounds(Vec<Vec<Duration>>);

/// What was measured.
#[derive(Debug)]
pub(crate) struct Report(Vec<Measured>);

/// Sign-ins of each side before the first that is measured.
const WARM_UP: u64 = 50;

/// From this rate on there are enough sign-ins in a round for a p99.
const ENOUGH: u32 = 50;

/// Forms opened at a time.
const FORMS: usize = 16;

/// A service of which the pace of commits is known.
struct Side {
    part: Part,
    _folder: TempDir,
}

/// Runs everything and reports.
pub(crate) async fn run(plan: &Plan) -> Report {
    let people = WARM_UP + plan.rounds * plan.rates.iter().map(|(_, count)| count).sum::<u64>();
    let okta = Part::start(
        "simulator",
        &[
            (ACCOUNTS, "0".to_owned()),
            (INTERVAL, "5".to_owned()),
            (PEOPLE, people.to_string()),
        ],
    );
    let visitors = client();
    let sides = [Side::start(okta.port, false), Side::start(okta.port, true)];
    for side in &sides {
        side.serves(&visitors, 0..WARM_UP, 100).await;
    }
    let (mut first, mut report) = (WARM_UP, Vec::new());
    for (rate, count) in plan.rates {
        let mut rounds = [Rounds::default(), Rounds::default()];
        for _ in 0..plan.rounds {
            let people = first..first + count;
            first = people.end;
            // The same people come to both, at the same moments.
            for (side, rounds) in sides.iter().zip(&mut rounds) {
                let mut times = side.serves(&visitors, people.clone(), *rate).await;
                times.sort_unstable();
                rounds.0.push(times);
            }
        }
        let [paced, at_once] = rounds;
        report.push(Measured {
            rate: *rate,
            paced,
            at_once,
        });
    }
    Report(report)
}

impl Side {
    fn start(okta_port: u16, is_at_once: bool) -> Self {
        let folder = tempfile::tempdir().expect("a place for the store");
        let store = folder.path().join("portico.redb");
        let mut variables = small_production(free_port(), okta_port);
        variables.push((
            "PORTICO_STORE__PATH",
            store.to_str().expect("a name in UTF-8").to_owned(),
        ));
        if is_at_once {
            variables.push((AT_ONCE, "1".to_owned()));
        }
        Self {
            part: Part::start("service::server", &variables),
            _folder: folder,
        }
    }

    /// Signs these people in, so many a second. Gives how long each waited for the cookie.
    async fn serves(&self, visitors: &Client, people: Range<u64>, rate: u32) -> Vec<Duration> {
        let moments = arrivals(rate, people.start);
        let forms: Vec<OpenForm> = stream::iter(people)
            .map(|number| Visitor::new(visitors, self.part.port, number).opens())
            .buffered(FORMS)
            .collect()
            .await;
        let typed: Vec<_> = forms.into_iter().map(OpenForm::types).collect();
        let begin = Instant::now();
        let sent = typed.into_iter().zip(moments).map(|(typed, moment)| async move {
            sleep_until(begin + moment).await;
            typed.sends().await
        });
        join_all(sent).await
    }
}

/// Moments at which people come who do not know of each other: the gaps between them are exponentially distributed.
fn arrivals(rate: u32, seed: u64) -> impl Iterator<Item = Duration> {
    let (mut state, mut moment) = (seed, 0.0);
    std::iter::repeat_with(move || {
        // Knuth's MMIX generator: the same moments in each run.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let uniform = f64::from(u32::try_from(state >> 32).unwrap_or(0)) / f64::from(u32::MAX);
        moment -= uniform.max(f64::MIN_POSITIVE).ln() / f64::from(rate);
        Duration::from_secs_f64(moment)
    })
}

impl Rounds {
    /// The time within which so many of a hundred were answered, in the median round: a moment in which the machine did
    /// something else spoils one.
    fn percentile(&self, percent: usize) -> Duration {
        let of_one = |times: &Vec<Duration>| times[((times.len() * percent).div_ceil(100)).saturating_sub(1)];
        let mut rounds: Vec<Duration> = self.0.iter().map(of_one).collect();
        rounds.sort_unstable();
        rounds[rounds.len() / 2]
    }

    fn sign_ins(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }
}

impl Measured {
    fn ratio(&self, percent: usize) -> f64 {
        ratio(self.paced.percentile(percent), self.at_once.percentile(percent))
    }
}

impl Report {
    /// The limit for a full-size run, where there are enough sign-ins for a p99.
    pub(crate) fn keeps(&self, most: f64) {
        for measured in self.0.iter().filter(|measured| measured.rate >= ENOUGH) {
            let is = measured.ratio(99);
            let rate = measured.rate;
            assert!(
                is <= most,
                "p99 at {rate} a second, with the pace: {is:.2}, {most} at most"
            );
        }
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f)?;
        for measured in &self.0 {
            let of = |percent| {
                let (paced, at_once) = (measured.paced.percentile(percent), measured.at_once.percentile(percent));
                format!("{:.2} ({paced:.1?} to {at_once:.1?})", measured.ratio(percent))
            };
            let name = format!("{} sign-ins a second, with pace to without", measured.rate);
            let count = measured.paced.sign_ins();
            writeln!(f, "{name:<44} p99 {}, median {}, {count} each", of(99), of(50))?;
        }
        Ok(())
    }
}
