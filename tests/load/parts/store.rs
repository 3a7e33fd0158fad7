//! Stores with very many sessions, in a process of their own: what each session costs on disk, and how fast it is
//! found, in the embedded store and in Redis with this process's cache.

use std::hint::black_box;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::stream::{self, StreamExt as _};
use jiff::Timestamp;
use okta_direct_auth::{AccessToken, RefreshToken};
use portico::clock::{Clock as _, Entropy, ManualClock, SystemClock, SystemEntropy};
use portico::domain::attempt::{Attempt, AttemptRules, Destination, Parameters, Stage};
use portico::domain::browser::Browser;
use portico::domain::factor::Factor;
use portico::domain::identity::{Identity, Person};
use portico::domain::ids::SessionId;
use portico::domain::revocation::Requester;
use portico::domain::session::{Lifetime, Lifetimes, Live, Session, Tokens, after};
use portico::session::embedded::EmbeddedStore;
use portico::session::redis::{RedisAddress, RedisSettings, RedisStore, Setup};
use portico::session::secrets::Secrets;
use portico::session::secrets::keys::KeyRing;
use portico::session::{AttemptStore as _, Bounds, HashedId, Sealer, SessionStore as _, Start, Store, StoreError};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

use super::{number, say};
use crate::machine;

/// How many sessions.
pub(crate) const SESSIONS: &str = "PORTICO_LOAD_SESSIONS";

/// The port of the Redis.
pub(crate) const REDIS: &str = "PORTICO_LOAD_REDIS";

/// The folder of the file and its keys.
pub(crate) const FOLDER: &str = "PORTICO_LOAD_FOLDER";

/// Sign-ins that wait for the disk at the same time.
const AT_ONCE: usize = 1000;

/// Look-ups of each side per round; rounds alternate.
const LOOKS: usize = 100_000;
const ROUNDS: usize = 7;

/// Users whose sessions are listed.
const LISTS: u64 = 1_000;

/// None of the sessions is past these.
const LIFETIMES: Lifetimes = Lifetimes {
    usual: Lifetime {
        idle: Duration::from_hours(2),
        absolute: Duration::from_hours(12),
    },
    remembered: None,
};

const STARTED: Timestamp = Timestamp::UNIX_EPOCH;

fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

fn open(folder: &Path, sessions: u64, ring: KeyRing, now: Timestamp) -> EmbeddedStore {
    let most = usize::try_from(sessions).unwrap();
    let bounds = Bounds {
        attempts: most,
        sessions: most,
        keeps_notices: false,
    };
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let sealer = Sealer::new(ring, Arc::clone(&entropy));
    EmbeddedStore::open(&folder.join("portico.redb"), bounds, &sealer, entropy, now).unwrap()
}

fn session(number: u64) -> Session {
    Session {
        identity: Identity::from(Person {
            subject: format!("00u{number:017}"),
            name: format!("Robin Example the {number}th"),
            login: format!("robin.example.{number}@example.com"),
            email: Some(format!("robin.example.{number}@example.com")),
            groups: ["Everyone", "Customers", "Newsletter"].map(str::to_owned).into(),
            acr: None,
            amr: ["pwd", "mfa"].map(str::to_owned).into(),
            auth_time: STARTED,
        }),
        factors: vec![Factor::Password, Factor::Push].into(),
        started: STARTED,
        expires: after(STARTED, Duration::from_hours(12)),
        checked: STARTED,
        browser: Browser::default(),
        is_remembered: false,
        is_hosted: false,
    }
}

fn tokens() -> Tokens {
    let mut access = [0; 2048];
    SystemEntropy.fill(&mut access);
    let text: String = access.iter().map(|byte| char::from(b'a' + byte % 26)).collect();
    Tokens {
        access: Some(AccessToken::new(text)),
        refresh: Some(RefreshToken::new("r".repeat(43))),
        access_expires: after(STARTED, Duration::from_hours(1)),
        dpop: None,
        okta_session: None,
    }
}

