//! A thief has the key ring, and for one of the attacks also a copy of the store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use okta_sim::Endpoint;
use portico::clock::SystemEntropy;
use portico::session::HashedId;
use portico::session::secrets::Secrets;
use portico::session::secrets::keys::KeyRing;
use redb::{ReadableDatabase as _, ReadableTable as _, TableDefinition};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

use super::{new_ring, org, restarted, types};
use crate::support::{DEVICE, SESSION, Served, client, eventually, portico, run};

/// A host of the portal that the session cookie does not reach, and the cookie that it has instead.
const PORTAL: &str = "app.localhost:4001";
const HOST_COOKIE: &str = "portico-pass";
const LOGIN: &str = "password@example.com";

/// The thief's things.
struct Thief {
    /// Another service, with the stolen ring and an org where the thief knows every password.
    service: Served,
    ring: PathBuf,
    _folder: TempDir,
}

impl Thief {
    async fn with(ring: &Path) -> Self {
        let folder = tempdir().unwrap();
        let stolen = folder.path().join("stolen.toml");
        std::fs::copy(ring, &stolen).unwrap();
        let settings = [
            ("STORE__KEYS_FILE", stolen.to_str().unwrap()),
            ("PORTAL__ASSERTION", "true"),
        ];
        Self {
            service: Served::start_with(org(), &settings).await,
            ring: stolen,
            _folder: folder,
        }
    }

    /// A device cookie for somebody else's account.
    async fn device(&self) -> String {
        let browser = self.service.browser();
        browser.begins(LOGIN).await.expect(303);
        browser.cookie(DEVICE).unwrap()
    }

    /// A cookie for somebody else's session at another host, from the id in a copy of the store.
    fn pass(&self, store: &Path) -> String {
        let copy = self.service.folder.path().join("copy.redb");
        std::fs::copy(store, &copy).unwrap();
        let ids: Vec<HashedId> = ids(&copy);
        let [id] = ids[..] else {
            panic!("one session, not {}", ids.len());
        };
        let text = std::fs::read_to_string(&self.ring).unwrap();
        let ring = KeyRing::parse(&text.into()).unwrap();
        let secrets = Secrets::new(&ring, Arc::new(SystemEntropy));
        secrets.host_cookies.issue(PORTAL, id)
    }
}

fn ids(store: &Path) -> Vec<HashedId> {
    let database = redb::Database::open(store).unwrap();
    let table: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("sessions");
    let table = database.begin_read().unwrap().open_table(table).unwrap();
    let ids = table
        .iter()
        .unwrap()
        .map(|entry| HashedId::parse(&URL_SAFE_NO_PAD.encode(entry.unwrap().0.value())).unwrap());
    ids.collect()
}

/// What the portal's proxy is told about a request with these cookies.
async fn portal_lets_in(served: &Served, cookie: &str) -> u16 {
    let request = client()
        .get(format!("{}/verify/caddy", served.base))
        .header("x-forwarded-proto", "http")
        .header("x-forwarded-host", PORTAL)
        .header("x-forwarded-uri", "/")
        .header("x-forwarded-method", "GET")
        .header("cookie", cookie);
    request.send().await.unwrap().status().as_u16()
}

