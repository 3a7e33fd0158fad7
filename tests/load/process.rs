//! Processes that end when their guard is dropped.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::machine;
use crate::ports::free_port;

/// A program that is killed on drop.
#[derive(Debug)]
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn memory_kib(&self) -> u64 {
        machine::memory_kib(self.0.id())
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.0.try_wait().is_ok_and(|status| status.is_some())
    }

    pub(crate) fn cpu(&self) -> Duration {
        machine::cpu(self.0.id())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // OK to ignore because a process that cannot be killed has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The file with the certificates that are trusted. Without it each file of a folder is read.
const CERTIFICATES: &str = "SSL_CERT_FILE";

/// The setting for how the C library allocates memory.
const TUNABLES: &str = "GLIBC_TUNABLES";

/// As the image sets it, so that the figures are the image's; the bare server has the same.
fn tunables() -> &'static str {
    of_the_image(TUNABLES)
}

/// What the image sets a variable to.
fn of_the_image(variable: &str) -> &'static str {
    include_str!("../../docker/Dockerfile")
        .lines()
        .find_map(|line| line.strip_prefix("ENV ")?.strip_prefix(variable)?.strip_prefix('='))
        .expect("the image sets it")
}

/// The service.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) process: Process,
    pub(crate) port: u16,
    /// Holds the store; deleted when the run ends. `None`: another owner has it.
    _folder: Option<TempDir>,
}

impl Service {
    /// Starts it in front of the org on this port. The log goes to a file, for when something goes wrong.
    pub(crate) fn start(okta_port: u16) -> Self {
        let folder = tempfile::tempdir().expect("a place for the store");
        let store = file(folder.path(), "portico.redb");
        Self {
            _folder: Some(folder),
            ..Self::start_with(okta_port, &[("STORE__PATH", store)])
        }
    }

    /// The same with a store that was filled before, and its keys.
    pub(crate) fn start_over(okta_port: u16, folder: &Path) -> Self {
        let settings = [
            ("STORE__PATH", file(folder, "portico.redb")),
            ("STORE__KEYS_FILE", file(folder, "keys")),
        ];
        Self::start_with(okta_port, &settings)
    }

    /// The same with this Redis; the keys are made in the folder.
    pub(crate) fn start_on_redis(okta_port: u16, redis_port: u16, folder: &Path) -> Self {
        let keys = Command::new(env!("CARGO_BIN_EXE_portico"))
            .args(["keys", "new"])
            .output()
            .expect("keys");
        let path = folder.join("keys");
        std::fs::write(&path, keys.stdout).expect("a place for the keys");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("a file");
        let settings = [
            ("STORE__KIND", "redis".to_owned()),
            ("STORE__URL", format!("redis://127.0.0.1:{redis_port}")),
            ("STORE__KEYS_FILE", file(folder, "keys")),
        ];
        Self::start_with(okta_port, &settings)
    }

    /// The same with a store of its own and these access rules, as TOML writes them on one line.
    pub(crate) fn start_with_rules(okta_port: u16, rules: &str) -> Self {
        let folder = tempfile::tempdir().expect("a place for the store");
        let settings = [
            ("STORE__PATH", file(folder.path(), "portico.redb")),
            ("PORTAL__RULES", rules.to_owned()),
        ];
        Self {
            _folder: Some(folder),
            ..Self::start_with(okta_port, &settings)
        }
    }

    fn start_with(okta_port: u16, settings: &[(&str, String)]) -> Self {
        let port = free_port();
        let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join("load-service.log");
        let log = File::create(log).expect("a place for the log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_portico"));
        // The service refuses unknown settings, and the environment of this run may have some.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PORTICO_")) {
            command.env_remove(name);
        }
        let settings = settings.iter().map(|(name, value)| (format!("PORTICO_{name}"), value));
        let child = command
            .arg("serve")
            .envs(small_production(port, okta_port))
            .envs(settings)
            .env(TUNABLES, tunables())
            .env(CERTIFICATES, of_the_image(CERTIFICATES))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the same place"))
            .stderr(log)
            .spawn()
            .expect("the service starts");
        Self {
            process: Process(child),
            port,
            _folder: None,
        }
    }
}

/// The settings of a small production, in front of the org on this port: limits and log at their defaults.
pub(crate) fn small_production(port: u16, okta_port: u16) -> Vec<(&'static str, String)> {
    vec![
        ("PORTICO_PUBLIC_URL", format!("http://localhost:{port}")),
        ("PORTICO_LISTEN", format!("127.0.0.1:{port}")),
        ("PORTICO_OPS__LISTEN", format!("127.0.0.1:{}", free_port())),
        ("PORTICO_OKTA__ORG_URL", format!("http://localhost:{okta_port}")),
        ("PORTICO_OKTA__CLIENT_ID", "portico-demo".to_owned()),
        // Each visitor has an address of their own, as customers do.
        ("PORTICO_LIMITS__TRUSTED_PROXIES", "127.0.0.1/32".to_owned()),
        ("PORTICO_LIMITS__ATTEMPT_LIFETIME", "1h".to_owned()),
    ]
}

fn file(folder: &Path, name: &str) -> String {
    let path = folder.join(name);
    path.to_str().expect("a name in UTF-8").to_owned()
}

/// This program again, as one of [`crate::parts`]. It ends with its standard input, so it cannot be left behind.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) process: Process,
    pub(crate) port: u16,
    answers: BufReader<ChildStdout>,
}

impl Part {
    /// Starts the part and waits until it has said its port.
    pub(crate) fn start(name: &str, variables: &[(&str, String)]) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args([
                "--exact",
                &format!("parts::{name}"),
                "--ignored",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(IS_PART, "1")
            .env(TUNABLES, tunables())
            .envs(variables.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts again");
        let answers = BufReader::new(child.stdout.take().expect("its output"));
        let mut part = Self {
            process: Process(child),
            port: 0,
            answers,
        };
        part.port = part.answer().parse().expect("a port");
        part
    }

    /// Sends the part a question and reads its answer.
    pub(crate) fn ask(&mut self, question: &str) -> String {
        let input = self.process.0.stdin.as_mut().expect("its input");
        writeln!(input, "{question}").expect("the part listens");
        self.answer()
    }

    /// The next line of the part.
    pub(crate) fn answer(&mut self) -> String {
        loop {
            let mut line = String::new();
            let length = self.answers.read_line(&mut line).expect("text");
            assert!(length > 0, "a part of the load run has ended");
            // The test harness writes to the same pipe.
            if let Some((_, answer)) = line.trim_end().split_once(MARK) {
                return answer.to_owned();
            }
        }
    }
}

/// Its presence makes this process a part.
pub(crate) const IS_PART: &str = "PORTICO_LOAD_PART";

/// The prefix of what a part says.
pub(crate) const MARK: &str = "load: ";