/// Fills the file with sessions that began just now, and writes their cookies to another.
#[test]
#[ignore = "a part of the load run, in a process of its own"]
fn fill_today() {
    let (Some(sessions), Some(folder)) = (number(SESSIONS), folder()) else {
        return;
    };
    let now = SystemClock.now();
    let ring = KeyRing::new(&SystemEntropy, now);
    let keys = folder.join("keys");
    std::fs::write(&keys, ring.render().expose_secret()).unwrap();
    std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o600)).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cookies: Vec<String> = runtime.block_on(async {
        let store = open(&folder, sessions, ring.clone(), now);
        let secrets = Secrets::new(&ring, Arc::new(SystemEntropy));
        let begun = stream::iter(0..sessions).map(async |number| {
            let today = Session {
                started: now,
                expires: after(now, Duration::from_hours(12)),
                checked: now,
                ..session(number)
            };
            begin(&store, &secrets, today).await.expose()
        });
        let cookies = begun.buffer_unordered(AT_ONCE).collect().await;
        store.close().await.unwrap();
        cookies
    });
    std::fs::write(folder.join("cookies"), cookies.join("\n")).unwrap();
    say("0");
}

async fn sign_in(store: &dyn Store, secrets: &Secrets, number: u64) -> HashedId {
    HashedId::of_session(&begin(store, secrets, session(number)).await)
}

/// The defaults; the store does not depend on them.
const RULES: AttemptRules = AttemptRules {
    lifetime: Duration::from_mins(10),
    wrong_codes: 5,
    sends: 3,
    send_cooldown: Duration::from_secs(30),
    push_cooldown: Duration::from_secs(20),
    declined_cooldown: Duration::from_mins(1),
    require_number: false,
};

async fn begin(store: &dyn Store, secrets: &Secrets, session: Session) -> SessionId {
    let (id_of_visit, tab) = (secrets.ids.new_visit(), secrets.ids.new_tab());
    let visit = HashedId::of_visit(&id_of_visit);
    let aim = Destination("https://portal.example.com/".to_owned());
    let mut attempt = Attempt::new(aim, Parameters::default(), STARTED, &RULES);
    store.open(visit, &tab, attempt.clone()).await.unwrap();
    let id = secrets.ids.new_session();
    let press = secrets.csrf.press(&id_of_visit, "token", &[]).unwrap();
    let hashed = HashedId::of_session(&id);
    attempt.facts.serial = 1;
    attempt.stage = Stage::Finished {
        session: Some(secrets.csrf.mask(&press, id.expose_bytes())),
    };
    let start = Start {
        visit,
        tab: &tab,
        expected: 0,
        attempt,
        id: hashed,
        session,
        tokens: tokens(),
        former: None,
        requester: Requester::default(),
        rows: Vec::new(),
    };
    assert!(store.start(start).await.unwrap().is_some());
    id
}

/// Fills the file and ends.
#[test]
#[ignore = "a part of the load run, in a process of its own"]
fn fill() {
    let (Some(sessions), Some(folder)) = (number(SESSIONS), folder()) else {
        return;
    };
    let ring = KeyRing::new(&SystemEntropy, STARTED);
    std::fs::write(folder.join("keys"), ring.render().expose_secret()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = open(&folder, sessions, ring.clone(), STARTED);
        let secrets = Secrets::new(&ring, Arc::new(SystemEntropy));
        stream::iter(0..sessions)
            .map(|number| sign_in(&store, &secrets, number))
            .buffer_unordered(AT_ONCE)
            .for_each(|_| async {})
            .await;
        // An hour later: finished attempts have been swept.
        let later = after(STARTED, Duration::from_hours(1));
        store.sweep_attempts(later).await.unwrap();
        store.close().await.unwrap();
    });
    say("0");
}

