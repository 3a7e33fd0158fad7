//! `portico check --online`, with orgs, networks and Redis servers that are well or broken in one way each: what is
//! broken is named by exactly its code, and nothing else is.

mod network;
mod orgs;
mod portals;
mod redis;
#[path = "../../../src/session/redis/tests/server.rs"]
#[expect(dead_code, reason = "the store's own tests need more of it")]
pub(super) mod redis_server;
mod tls_server;

use okta_sim::{Misuse, Simulator, test_keys};
use serde_json::Value;

use crate::support::{portico, ports, run};

/// Every kind of misuse that a check of a broken org may look like.
const OF_BROKEN_ORGS: [Misuse; 6] = [
    Misuse::UnknownClient,
    Misuse::UnknownPath,
    Misuse::BadAssertion,
    Misuse::BadParameter,
    Misuse::BadProof,
    Misuse::SeveralCredentials,
];

type Setting<'a> = (&'a str, &'a str);

/// What one run said.
#[derive(Debug)]
struct Checked {
    code: i32,
    document: Value,
    /// Everything that was printed, for people and for programs.
    printed: String,
}

impl Checked {
    fn codes(&self) -> Vec<&str> {
        let findings = self.document["findings"].as_array().unwrap();
        findings
            .iter()
            .map(|finding| finding["code"].as_str().unwrap())
            .collect()
    }

    fn text(&self) -> &str {
        self.document["findings"][0]["text"].as_str().unwrap_or_default()
    }

    /// Whether it says that not everything could be asked.
    fn is_cut_short(&self) -> bool {
        let unseen = self.document["unseen"].as_array().unwrap();
        unseen
            .iter()
            .any(|line| line.as_str().unwrap().ends_with("check again then"))
    }

    /// Nothing is reported.
    #[track_caller]
    fn is_well(&self, name: &str) {
        assert_eq!(self.codes(), Vec::<&str>::new(), "{name}: {}", self.printed);
        assert_eq!((self.code, &self.document["outcome"]), (0, &"ok".into()), "{name}");
        assert!(!self.is_cut_short(), "{name}: {}", self.printed);
    }

    /// One thing is reported, which decides the exit code.
    #[track_caller]
    fn is(&self, name: &str, code: &str) {
        assert_eq!(self.codes(), [code], "{name}: {}", self.printed);
        let finding = &self.document["findings"][0];
        let is_warning = finding["severity"] == "warning";
        let outcome = if is_warning { "ok" } else { "problems" };
        assert_eq!(self.document["outcome"], outcome, "{name}");
        assert_eq!(self.code, i32::from(!is_warning), "{name}");
        assert_eq!(finding["docs"], format!("docs/check.md#{code}"));
        assert!(
            self.printed.contains(&format!(": {code}: ")),
            "{name}: {}",
            self.printed
        );
    }
}

/// Runs the command for people and for programs. Both say the same.
fn check(settings: &[Setting<'_>]) -> Checked {
    let (code, text, complaints) = run(command(&["check", "--online"], settings));
    let (again, json, quiet) = run(command(&["check", "--online", "--json"], settings));
    assert_eq!(code, again, "{text}{json}");
    assert_eq!(quiet, "", "everything is in the document");
    let document: Value = serde_json::from_str(&json).unwrap_or_else(|_| panic!("{json}{complaints}"));
    let printed = format!("{text}{complaints}{json}");
    let checked = Checked {
        code,
        document,
        printed,
    };
    for code in checked.codes() {
        assert!(text.contains(&format!(": {code}: ")), "{text}");
    }
    checked
}

fn command(arguments: &[&str], settings: &[Setting<'_>]) -> std::process::Command {
    let mut command = portico(arguments);
    for (key, value) in settings {
        command.env(format!("PORTICO_{}", key.replace('.', "__").to_uppercase()), value);
    }
    command
}

/// Checks an org: the settings of the demo, with these over them.
fn check_org(okta: &Simulator, settings: &[Setting<'_>]) -> Checked {
    let org = okta.issuer();
    let at = format!("http://localhost:{}", okta.port());
    let org = if org.starts_with("https") { org } else { at };
    let base: [Setting<'_>; 5] = [
        ("public_url", "http://localhost:8080"),
        ("okta.org_url", &org),
        ("okta.client_id", "portico-demo"),
        ("store.kind", "memory"),
        ("sign_in.links.forgot_password", "https://www.example.com/password"),
    ];
    let checked = check(&[&base, settings].concat());
    is_harmless(okta, &checked);
    checked
}

/// Nobody was named, nothing counts against anybody, and no secret was printed.
fn is_harmless(okta: &Simulator, checked: &Checked) {
    assert_eq!(okta.touched_accounts(), Vec::<String>::new());
    let people = okta.logins();
    for request in okta.requests() {
        for field in ["username", "login_hint"] {
            let named = request.form.get(field);
            assert!(named.is_none_or(|name| !people.contains(name)), "{request:?}");
        }
    }
    let secrets = okta.secrets_issued();
    let key = |pem: &str| pem.lines().nth(1).unwrap().to_owned();
    let ours = [
        test_keys::CLIENT_SECRET.to_owned(),
        WRONG_SECRET.to_owned(),
        key(test_keys::RSA_PRIVATE_KEY_PEM),
        key(test_keys::EC_PRIVATE_KEY_PEM),
    ];
    for secret in ours.iter().chain(&secrets) {
        assert!(!checked.printed.contains(secret), "{}", checked.printed);
    }
    assert!(!checked.printed.contains("PRIVATE KEY"), "{}", checked.printed);
}

/// Long enough to sign with.
const WRONG_SECRET: &str = "a-secret-that-okta-has-never-seen-000001";
