//! SIGKILL at random moments while people sign in, sign out, and wait for their phones. What the service told them must
//! hold afterwards.

mod ledger;
mod rotation;
mod visitor;

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::{join, join_all};
use okta_sim::{Endpoint, Fault, FaultKind, Limits, Settings, Simulator};
use portico::clock::{Entropy as _, SystemEntropy};
use proptest::prelude::RngExt as _;
use proptest::test_runner::{RngAlgorithm, TestRng};

use crate::support::{Served, TestApp, client, eventually, metric, secs};
use ledger::Ledger;
use visitor::Visitor;

/// How often the process is killed, at least.
const KILLS: u8 = 12;

/// At most: it is killed more often while too little has happened.
const MOST_KILLS: u8 = 60;

/// Visitors at the same time.
const VISITORS: u8 = 6;

/// Set to the number that a failed run printed, it repeats that run.
const SEED: &str = "PORTICO_SEED";

fn dice(seed: u64, round: u8, visitor: u8) -> TestRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    (bytes[8], bytes[9]) = (round, visitor);
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

fn seed() -> u64 {
    if let Some(seed) = std::env::var_os(SEED) {
        return seed.to_str().unwrap().parse().unwrap();
    }
    let mut bytes = [0; 8];
    SystemEntropy.fill(&mut bytes);
    u64::from_be_bytes(bytes)
}

fn org() -> Settings {
    let mut org = Settings::default();
    // Longer than any test: a kill may lose the answer to a refresh, and the former token must still work after the
    // restart.
    org.switches.refresh_grace_s = 3_600;
    Settings {
        limits: Limits {
            token_per_minute: 0,
            other_per_minute: 0,
            user_per_second: 0,
            ..Limits::default()
        },
        ..org
    }
}

/// Limits that so many visitors from one address do not reach, and a revalidation with almost every use.
const WIDE: [(&str, &str); 3] = [
    ("LIMITS__ADDRESS_BURST", "100000"),
    ("LIMITS__ADDRESS_PER_MINUTE", "100000"),
    ("SESSION__REVALIDATE", "1ms"),
];

#[tokio::test]
async fn sec_415_a_kill_at_any_moment_takes_nothing_back() {
    let seed = seed();
    // Shown when the test fails.
    eprintln!("{SEED}={seed}");
    let mut served = Served::start_with(org(), &WIDE).await;
    let ledger = Ledger::default();
    for round in 0..MOST_KILLS {
        if round >= KILLS && has_seen_enough(&ledger, &served) {
            break;
        }
        // Some revocations are still pending when the kill comes.
        let fault = Fault::new(Endpoint::Revoke, FaultKind::Maintenance);
        served.okta.faults().push(fault.times(2));
        let visitors = (0..VISITORS).map(|number| {
            let visitor = Visitor::new(&served.okta, &served.base, &ledger, (round, number), &[]);
            visitor.lives(dice(seed, round, number))
        });
        let mut dice = dice(seed, round, VISITORS);
        let (asked, moment) = (dice.random_range(10..150), dice.random_range(0..8_000));
        let process = &mut served.process;
        let kill = async {
            ledger.wait_for_requests(asked).await;
            // Anywhere within the requests that are under way now.
            let moment = Duration::from_micros(moment);
            let _ = tokio::time::timeout(moment, std::future::pending::<()>()).await;
            process.kill();
        };
        join(join_all(visitors), kill).await;
        served.kill_and_restart().await;
        ledger.holds(&served.base).await;
    }
    let (counts, refreshes) = (ledger.counts(), served.grants("refresh_token"));
    assert!(
        has_seen_enough(&ledger, &served),
        "too little happened: {counts:?}, {refreshes} refreshes"
    );
    every_revocation_is_made(served, &ledger).await;
}

/// Otherwise the kills had nothing to destroy.
fn has_seen_enough(ledger: &Ledger, served: &Served) -> bool {
    let counts = ledger.counts();
    let is_enough = counts.live > 5 && counts.ended > 3 && counts.pushes > 1 && counts.cut_off > 5;
    is_enough && served.grants("refresh_token") > 10
}

/// Revocations that Okta did not accept are kept and made later. Okta is asked which tokens still work.
async fn every_revocation_is_made(mut served: Served, ledger: &Ledger) {
    let pending = pending(&text(&format!("{}/metrics", served.ops)).await);
    assert!(pending > 0, "nothing was owed");
    served.okta.faults().clear();
    served.process.kill();
    // The same store under a clock that can be moved: pending revocations wait for half a minute and more.
    let store = served.folder.path().join("portico.redb");
    let app = TestApp::builder()
        .without_okta()
        .set("okta.org_url", &served.okta.issuer())
        .set("store.path", store.to_str().unwrap())
        .spawn()
        .await;
    assert_eq!(self::pending(&app.metrics().await), pending);
    ledger.holds(app.base()).await;
    eventually("every revocation done", async || {
        app.advance(secs(30));
        self::pending(&app.metrics().await) == 0
    })
    .await;
    let signed_in = with_live_tokens(&served.okta).await;
    for login in ledger.ended() {
        assert!(
            !signed_in.contains(&login),
            "{login} signed out, and Okta was never told"
        );
    }
    for login in ledger.live() {
        assert!(
            signed_in.contains(&login),
            "the tokens of {login}, who is signed in, were revoked"
        );
    }
}

fn pending(metrics: &str) -> u64 {
    metric(metrics, "portico_revocations_owed")
}

async fn text(address: &str) -> String {
    let answer = client().get(address).send().await.unwrap();
    answer.text().await.unwrap()
}

/// The users whose tokens Okta still accepts.
async fn with_live_tokens(okta: &Simulator) -> BTreeSet<String> {
    let address = okta.url().join("/oauth2/v1/introspect").unwrap();
    let (client, mut logins) = (client(), BTreeSet::new());
    for token in okta.secrets_issued() {
        let asks = [("client_id", "portico-demo"), ("token", &token)];
        let answer = client.post(address.clone()).form(&asks).send().await;
        let answer: serde_json::Value = answer.unwrap().json().await.unwrap();
        // An ID token has no user name here, and cannot be revoked.
        if answer["active"] == true
            && let Some(login) = answer["username"].as_str()
        {
            logins.insert(login.to_owned());
        }
    }
    logins
}