/// Opens what `fill` left. Says microseconds to read the file and to open it, bytes of memory for each session, nanoseconds
/// for a look-up that stores its use, by the store and by a bare map, nanoseconds for the list of a user's sessions, and
/// microseconds to find them by going through all and to look for sessions that are past their time.
#[test]
#[ignore = "a part of the load run, in a process of its own"]
fn measure() {
    let (Some(sessions), Some(folder)) = (number(SESSIONS), folder()) else {
        return;
    };
    let keys = SecretString::from(std::fs::read_to_string(folder.join("keys")).unwrap());
    let ring = KeyRing::parse(&keys).unwrap();
    let file = folder.join("portico.redb");
    // Once before the measurement: both read from the page cache.
    let read = || std::io::copy(&mut std::fs::File::open(&file).unwrap(), &mut std::io::sink());
    let bytes = read().unwrap();
    let began = Instant::now();
    read_whole(&file);
    let read = began.elapsed();

    let now = after(STARTED, Duration::from_hours(1));
    let before = machine::memory_kib(std::process::id());
    let began = Instant::now();
    let store = open(&folder, sessions, ring, now);
    let opened = began.elapsed();
    let grown = machine::memory_kib(std::process::id()) - before;
    let kept = store.count_sessions().now_or_never().unwrap().unwrap();
    assert_eq!(kept as u64, sessions);

    let ids: Vec<HashedId> = (0..sessions)
        .map(|number| {
            let session = session(number);
            let subject = session.identity.subject();
            let found = store.of_subject(subject).now_or_never().unwrap().unwrap();
            found.first().unwrap().0
        })
        .collect();
    let order = order(&ids);
    let at_once = |id| store.session(id).now_or_never().unwrap();
    let (ours, bare) = looks(&store, at_once, &order, &ids);
    let (list, scan) = lists(&store, sessions);
    let began = Instant::now();
    let swept = store.sweep_sessions(LIFETIMES, now).now_or_never();
    let sweep = began.elapsed();
    assert!(swept.unwrap().ended.is_empty(), "none is past its time");
    say("0");
    say(&format!(
        "{bytes} {} {} {} {} {} {} {} {}",
        read.as_micros(),
        opened.as_micros(),
        grown * 1024 / sessions,
        ours.as_nanos(),
        bare.as_nanos(),
        list.as_nanos(),
        scan.as_micros(),
        sweep.as_micros(),
    ));
}

/// How long it takes to find the sessions of a user by the login, on average, and by going through all of them.
fn lists(store: &dyn Store, sessions: u64) -> (Duration, Duration) {
    let names: Vec<String> = (0..LISTS)
        .map(|number| session(number * 7919 % sessions).identity.login().to_uppercase())
        .collect();
    let began = Instant::now();
    for name in &names {
        let found = store.of_user(name).now_or_never().unwrap().unwrap();
        assert_eq!(found.len(), 1);
        black_box(found);
    }
    let list = began.elapsed() / u32::try_from(LISTS).unwrap();
    let began = Instant::now();
    let mut all = store.each_session().now_or_never().unwrap().unwrap();
    all.retain(|(_, live)| live.session.identity.is_called(&names[0]));
    let scan = began.elapsed();
    assert_eq!(all.len(), 1);
    (list, scan)
}