/// The ids of the keys with which a portal verifies tokens of this service.
async fn key_ids(served: &Served) -> Vec<String> {
    let published = client()
        .get(format!("{}/.well-known/jwks.json", served.ops))
        .send()
        .await
        .unwrap();
    let keys: Value = published.json().await.unwrap();
    let keys = keys["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// What a wrong password is answered while strangers have tried the account too often.
async fn guesses(served: &Served, device: &str) -> u16 {
    let browser = served.browser();
    browser.plants_cookie(DEVICE, device);
    let form = browser.opens_sign_in(None).await;
    browser.submits_password(&form, LOGIN, "a guess").await.status
}

#[tokio::test]
async fn sec_216_what_a_thief_of_the_key_ring_makes_is_refused_and_nobody_is_signed_out() {
    let folder = tempdir().unwrap();
    let ring = folder.path().join("portico-keys.toml");
    new_ring(&ring);
    let settings = [
        ("STORE__KEYS_FILE", ring.to_str().unwrap()),
        ("LIMITS__TRUSTED_PROXIES", "127.0.0.1/32"),
        ("PORTAL__ALLOWED_HOSTS", PORTAL),
        ("PORTAL__ASSERTION", "true"),
    ];
    let served = Served::start_with(org(), &settings).await;
    let customer = served.browser();
    customer.begins(LOGIN).await.expect(303);
    let waiting = served.browser();
    let page = waiting.reaches("push", "push").await;

    let thief = Thief::with(&ring).await;
    let device = thief.device().await;
    let served = restarted(served).await;
    let pass = format!(
        "{HOST_COOKIE}={}",
        thief.pass(&served.folder.path().join("portico.redb"))
    );
    let stranger = || guesses(&served, "");
    for _ in 0..5 {
        assert_eq!(stranger().await, 403);
    }
    assert_eq!(stranger().await, 429);
    // The ring is worth something.
    assert_eq!(
        guesses(&served, &device).await,
        403,
        "a known browser has a try of its own"
    );
    assert_eq!(portal_lets_in(&served, &pass).await, 200);
    let stolen = key_ids(&thief.service).await;
    assert_eq!(key_ids(&served).await, stolen);

    // Steps 1 and 2.
    let new = folder.path().join("portico-keys-new.toml");
    let (old_name, new_name) = (ring.to_str().unwrap(), new.to_str().unwrap());
    let said = types(&served, &["keys", "rotate", "--compromised", old_name, new_name]).await;
    assert!(
        said.contains("marked as compromised") && !said.contains("secret ="),
        "{said}"
    );
    std::fs::rename(&new, &ring).unwrap();
    let served = restarted(served).await;

    assert_eq!(guesses(&served, &device).await, 429, "the browser is unknown");
    assert_eq!(portal_lets_in(&served, &pass).await, 401);
    let now = key_ids(&served).await;
    assert!(now.len() == 2 && now.iter().all(|id| !stolen.contains(id)), "{now:?}");
    // Customers notice nothing.
    assert_eq!(customer.session().await["active"], true);
    waiting.gets(&page.url).await.expect(200);
    let cookie = customer.cookie(SESSION).unwrap();
    customer.signs_out().await.expect(303);
    eventually("the revocation", async || served.okta.count(Endpoint::Revoke) == 1).await;
    customer.plants_cookie(SESSION, &cookie);
    assert_eq!(customer.session().await["active"], false);
    let later = served.browser();
    let code = later.reaches("otp", "otp").await;
    let answer = later.enters_code(&code, &served.okta.phone("otp").otp().unwrap()).await;
    answer.expect(303);

    // Step 4.
    let clean = folder.path().join("portico-keys-clean.toml");
    types(&served, &["keys", "drop", old_name, clean.to_str().unwrap()]).await;
    let text = std::fs::read_to_string(&clean).unwrap();
    assert_eq!(
        (text.matches("[[key]]").count(), text.contains("compromised")),
        (2, false)
    );
    std::fs::rename(&clean, &ring).unwrap();
    let served = restarted(served).await;
    assert_eq!(key_ids(&served).await, now);
    let (code, _, complaints) = run(portico(&["keys", "drop", old_name]));
    assert_eq!(code, 1);
    assert!(
        complaints.contains("no key that is marked as compromised"),
        "{complaints}"
    );
    assert_eq!(later.session().await["active"], true, "it was begun after the theft");

    // Whoever starts a replica with the former ring by mistake is told.
    let mut former = served.command();
    former.env("PORTICO_STORE__KEYS_FILE", &thief.ring);
    served.process.send_sigterm();
    assert_eq!(served.process.ends().await.0, Some(0));
    let (code, _, complaints) = run(former);
    assert_eq!(code, 1);
    assert!(
        complaints.contains("was sealed with keys that are not in the key ring"),
        "{complaints}"
    );
}
