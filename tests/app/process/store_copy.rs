//! `portico store copy`: from the file to Redis and back, and what it refuses.

mod load;
mod refusals;

use std::path::PathBuf;

use okta_sim::{Endpoint, Fault, FaultKind, Limits, Settings};
use tempfile::{TempDir, tempdir};

use super::online_check::redis_server::{RedisServer, is_here};
use crate::support::{PASSWORD, Served, client, eventually, free_port, portico, run};
use load::Load;

/// Where sessions are.
#[derive(Debug, Clone, Copy)]
enum Kind {
    File,
    Redis,
}

/// A Redis, and the settings of a store in it and of one in a file, with one key ring.
struct Stores {
    redis: RedisServer,
    folder: TempDir,
}

impl Stores {
    async fn new() -> Self {
        let stores = Self {
            redis: RedisServer::with(&["--save", ""]).await,
            folder: tempdir().unwrap(),
        };
        stores.new_ring("keys.toml");
        for kind in [Kind::File, Kind::Redis] {
            stores.settings(kind, "keys.toml", "");
        }
        stores
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn new_ring(&self, name: &str) {
        let file = self.path(name);
        let made = run(portico(&["keys", "new", file.to_str().unwrap()]));
        assert_eq!(made.0, 0, "{made:?}");
    }

    /// The settings of `[store]` as keys and values.
    fn store(&self, kind: Kind, ring: &str) -> Vec<(&'static str, String)> {
        let ring = ("keys_file", self.path(ring).display().to_string());
        match kind {
            Kind::File => vec![
                ("kind", "embedded".to_owned()),
                ("path", self.path("portico.redb").display().to_string()),
                ring,
            ],
            Kind::Redis => vec![
                ("kind", "redis".to_owned()),
                ("url", format!("redis://127.0.0.1:{}", self.redis.port())),
                ring,
            ],
        }
    }

    /// Writes the file with the settings of a store. Gives its name.
    fn settings(&self, kind: Kind, ring: &str, more: &str) -> String {
        let file = self.path(&format!("{kind:?}.toml"));
        let text = "public_url = \"https://signin.example.com\"\n[okta]\norg_url = \"https://example.okta.com\"\n\
                    client_id = \"0oa1\"\n[store]\n";
        let store = self.store(kind, ring).into_iter();
        let lines: Vec<String> = store.map(|(key, value)| format!("{key} = {value:?}\n")).collect();
        std::fs::write(&file, text.to_owned() + &lines.concat() + more).unwrap();
        file.display().to_string()
    }

    /// Has a service use this store from its next start on.
    fn choose(&self, kind: Kind, variables: &mut Vec<(String, String)>) {
        variables.retain(|(name, _)| !name.starts_with("PORTICO_STORE__"));
        let store = self.store(kind, "keys.toml").into_iter();
        variables.extend(store.map(|(key, value)| (format!("PORTICO_STORE__{}", key.to_uppercase()), value)));
    }

    async fn served(&self, kind: Kind) -> Served {
        let limits = Limits {
            user_per_second: 0,
            token_per_minute: 1_000_000,
            other_per_minute: 1_000_000,
            ..Limits::default()
        };
        let org = Settings {
            limits,
            ..Settings::default()
        };
        let store = self.store(kind, "keys.toml").into_iter();
        let mut settings: Vec<(String, String)> = store
            .map(|(key, value)| (format!("STORE__{}", key.to_uppercase()), value))
            .collect();
        for name in ["ADDRESS_BURST", "ACCOUNT_BURST", "PAIR_BURST"] {
            settings.push((format!("LIMITS__{name}"), "1000".to_owned()));
        }
        settings.push(("SESSION__MAX_PER_USER".to_owned(), "1000".to_owned()));
        let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (&**name, &**value)).collect();
        Served::start_with(org, &settings).await
    }

    /// Runs the command: exit code, and what it said.
    async fn copy(&self, from: Kind, to: Kind, more: &[&str]) -> (i32, String) {
        let [from, to] = [from, to].map(|kind| self.path(&format!("{kind:?}.toml")).display().to_string());
        let arguments = [&["store", "copy", "--from", &from, "--to", &to], more].concat();
        let command = portico(&arguments);
        // The simulator and the customers go on meanwhile.
        let (code, said, complaints) = tokio::task::spawn_blocking(move || run(command)).await.unwrap();
        (code, said + &complaints)
    }

    /// Stops the service, copies, and starts it on the copy.
    async fn moves(&self, served: Served, from: Kind, to: Kind) -> Served {
        let moved = served.away_while(async |variables: &mut Vec<(String, String)>| {
            let (code, said) = self.copy(from, to, &[]).await;
            assert!(code == 0 && said.starts_with("copied and compared: "), "{said}");
            self.choose(to, variables);
        });
        moved.await
    }
}

async fn owed(served: &Served) -> String {
    gauge(served, "portico_revocations_owed").await
}

/// The line of the metrics that begins so.
async fn gauge(served: &Served, name: &str) -> String {
    let metrics = client().get(format!("{}/metrics", served.ops)).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    let line = metrics
        .lines()
        .find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
    line.unwrap_or_default().to_owned()
}