/// Signs all accounts in, with the Redis on this port. Says nanoseconds for a look-up that stores its use, by the store
/// and by a bare map, once this process has cached each session.
#[test]
#[ignore = "a part of the load run, in a process of its own"]
fn measure_redis() {
    let (Some(sessions), Some(port)) = (number(SESSIONS), number(REDIS)) else {
        return;
    };
    let ring = KeyRing::new(&SystemEntropy, STARTED);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let clock = ManualClock::at(after(STARTED, Duration::from_hours(1)));
        let store = open_redis(u16::try_from(port).unwrap(), sessions, &ring, &clock);
        let secrets = Secrets::new(&ring, Arc::new(SystemEntropy));
        let ids: Vec<HashedId> = stream::iter(0..sessions)
            .map(|number| sign_in(&store, &secrets, number))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        // Each is looked up once and used once: from now on the cache is enough.
        let seen = stream::iter(&ids).map(|id| async {
            store.session(*id).await.unwrap().unwrap();
            store.touch(*id, clock.now()).await.unwrap();
        });
        seen.buffer_unordered(AT_ONCE).for_each(|()| async {}).await;
        // From the cache, unless this process was so busy that it missed Redis's messages for a while and had to ask.
        let here = tokio::runtime::Handle::current();
        let soon = |id| {
            let known = store.session(id).now_or_never();
            known.unwrap_or_else(|| here.block_on(store.session(id)))
        };
        let (ours, bare) = tokio::task::block_in_place(|| looks(&store, soon, &order(&ids), &ids));
        say("0");
        say(&format!("{} {}", ours.as_nanos(), bare.as_nanos()));
    });
}

fn open_redis(port: u16, sessions: u64, ring: &KeyRing, clock: &ManualClock) -> RedisStore {
    let most = usize::try_from(sessions).unwrap();
    let settings = RedisSettings {
        address: RedisAddress {
            setup: Setup::Single(("127.0.0.1".to_owned(), port)),
            user: None,
            password: None,
            database: 0,
            is_tls: false,
            ca: None,
            patience: Duration::from_secs(10),
            replicas: 0,
        },
        prefix: "load".to_owned(),
        grace: Duration::ZERO,
        bounds: Bounds {
            attempts: most,
            sessions: most,
            keeps_notices: false,
        },
        uses_every: Duration::from_mins(1),
        is_for_copy: false,
    };
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let sealer = Sealer::new(ring.clone(), Arc::clone(&entropy));
    RedisStore::open(settings, &sealer, Arc::new(clock.clone()), entropy)
}

/// An order that no cache foresees.
fn order(ids: &[HashedId]) -> Vec<HashedId> {
    (0..LOOKS)
        .map(|look| ids[look.wrapping_mul(7_919_111) % ids.len()])
        .collect()
}

/// Gives its length.
fn read_whole(file: &Path) -> usize {
    let mut file = std::fs::File::open(file).unwrap();
    let (mut buffer, mut all) = (vec![0; 1 << 20], 0);
    loop {
        let read = file.read(&mut buffer).unwrap();
        if read == 0 {
            return all;
        }
        black_box(&buffer);
        all += read;
    }
}

/// The median round of each side.
fn looks(
    store: &dyn Store,
    look: impl Fn(HashedId) -> Result<Option<Live>, StoreError>,
    order: &[HashedId],
    ids: &[HashedId],
) -> (Duration, Duration) {
    type Entry = Arc<(Arc<Session>, AtomicI64)>;
    let bare: papaya::HashMap<HashedId, Entry> = papaya::HashMap::new();
    for (number, id) in ids.iter().enumerate() {
        let session = Arc::new(session(number as u64));
        bare.pin().insert(*id, Arc::new((session, AtomicI64::new(0))));
    }
    let now = after(STARTED, Duration::from_hours(1) + Duration::from_secs(1));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // The first round also writes uses that are due to disk.
    for round in 0..=ROUNDS {
        let began = Instant::now();
        for id in order {
            black_box(look(*id).unwrap().unwrap());
            black_box(store.touch(*id, now).now_or_never());
        }
        let us = began.elapsed();
        let began = Instant::now();
        for id in order {
            let map = bare.pin();
            let entry = map.get(id).unwrap();
            black_box(Arc::clone(&entry.0));
            entry.1.fetch_max(now.as_millisecond(), Ordering::AcqRel);
        }
        if round > 0 {
            ours.push(us);
            theirs.push(began.elapsed());
        }
    }
    (median(ours), median(theirs))
}

fn median(mut rounds: Vec<Duration>) -> Duration {
    rounds.sort_unstable();
    rounds[rounds.len() / 2] / u32::try_from(LOOKS).unwrap()
}
