//! A portal verifies `Portico-Assertion` with common libraries: `PyJWT` and jose, as docs/forward-auth.md shows it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::programs::{has_file, is_here};
use crate::recipe::Kind;
use crate::scene::{Scene, plays, under_a_path};

/// Debian's Python, which finds the packages of apt.
const PYTHON: &str = "/usr/bin/python3";

#[tokio::test]
async fn sec_313_pyjwt_verifies_the_assertion() {
    if !is_here(PYTHON, &["-c", "import jwt, cryptography"]) {
        return;
    }
    let script = example("python");
    plays(Kind::Nginx, under_a_path, async |scene: Scene| {
        verifies(&scene, |token, keys, issuer, audience| {
            let mut command = Command::new(PYTHON);
            command.args(["-c", &script, token, keys, issuer, audience]);
            command
        })
        .await;
    })
    .await;
}

/// Sets back the clock that `PyJWT` reads, and runs the example.
fn with_a_clock_behind(script: &str, seconds: u32) -> String {
    format!(
        "import datetime, jwt.api_jwt\n\
         class Behind(datetime.datetime):\n\
         \x20   @classmethod\n\
         \x20   def now(cls, tz=None):\n\
         \x20       return super().now(tz) - datetime.timedelta(seconds={seconds})\n\
         jwt.api_jwt.datetime = Behind\n\
         {script}"
    )
}

#[tokio::test]
async fn a_portal_whose_clock_is_behind_takes_a_fresh_assertion() {
    if !is_here(PYTHON, &["-c", "import jwt, cryptography"]) {
        return;
    }
    let tolerant = example("python");
    let strict = tolerant.replace(", leeway=10", "");
    assert_ne!(strict, tolerant);
    let scripts = [
        (with_a_clock_behind(&strict, 4), true),
        (with_a_clock_behind(&tolerant, 14), true),
        // Otherwise this would not be the clock that it reads.
        (with_a_clock_behind(&strict, 60), false),
    ];
    plays(Kind::Nginx, under_a_path, async |scene: Scene| {
        let browser = scene.signed_in().await;
        let asked = scene.passes(&browser, "/orders").await;
        let token = asked.header("portico-assertion");
        let keys = scene.at("/auth/.well-known/jwks.json");
        let (issuer, audience) = (scene.at("/auth"), format!("localhost:{}", scene.port));
        for (script, is_taken) in &scripts {
            let mut command = Command::new(PYTHON);
            command.args(["-c", script, token, &keys, &issuer, &audience]);
            let run = move || command.env("no_proxy", "*").output().unwrap();
            let said = tokio::task::spawn_blocking(run).await.unwrap();
            assert_eq!(said.status.success(), *is_taken, "{script}: {said:?}");
            let text = String::from_utf8_lossy(&said.stdout);
            let expected = if *is_taken { asked.header("portico-user") } else { "" };
            assert_eq!(text.trim(), expected);
        }
    })
    .await;
}

#[tokio::test]
async fn sec_313_jose_verifies_the_assertion() {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/npm/node_modules/jose");
    if !is_here("node", &["--version"]) || !has_file(&library, "jose (run tests/run once)") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let modules = library.parent().unwrap();
    std::os::unix::fs::symlink(modules, folder.path().join("node_modules")).unwrap();
    let file: PathBuf = folder.path().join("verify.mjs");
    std::fs::write(&file, example("js")).unwrap();
    plays(Kind::Nginx, under_a_path, async |scene: Scene| {
        verifies(&scene, |token, keys, issuer, audience| {
            let mut command = Command::new("node");
            command.arg(&file).args([token, keys, issuer, audience]);
            command
        })
        .await;
    })
    .await;
}

/// The example in this language in the docs.
fn example(language: &str) -> String {
    let docs = include_str!("../../docs/forward-auth.md");
    let (_, after) = docs.split_once(&format!("```{language}\n")).expect("an example");
    after.split_once("```").unwrap().0.to_owned()
}

/// The example names the user for the right issuer and audience, and fails for any other and for a changed token.
async fn verifies(scene: &Scene, command: impl Fn(&str, &str, &str, &str) -> Command) {
    let browser = scene.signed_in().await;
    let asked = scene.passes(&browser, "/orders").await;
    let token = asked.header("portico-assertion");
    let keys = scene.at("/auth/.well-known/jwks.json");
    let (issuer, audience) = (scene.at("/auth"), format!("localhost:{}", scene.port));
    let said = async |token: &str, issuer: &str, audience: &str| {
        let mut command = command(token, &keys, issuer, audience);
        // It fetches the keys from the service in this process, so this thread must not block.
        let run = move || command.env("no_proxy", "*").output().unwrap();
        tokio::task::spawn_blocking(run).await.unwrap()
    };
    let good = said(token, &issuer, &audience).await;
    let text = String::from_utf8_lossy(&good.stdout);
    assert_eq!(text.trim(), asked.header("portico-user"), "{good:?}");
    let (head, signature) = token.rsplit_once('.').unwrap();
    let (start, rest) = signature.split_at(20);
    let other = if rest.starts_with('A') { "B" } else { "A" };
    let changed = format!("{head}.{start}{other}{}", &rest[1..]);
    for (token, issuer, audience) in [
        (token, issuer.as_str(), "other.example.com"),
        (token, "https://other.example.com", audience.as_str()),
        (&changed, &issuer, &audience),
    ] {
        let bad = said(token, issuer, audience).await;
        assert!(!bad.status.success(), "{bad:?}");
        assert!(bad.stdout.is_empty(), "{bad:?}");
    }
}
