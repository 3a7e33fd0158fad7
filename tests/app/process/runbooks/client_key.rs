//! A thief has what Portico proves itself with at Okta.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use okta_sim::test_keys::{CLIENT_SECRET, RSA_KEY_ID, RSA_PRIVATE_KEY_PEM};
use okta_sim::{ClientKey, ClientPatch, Endpoint, Settings};
use portico::clock::{Clock as _, SystemClock};
use serde_json::json;
use tempfile::{TempDir, tempdir};

use super::{asks_okta, org};
use crate::support::{Browser, PASSWORD, Served, eventually, portico, run};

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// A password that is tried from elsewhere, past every limit.
const TRY: [(&str, &str); 4] = [
    ("grant_type", "password"),
    ("scope", "openid"),
    ("username", "otp@example.com"),
    ("password", PASSWORD),
];

/// A service with its settings in a file, as SIGHUP reads them.
struct Victim {
    served: Served,
    folder: TempDir,
    customer: Browser,
}

impl Victim {
    async fn start(client: &str, settings: &str, files: &[(&str, &str)]) -> Self {
        let folder = tempdir().unwrap();
        for (name, text) in [&[("portico.toml", settings)], files].concat() {
            write(&folder.path().join(name), text);
        }
        let through = ["env", "-C", folder.path().to_str().unwrap()].map(str::to_owned);
        // A thief is no correct client.
        let org = Settings { strict: false, ..org() };
        let served = Served::start_through(through.into(), org, &[("OKTA__CLIENT_ID", client)]).await;
        let customer = signs_in(&served).await;
        Self {
            served,
            folder,
            customer,
        }
    }

    fn writes(&self, name: &str, text: &str) {
        write(&self.folder.path().join(name), text);
    }

    /// Step 2.
    async fn reloads(&self, named: &str) {
        self.served.process.send_sighup();
        let log = || self.served.process.complaints();
        eventually("the reload", async || log().contains("the settings were reloaded")).await;
        assert!(log().contains(named), "{}", log());
    }

    /// Step 3: whether Okta accepts what the settings name.
    async fn is_accepted(&self) -> bool {
        let mut check = portico(&["check", "--online"]);
        check
            .envs(self.served.variables.clone())
            .current_dir(self.folder.path());
        // The simulator answers on this thread meanwhile.
        let (code, said, complaints) = tokio::task::spawn_blocking(move || run(check)).await.unwrap();
        let is_refused = (said.clone() + &complaints).contains("okta-client-");
        assert!(code == 0 || is_refused, "{said}{complaints}");
        !is_refused
    }

    /// Sessions and sign-ins go on, and sign-outs reach Okta.
    async fn goes_on(&self) {
        assert_eq!(self.customer.session().await["active"], true);
        signs_in(&self.served).await;
        let revoked = self.served.okta.count(Endpoint::Revoke);
        self.customer.signs_out().await.expect(303);
        eventually("the revocation", async || {
            self.served.okta.count(Endpoint::Revoke) > revoked
        })
        .await;
    }
}

async fn signs_in(served: &Served) -> Browser {
    let browser = served.browser();
    browser.begins("password").await.expect(303);
    assert!(browser.is_signed_in());
    browser
}

/// A file that only its owner may read.
fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn a_stolen_client_secret_is_worth_nothing_once_it_is_replaced() {
    const NEW: &str = "portico-test-secret-that-took-its-place-0002";
    let settings = "[okta]\nclient_auth = \"client_secret_basic\"\nclient_secret_file = \"secret\"\n";
    let victim = Victim::start("portico-basic", settings, &[("secret", CLIENT_SECRET)]).await;
    let served = &victim.served;
    let thief = async || asks_okta(served, &TRY, Some(("portico-basic", CLIENT_SECRET))).await;
    assert_eq!(thief().await.1["error"], "mfa_required", "the password is right");

    let both = ClientPatch {
        secrets: Some(vec![CLIENT_SECRET.to_owned(), NEW.to_owned()]),
        ..ClientPatch::default()
    };
    served.okta.set_client("portico-basic", both).unwrap();
    victim.writes("secret", NEW);
    victim
        .reloads("okta.client_secret_file names a file with other content")
        .await;
    assert!(victim.is_accepted().await);
    let one = ClientPatch {
        secrets: Some(vec![NEW.to_owned()]),
        ..ClientPatch::default()
    };
    served.okta.set_client("portico-basic", one).unwrap();

    let (status, answer) = thief().await;
    assert_eq!((status, &answer["error"]), (401, &json!("invalid_client")));
    victim.goes_on().await;
    // The check of step 3 says so where the file still has the former one.
    victim.writes("secret", CLIENT_SECRET);
    assert!(!victim.is_accepted().await);
}

