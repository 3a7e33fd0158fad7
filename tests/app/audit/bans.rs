//! fail2ban and `CrowdSec` find what they are there for, in lines that the service wrote, and no customer.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::programs::{shipped, unpacked};
use super::{Audited, of, records};
use crate::support::{Browser, eventually, free_port};

const ATTACKER: &str = "203.0.113.7";
const ANOTHER: &str = "2001:db8::7";
const CUSTOMER: &str = "198.51.100.9";

/// The lines of an attacker who tries again and again, of another one, and of a customer who signs in every hour.
async fn written() -> (TempDir, PathBuf) {
    let settings = [("OPS__AUDIT_ADDRESS", "full"), ("LIMITS__TRUSTED_PROXIES", "127.0.0.1")];
    let audited = Audited::start(&settings).await;
    let at = |address: &str| -> Browser { audited.served.browser().with_header("x-forwarded-for", address) };
    for (address, tries) in [(ATTACKER, 30), (ANOTHER, 1)] {
        let browser = at(address);
        let mut form = browser.opens_sign_in(None).await;
        for _ in 0..tries {
            form = browser.submits_password(&form, "otp", "wrong").await;
        }
    }
    for _ in 0..30 {
        let browser = at(CUSTOMER);
        browser.begins("password").await.expect(303);
        browser.signs_out().await;
    }
    let (_, folder) = audited.stops().await;
    let file = folder.path().join("audit.jsonl");
    let records = records(&file);
    assert_eq!(of(&records, "factor_refused").len(), 31);
    assert_eq!(of(&records, "session_started").len(), 30);
    (folder, file)
}

#[tokio::test]
async fn fail2ban_finds_the_attackers_and_no_customer() {
    let Some(program) = unpacked("fail2ban") else {
        return;
    };
    let (_folder, file) = written().await;
    let output = Command::new("/usr/bin/python3")
        .env("PYTHONPATH", program.join("usr/lib/python3/dist-packages"))
        .arg(program.join("usr/bin/fail2ban-regex"))
        .arg("--config")
        .arg(program.join("etc/fail2ban"))
        .args(["--out", "<ip>"])
        .arg(&file)
        .arg(shipped("docker/fail2ban/filter.conf"))
        .output()
        .unwrap();
    let found = String::from_utf8(output.stdout).unwrap();
    let times = |address: &str| found.lines().filter(|line| line.trim() == address).count();
    assert_eq!(
        (times(ATTACKER), times(ANOTHER), times(CUSTOMER)),
        (30, 1, 0),
        "{found}"
    );
    assert_eq!(
        found.lines().filter(|line| !line.trim().is_empty()).count(),
        31,
        "{found}"
    );
}

/// `CrowdSec` with our parser and our scenario, and the part of it that keeps decisions.
struct CrowdSec {
    program: PathBuf,
    folder: TempDir,
    keeper: Option<Child>,
}

impl CrowdSec {
    fn new(program: PathBuf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for name in [
            "parsers/s00-raw",
            "parsers/s01-parse",
            "parsers/s02-enrich",
            "scenarios",
            "patterns",
            "data",
        ] {
            fs::create_dir_all(at(name)).unwrap();
        }
        let copy = |from: PathBuf, to: &str| fs::copy(&from, at(to)).unwrap();
        for pattern in fs::read_dir(program.join("etc/crowdsec/patterns")).unwrap() {
            let pattern = pattern.unwrap();
            copy(
                pattern.path(),
                &format!("patterns/{}", pattern.file_name().to_str().unwrap()),
            );
        }
        for name in ["profiles.yaml", "simulation.yaml"] {
            copy(program.join("etc/crowdsec").join(name), name);
        }
        let hub = program.join("usr/share/crowdsec/hub");
        for name in [
            "s00-raw/crowdsecurity/syslog-logs.yaml",
            "s02-enrich/crowdsecurity/dateparse-enrich.yaml",
        ] {
            copy(
                hub.join("parsers").join(name),
                &format!("parsers/{}", name.replace("crowdsecurity/", "")),
            );
        }
        copy(shipped("docker/crowdsec/parser.yaml"), "parsers/s01-parse/portico.yaml");
        copy(shipped("docker/crowdsec/scenario.yaml"), "scenarios/portico-bf.yaml");
        copy(shipped("docker/crowdsec/acquis.yaml"), "acquis.yaml");
        let (port, home) = (free_port(), folder.path().display());
        let settings = format!(
            "common: {{daemonize: false, log_media: stdout, log_level: info, working_dir: .}}\n\
             config_paths:\n  config_dir: {home}\n  data_dir: {home}/data\n  simulation_path: {home}/simulation.yaml\n  \
             hub_dir: {hub}\n  index_path: {hub}/.index.json\n\
             crowdsec_service: {{acquisition_path: {home}/acquis.yaml, parser_routines: 1}}\n\
             db_config: {{type: sqlite, db_path: {home}/data/crowdsec.db}}\n\
             api:\n  client: {{credentials_path: {home}/credentials.yaml}}\n  \
             server: {{listen_uri: \"127.0.0.1:{port}\", profiles_path: {home}/profiles.yaml}}\n\
             prometheus: {{enabled: false}}\n",
            hub = hub.display()
        );
        fs::write(at("config.yaml"), settings).unwrap();
        let credentials = format!("url: http://127.0.0.1:{port}/\nlogin: test\npassword: test\n");
        fs::write(at("credentials.yaml"), credentials).unwrap();
        Self {
            program,
            folder,
            keeper: None,
        }
    }

    fn command(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.program.join("usr/bin").join(name));
        command
            .arg("-c")
            .arg(self.folder.path().join("config.yaml"))
            .args(arguments);
        command
    }

    fn runs(&self, name: &str, arguments: &[&str]) -> String {
        let output = self.command(name, arguments).output().unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        assert!(output.status.success(), "{}", text.concat());
        text.concat()
    }

    /// Reads a log as if it had come in just now.
    async fn reads(&mut self, log: &Path) {
        let credentials = self.folder.path().join("credentials.yaml");
        let add = [
            "machines",
            "add",
            "test",
            "--password",
            "test",
            "--force",
            "-f",
            credentials.to_str().unwrap(),
        ];
        self.runs("cscli", &add);
        let mut keeper = self.command("crowdsec", &["-no-cs"]);
        self.keeper = Some(keeper.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let source = format!("file://{}", log.display());
        eventually("decisions", async || {
            let read = self
                .command("crowdsec", &["-dsn", &source, "-type", "portico", "-no-api"])
                .output();
            read.unwrap().status.success()
        })
        .await;
    }
}

impl Drop for CrowdSec {
    fn drop(&mut self) {
        if let Some(keeper) = &mut self.keeper {
            // OK to ignore because it may have ended by itself.
            let _ = keeper.kill();
            let _ = keeper.wait();
        }
    }
}

#[tokio::test]
async fn crowdsec_bans_who_tries_too_often_and_no_customer() {
    let Some(program) = unpacked("crowdsec") else {
        return;
    };
    let (_folder, file) = written().await;
    let mut crowdsec = CrowdSec::new(program);
    crowdsec.reads(&file).await;
    let decisions = crowdsec
        .command("cscli", &["decisions", "list", "-o", "json"])
        .output()
        .unwrap();
    let decisions: Value = serde_json::from_slice(&decisions.stdout).unwrap();
    let banned: Vec<&str> = decisions
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|alert| alert["decisions"].as_array().unwrap())
        .map(|decision| decision["value"].as_str().unwrap())
        .collect();
    assert_eq!(banned, [ATTACKER], "{decisions}");
}
