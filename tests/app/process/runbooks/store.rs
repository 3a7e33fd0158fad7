//! A thief has a copy of the store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use okta_sim::Endpoint;
use portico::clock::{Clock as _, SystemClock, SystemEntropy};
use portico::session::embedded::EmbeddedStore;
use portico::session::secrets::keys::KeyRing;
use portico::session::{Bounds, Sealer, SessionStore as _};
use tempfile::{TempDir, tempdir};

use super::{asks_okta, new_ring, org, owed, restarted, types};
use crate::support::{SESSION, Served, eventually, portico, run};

/// What the thief took while the service was running.
struct Copies {
    folder: TempDir,
    store: PathBuf,
    ring: PathBuf,
}

impl Copies {
    fn of(store: &Path, ring: &Path) -> Self {
        let folder = tempdir().unwrap();
        let copies = Self {
            store: folder.path().join("copy.redb"),
            ring: folder.path().join("copy.toml"),
            folder,
        };
        std::fs::copy(store, &copies.store).unwrap();
        std::fs::copy(ring, &copies.ring).unwrap();
        copies
    }

    /// The refresh tokens of everybody, by their login; read with the key ring.
    async fn refresh_tokens(&self) -> Vec<(String, String)> {
        let ring = KeyRing::parse(&std::fs::read_to_string(&self.ring).unwrap().into()).unwrap();
        let sealer = Sealer::new(ring, Arc::new(SystemEntropy));
        let bounds = Bounds {
            attempts: 100,
            sessions: 100,
            keeps_notices: true,
        };
        let now = SystemClock.now();
        let store = EmbeddedStore::open(&self.store, bounds, &sealer, Arc::new(SystemEntropy), now).unwrap();
        let mut found = Vec::new();
        for (id, live) in store.each_session().await.unwrap() {
            let tokens = store.tokens(id).await.unwrap().unwrap();
            let login = live.session.identity.login().to_owned();
            found.push((login, tokens.refresh.unwrap().expose_secret().to_owned()));
        }
        found
    }

    /// A service of the thief's own on the copy: exit code and complaints of a start that is refused.
    fn starts_with(&self, served: &Served, ring: &Path) -> (i32, String) {
        let mut command = portico(&["serve"]);
        command
            .envs(served.variables.clone())
            .env("PORTICO_LISTEN", "127.0.0.1:0")
            .env("PORTICO_OPS__LISTEN", "127.0.0.1:0")
            .env("PORTICO_STORE__PATH", &self.store)
            .env("PORTICO_STORE__KEYS_FILE", ring);
        let (code, _, complaints) = run(command);
        (code, complaints)
    }
}

async fn refreshes(served: &Served, token: &str) -> (u16, serde_json::Value) {
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "portico-demo"),
        ("scope", "openid offline_access"),
        ("refresh_token", token),
    ];
    asks_okta(served, &form, None).await
}

#[tokio::test]
async fn a_stolen_store_and_its_key_ring_are_worth_nothing_once_every_session_has_ended() {
    let folder = tempdir().unwrap();
    let ring = folder.path().join("portico-keys.toml");
    new_ring(&ring);
    let keys = ring.to_str().unwrap().to_owned();
    let served = Served::start_with(org(), &[("STORE__KEYS_FILE", &keys)]).await;
    let customers = [served.browser(), served.browser(), served.browser()];
    for customer in &customers {
        customer.begins("password").await.expect(303);
    }
    let copies = Copies::of(&served.folder.path().join("portico.redb"), &ring);

    // Without the ring that belongs to it, the copy is worth nothing.
    let other = copies.folder.path().join("other.toml");
    new_ring(&other);
    let (code, complaints) = copies.starts_with(&served, &other);
    assert_eq!(code, 1);
    assert!(complaints.contains("not in the key ring"), "{complaints}");
    let file = std::fs::read(&copies.store).unwrap();
    for readable in ["password@example.com", &customers[0].cookie(SESSION).unwrap()] {
        assert!(
            !file.windows(readable.len()).any(|part| part == readable.as_bytes()),
            "{readable}"
        );
    }
    // With it, it is.
    let tokens = copies.refresh_tokens().await;
    assert_eq!(tokens.len(), 3);
    assert_eq!(refreshes(&served, &tokens[0].1).await.0, 200);

    // Steps 1 and 2.
    let said = types(&served, &["sessions", "end", "--everyone"]).await;
    assert!(said.contains("3 sessions"), "{said}");
    eventually("every revocation", async || {
        owed(&served).await == "portico_revocations_owed 0"
    })
    .await;
    assert!(served.okta.count(Endpoint::Revoke) >= 3);
    for (login, token) in &tokens[1..] {
        let (status, answer) = refreshes(&served, token).await;
        assert_eq!(
            (status, answer["error"].as_str()),
            (400, Some("invalid_grant")),
            "{login}"
        );
    }
    for customer in &customers {
        assert_eq!(customer.session().await["active"], false);
    }

    // Step 3, and a customer who signs in again.
    let new = folder.path().join("portico-keys-new.toml");
    types(
        &served,
        &["keys", "rotate", "--compromised", &keys, new.to_str().unwrap()],
    )
    .await;
    std::fs::rename(&new, &ring).unwrap();
    let served = restarted(served).await;
    customers[0].begins("password").await.expect(303);
    let served = restarted(served).await;
    assert_eq!(customers[0].session().await["active"], true);
    // What is written now cannot be read with what was stolen.
    let later = Copies::of(&served.folder.path().join("portico.redb"), &copies.ring);
    let (code, complaints) = later.starts_with(&served, &copies.ring);
    assert_eq!(code, 1);
    assert!(complaints.contains("not in the key ring"), "{complaints}");
}

#[tokio::test]
async fn whoever_could_write_to_the_store_finds_another_one() {
    let folder = tempdir().unwrap();
    let (ring, new) = (folder.path().join("portico-keys.toml"), folder.path().join("new.toml"));
    new_ring(&ring);
    let mut served = Served::start_with(org(), &[("STORE__KEYS_FILE", ring.to_str().unwrap())]).await;
    let customer = served.browser();
    customer.begins("password").await.expect(303);
    let cookie = customer.cookie(SESSION).unwrap();
    let former = served.folder.path().join("portico.redb");
    let copies = Copies::of(&former, &ring);

    types(&served, &["sessions", "end", "--everyone"]).await;
    eventually("every revocation", async || {
        owed(&served).await == "portico_revocations_owed 0"
    })
    .await;
    new_ring(&new);
    let path = served.folder.path().join("another.redb");
    for (name, value) in [("KEYS_FILE", &new), ("PATH", &path)] {
        let name = format!("PORTICO_STORE__{name}");
        served.variables.retain(|(other, _)| *other != name);
        served.variables.push((name, value.to_str().unwrap().to_owned()));
    }
    let served = restarted(served).await;
    // The thief puts back the copy in which the session lives.
    std::fs::copy(&copies.store, &former).unwrap();
    let served = restarted(served).await;
    customer.plants_cookie(SESSION, &cookie);
    assert_eq!(customer.session().await["active"], false);
    customer.begins("password").await.expect(303);
    assert_eq!(customer.session().await["active"], true);
    drop(served);
}