#[tokio::test]
async fn a_stolen_private_key_is_worth_nothing_once_it_is_replaced() {
    let settings = |file: &str, id: &str| {
        format!("[okta]\nclient_auth = \"private_key_jwt\"\nprivate_key_file = \"{file}\"\nprivate_key_id = \"{id}\"\n")
    };
    let files = [("key.pem", RSA_PRIVATE_KEY_PEM)];
    let victim = Victim::start("portico-key-rs", &settings("key.pem", RSA_KEY_ID), &files).await;
    let served = &victim.served;
    let thief = async || {
        let assertion = signed(&format!("{}/oauth2/v1/token", served.okta.issuer()));
        let proof = [("client_assertion_type", ASSERTION), ("client_assertion", &assertion)];
        asks_okta(served, &[&TRY[..], &proof].concat(), None).await
    };
    assert_eq!(thief().await.1["error"], "mfa_required", "the password is right");

    let new = new_key(victim.folder.path(), "new.pem", "the-new-one");
    let patch = |keys| ClientPatch {
        keys: Some(keys),
        ..ClientPatch::default()
    };
    let former = ClientKey::Rsa {
        kid: RSA_KEY_ID.to_owned(),
        n: modulus(victim.folder.path(), "key.pem"),
        e: "AQAB".to_owned(),
    };
    served
        .okta
        .set_client("portico-key-rs", patch(vec![former, new.clone()]))
        .unwrap();
    victim.writes("portico.toml", &settings("new.pem", "the-new-one"));
    victim.reloads("okta.private_key_id").await;
    assert!(victim.is_accepted().await);
    served.okta.set_client("portico-key-rs", patch(vec![new])).unwrap();

    let (status, answer) = thief().await;
    assert_eq!((status, &answer["error"]), (401, &json!("invalid_client")));
    victim.goes_on().await;
    victim.writes("portico.toml", &settings("key.pem", RSA_KEY_ID));
    assert!(!victim.is_accepted().await);
}

/// What the stolen key proves.
fn signed(audience: &str) -> String {
    use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
    let now = SystemClock.now().as_second();
    let claims = json!({
        "iss": "portico-key-rs",
        "sub": "portico-key-rs",
        "aud": audience,
        "iat": now,
        "exp": now + 60,
        "jti": format!("{}", SystemClock.now().as_nanosecond()),
    });
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some(RSA_KEY_ID.to_owned());
    let key = EncodingKey::from_rsa_pem(RSA_PRIVATE_KEY_PEM.as_bytes()).unwrap();
    encode(&header, &claims, &key).unwrap()
}

/// Makes a key as docs/okta-setup.md says. Gives its public half.
fn new_key(folder: &Path, file: &str, kid: &str) -> ClientKey {
    openssl(
        folder,
        &[
            "genpkey",
            "-algorithm",
            "RSA",
            "-pkeyopt",
            "rsa_keygen_bits:2048",
            "-out",
            file,
        ],
    );
    std::fs::set_permissions(folder.join(file), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    ClientKey::Rsa {
        kid: kid.to_owned(),
        n: modulus(folder, file),
        e: "AQAB".to_owned(),
    }
}

fn modulus(folder: &Path, file: &str) -> String {
    let said = openssl(folder, &["rsa", "-in", file, "-noout", "-modulus"]);
    let digits = said.trim().strip_prefix("Modulus=").unwrap();
    let bytes = digits.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).unwrap();
        u8::from_str_radix(pair, 16).unwrap()
    });
    URL_SAFE_NO_PAD.encode(bytes.collect::<Vec<u8>>())
}

fn openssl(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output();
    let output = output.expect("openssl is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
