//! The built command as a process of its own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use super::wait::{eventually, soon};

/// The command, with none of this machine's settings in its environment.
pub(crate) fn portico(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portico"));
    command.args(arguments).env_clear().current_dir(std::env::temp_dir());
    command
}

/// Runs it to completion: exit code, standard output, standard error.
pub(crate) fn run(mut command: Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// A process that runs until it is told to stop. It never outlives its test.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
    complaints: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        // Read all the time: a process whose pipe is full stops.
        let stderr = child.stderr.take().unwrap();
        let complaints: Arc<Mutex<String>> = Arc::default();
        let kept = Arc::clone(&complaints);
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let mut kept = kept.lock().unwrap();
                kept.push_str(&line);
                kept.push('\n');
            }
        });
        Self {
            child,
            lines,
            complaints,
            reader,
        }
    }

    /// The id of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has written to standard error so far, its log included.
    pub(crate) fn complaints(&self) -> String {
        self.complaints.lock().unwrap().clone()
    }

    /// Waits for a line of output that begins like this, leading blanks aside, and gives the rest of it.
    pub(crate) fn says(&self, beginning: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(30));
            let line = line.unwrap_or_else(|_| panic!("nothing said that begins with {beginning}"));
            if let Some(rest) = line.trim_start().strip_prefix(beginning) {
                return rest.trim().to_owned();
            }
        }
    }

    /// SIGTERM, as an orchestrator sends it.
    pub(crate) fn send_sigterm(&self) {
        self.gets("-TERM");
    }

    /// SIGHUP, as a closed terminal or a tool for logs sends it.
    pub(crate) fn send_sighup(&self) {
        self.gets("-HUP");
    }

    /// Any signal, as `kill` takes it.
    pub(crate) fn gets(&self, signal: &str) {
        let told = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(told.success());
    }

    /// SIGKILL: the process cannot clean up.
    pub(crate) fn kill(&mut self) {
        // OK to ignore because it may have been killed before.
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }

    /// Waits for its end. Gives the exit code and standard error.
    pub(crate) async fn ends(mut self) -> (Option<i32>, String) {
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        let status = soon("the end of the process", async {
            loop {
                if let Some(status) = self.child.try_wait().unwrap() {
                    return status;
                }
                looks.tick().await;
            }
        })
        .await;
        eventually("the end of its output", async || self.reader.is_finished()).await;
        (status.code(), self.complaints())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // OK to ignore because it may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