#[tokio::test]
async fn under_load_from_the_file_to_redis_and_back_nobody_is_signed_out_and_nobody_lives_again() {
    if !is_here() {
        return;
    }
    let stores = Stores::new().await;
    let served = stores.served(Kind::File).await;
    let waiting = served.browser();
    let push = waiting.reaches("push", "push").await;
    let load = Load::begin(&served);
    load.grows_by(20).await;
    let served = stores.moves(served, Kind::File, Kind::Redis).await;
    load.grows_by(20).await;
    waiting.gets(&push.url).await.expect(200);
    let served = stores.moves(served, Kind::Redis, Kind::File).await;
    load.grows_by(20).await;
    load.ends().await;
    // The sign-in that was in progress all the time.
    let page = waiting.gets(&push.url).await;
    let phone = served.okta.phone("push");
    phone.approve(&phone.pending().unwrap().id).unwrap();
    eventually("the session", async || {
        waiting.says_approved(&page).await;
        waiting.is_signed_in()
    })
    .await;
    eventually("every revocation", async || {
        owed(&served).await == "portico_revocations_owed 0"
    })
    .await;
}

#[tokio::test]
async fn sec_111_what_is_owed_to_okta_and_what_was_counted_comes_along() {
    if !is_here() {
        return;
    }
    let stores = Stores::new().await;
    let served = stores.served(Kind::File).await;
    let fault = Fault::new(Endpoint::Revoke, FaultKind::Maintenance);
    served.okta.faults().push(fault.times(1000));
    let browser = served.browser();
    browser.begins("password").await.expect(303);
    browser.signs_out().await.expect(303);
    let tries = async |served: &Served| {
        let stranger = served.browser();
        let form = stranger.opens_sign_in(None).await;
        stranger.submits_password(&form, "otp", "wrong").await.status
    };
    for _ in 0..5 {
        assert_eq!(tries(&served).await, 403);
    }
    assert_eq!(tries(&served).await, 429);
    let served = stores.moves(served, Kind::File, Kind::Redis).await;
    assert_eq!(tries(&served).await, 429);
    eventually("what is owed", async || {
        owed(&served).await == "portico_revocations_owed 1"
    })
    .await;
    let stranger = served.browser();
    let form = stranger.opens_sign_in(None).await;
    let answer = stranger.submits_password(&form, "otp", PASSWORD).await;
    assert_eq!(answer.status, 429, "the right one, too");
    // Names that replicas share cannot be turned back, and the command says so.
    let served = served.away_while(async |variables: &mut Vec<(String, String)>| {
        let (code, said) = stores.copy(Kind::Redis, Kind::File, &[]).await;
        assert_eq!(code, 0, "{said}");
        assert!(
            said.contains("1 pending revocation, 0 logout notices\nleft out: counts of wrong passwords"),
            "{said}"
        );
        stores.choose(Kind::File, variables);
    });
    let served = served.await;
    assert_eq!(owed(&served).await, "portico_revocations_owed 1");
    assert_eq!(tries(&served).await, 403);
}

#[tokio::test]
async fn what_portals_are_owed_past_tries_and_closed_sign_ins_come_along() {
    if !is_here() {
        return;
    }
    let stores = Stores::new().await;
    let target = format!("portal.example.com=http://127.0.0.1:{}/logout", free_port());
    let home = "https://portal.example.com/";
    for kind in [Kind::File, Kind::Redis] {
        let portal = format!("[portal]\nhome_url = {home:?}\nlogout_url = [{target:?}]\n");
        stores.settings(kind, "keys.toml", &portal);
    }
    let served = stores.served(Kind::File).await;
    let served = served.away_while(async |variables: &mut Vec<(String, String)>| {
        variables.push(("PORTICO_PORTAL__HOME_URL".to_owned(), home.to_owned()));
        variables.push(("PORTICO_PORTAL__LOGOUT_URL".to_owned(), target.clone()));
    });
    let served = served.await;
    let ask = |served: &Served, arguments: &[&str]| {
        let ops = served.ops.trim_start_matches("http://");
        let (code, said, complaints) = run(portico(&[arguments, &["--ops", ops]].concat()));
        assert_eq!(code, 0, "{said}{complaints}");
        said
    };
    let browser = served.browser();
    browser.begins("password").await.expect(303);
    browser.signs_out().await.expect(303);
    let stranger = served.browser();
    let form = stranger.opens_sign_in(None).await;
    stranger.submits_password(&form, "otp", "wrong").await.expect(403);
    ask(&served, &["closed", "on"]);
    let has_all = async |served: &Served| {
        let tries = ask(served, &["user", "show", "otp@example.com"]);
        tries.contains(": wrong_credentials (password)")
            && ask(served, &["closed", "show"]).starts_with("sign-ins are closed since")
            && gauge(served, "portico_portal_logouts_owed").await == "portico_portal_logouts_owed 1"
    };
    assert!(has_all(&served).await);
    let served = stores.moves(served, Kind::File, Kind::Redis).await;
    assert!(has_all(&served).await, "in Redis");
    let served = stores.moves(served, Kind::Redis, Kind::File).await;
    assert!(has_all(&served).await, "in the file");
}
