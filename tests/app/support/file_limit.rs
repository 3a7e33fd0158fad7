//! A process that can suddenly write no more to any file.

use std::process::Command;

use super::Running;

/// The words before a command that let it live through a write beyond its limit: the write fails, as on a full disk.
pub(crate) fn through() -> Vec<String> {
    ["/usr/bin/env", "--ignore-signal=XFSZ"].map(str::to_owned).to_vec()
}

/// From now on every write to a file fails.
pub(crate) fn impose(process: &Running) {
    limit(process, "0");
}

/// Writes work again.
pub(crate) fn lift(process: &Running) {
    limit(process, "unlimited");
}

fn limit(process: &Running, soft: &str) {
    let status = Command::new("/usr/bin/prlimit")
        .args(["--pid", &process.id().to_string()])
        .arg(format!("--fsize={soft}:unlimited"))
        .status();
    assert!(status.unwrap().success());
}
