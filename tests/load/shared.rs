//! What a password sign-in costs with Redis, the service and Redis together, beside the embedded store; and what is
//! asked of Redis for it.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::time::Duration;

use crate::machine;
use crate::parts::{ACCOUNTS, INTERVAL, PEOPLE};
use crate::process::{Part, Service};
use crate::redis_server::{self, RedisServer};
use crate::run::ready;
use crate::sessions::{Effort, effort, ratio};
use crate::visitor::client;

/// What was measured.
#[derive(Debug)]
pub(crate) struct Report {
    sign_ins: u64,
    redis: Effort,
    embedded: Effort,
    /// The share of Redis in it.
    of_redis: f64,
    /// Calls of each command for one person, from the form to the cookie.
    calls: BTreeMap<String, f64>,
    /// Bytes that Redis read and wrote for one person.
    bytes: [f64; 2],
}

/// Sign-ins before processor time is measured.
const WARM_UP: u64 = 50;

/// In how many parts the sign-ins are measured, by turns.
const ROUNDS: u64 = 4;

/// Runs everything and reports; `None` where there is no Redis.
pub(crate) async fn run(sign_ins: u64) -> Option<Report> {
    if !redis_server::is_here() {
        return None;
    }
    let people = WARM_UP + sign_ins;
    let okta = Part::start(
        "simulator",
        &[
            (ACCOUNTS, "0".to_owned()),
            (INTERVAL, "5".to_owned()),
            (PEOPLE, people.to_string()),
        ],
    );
    let (visitors, redis) = (client(), RedisServer::start().await);
    let folder = tempfile::tempdir().expect("a place for the keys");
    let mut shared = Service::start_on_redis(okta.port, redis.port(), folder.path());
    let mut alone = Service::start(okta.port);
    ready(&visitors, &mut shared).await;
    ready(&visitors, &mut alone).await;
    let process = process_of(&redis).await;
    let each = sign_ins / ROUNDS;
    let rounds = (0..ROUNDS).map(|round| WARM_UP + round * each..WARM_UP + (round + 1) * each);
    let (mut of_shared, mut of_alone) = (Effort::default(), Effort::default());
    let (mut calls, mut bytes, mut by_redis) = (BTreeMap::new(), [0.0; 2], Duration::ZERO);
    for (number, people) in std::iter::once(0..WARM_UP).chain(rounds).enumerate() {
        let before = Asked::of(&redis, process).await;
        let both = || shared.process.cpu() + machine::cpu(process);
        let in_redis = effort(&people, &visitors, shared.port, both).await;
        let after = Asked::of(&redis, process).await;
        let in_file = effort(&people, &visitors, alone.port, || alone.process.cpu()).await;
        if number > 0 {
            by_redis += after.cpu.saturating_sub(before.cpu);
            of_shared.add(in_redis);
            of_alone.add(in_file);
            for (name, count) in after.calls {
                let more = count - before.calls.get(&name).copied().unwrap_or(0.0);
                *calls.entry(name).or_default() += more;
            }
            for (sum, (after, before)) in bytes.iter_mut().zip(after.bytes.iter().zip(before.bytes)) {
                *sum += after - before;
            }
        }
    }
    let count = u32::try_from(each * ROUNDS).unwrap();
    calls
        .values_mut()
        .chain(&mut bytes)
        .for_each(|sum| *sum /= f64::from(count));
    Some(Report {
        sign_ins,
        of_redis: ratio(by_redis, of_shared.form + of_shared.sign_in),
        redis: of_shared.of_one(count),
        embedded: of_alone.of_one(count),
        calls,
        bytes,
    })
}

async fn process_of(redis: &RedisServer) -> u32 {
    let info: String = redis.command(&["INFO", "server"]).await.unwrap();
    let id = info.lines().find_map(|line| line.strip_prefix("process_id:"));
    id.and_then(|id| id.parse().ok()).expect("Redis tells its process")
}

/// What Redis has been asked so far.
struct Asked {
    cpu: Duration,
    calls: BTreeMap<String, f64>,
    bytes: [f64; 2],
}

impl Asked {
    async fn of(redis: &RedisServer, process: u32) -> Self {
        let info: String = redis.command(&["INFO", "commandstats"]).await.unwrap();
        let calls = info.lines().filter_map(|line| {
            let (name, about) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
            let calls = about.split(',').next()?.parse().ok()?;
            (!matches!(name, "info" | "command")).then(|| (name.to_owned(), calls))
        });
        let stats: String = redis.command(&["INFO", "stats"]).await.unwrap();
        let field = |name: &str| {
            let value = stats.lines().find_map(|line| line.strip_prefix(name));
            value.and_then(|value| value.parse().ok()).unwrap_or(0.0)
        };
        Self {
            cpu: machine::cpu(process),
            calls: calls.collect(),
            bytes: ["total_net_input_bytes:", "total_net_output_bytes:"].map(field),
        }
    }
}

impl Report {
    /// The limit for a full-size run.
    pub(crate) fn keeps(&self, most: f64) {
        let is = ratio(self.redis.sign_in, self.embedded.sign_in);
        assert!(
            is <= most,
            "a sign-in with Redis costs {is:.2} of one in the file; {most} at most"
        );
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f)?;
        let (redis, embedded) = (self.redis, self.embedded);
        for (name, one, other) in [
            (
                "sign-in with Redis, processor of both, to the file",
                redis.sign_in,
                embedded.sign_in,
            ),
            ("its form", redis.form, embedded.form),
        ] {
            let ratio = ratio(one, other);
            writeln!(
                f,
                "{name:<52} {ratio:.2} ({one:.2?} to {other:.2?}, {} each)",
                self.sign_ins
            )?;
        }
        writeln!(
            f,
            "{:<52} {:.0} %",
            "of that Redis, form included",
            self.of_redis * 100.0
        )?;
        let [read, written] = self.bytes;
        writeln!(
            f,
            "{:<52} {read:.0} in, {written:.0} out",
            "bytes of Redis for one, form included"
        )?;
        let mut calls: Vec<_> = self.calls.iter().filter(|(_, count)| **count >= 0.1).collect();
        calls.sort_by(|one, other| other.1.total_cmp(one.1));
        let calls: Vec<String> = calls
            .into_iter()
            .map(|(name, count)| format!("{name} {count:.1}"))
            .collect();
        writeln!(f, "{:<52} {}", "its commands", calls.join(", "))
    }
}
