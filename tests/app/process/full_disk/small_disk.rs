//! A file system of a few MiB.

use std::fs::File;
use std::io::{BufRead as _, BufReader, ErrorKind, Write as _, copy, repeat};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// Set by `tests/run` and CI: then a missing program is a failure.
const REQUIRE_ALL: &str = "PORTICO_TESTS_REQUIRE_ALL";

const UNSHARE: &str = "/usr/bin/unshare";
const NSENTER: &str = "/usr/bin/nsenter";

/// In memory, and in a mount namespace of its own, so that nothing is left behind. It outlives the processes of the
/// service, as a volume does.
#[derive(Debug)]
pub(crate) struct SmallDisk {
    /// Holds the namespace.
    holder: Child,
    /// Where it is mounted, within the namespace.
    folder: TempDir,
    /// Options that enter the user namespace, if there is one.
    user: &'static [&'static str],
}

impl SmallDisk {
    /// `None` means that the test is skipped; the reason has been printed.
    pub(crate) fn new() -> Option<Self> {
        // Root can mount; other users need a user namespace, where the machine allows one.
        let as_root = Self::mount(&[], &[]);
        as_root
            .or_else(|| Self::mount(&["--user", "--map-root-user"], &["--user", "--preserve-credentials"]))
            .or_else(skip)
    }

    fn mount(unshare: &[&str], user: &'static [&'static str]) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let script = r#"mount -t tmpfs -o size=8m portico "$1" && echo mounted && exec cat"#;
        let mut holder = Command::new(UNSHARE)
            .args(unshare)
            .args(["--mount", "sh", "-c", script, "sh"])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut said = String::new();
        let mut output = BufReader::new(holder.stdout.take()?);
        output.read_line(&mut said).ok()?;
        let disk = Self { holder, folder, user };
        (said == "mounted\n").then_some(disk)
    }

    /// The words before a command that start it in the namespace.
    pub(crate) fn through(&self) -> Vec<String> {
        let target = ["--target", &self.holder.id().to_string(), "--mount"].map(str::to_owned);
        let words = [NSENTER.to_owned()].into_iter().chain(target);
        words.chain(self.user.iter().map(|word| (*word).to_owned())).collect()
    }

    /// The store, as the service sees it.
    pub(crate) fn store(&self) -> PathBuf {
        self.folder.path().join("portico.redb")
    }

    /// A file of the disk, as this process sees it.
    pub(crate) fn outside(&self, inside: &Path) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.id()));
        root.join(inside.strip_prefix("/").unwrap())
    }

    /// Fills the disk.
    pub(crate) fn fill(&self) {
        let mut file = File::create(self.filler()).unwrap();
        let full = copy(&mut repeat(7), &mut file).unwrap_err();
        assert_eq!(full.kind(), ErrorKind::StorageFull);
    }

    /// Empties it again.
    pub(crate) fn clear(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }

    /// Remounts it with these options.
    pub(crate) fn remount(&self, options: &str) {
        let [program, words @ ..] = &*self.through() else {
            unreachable!("there is a program")
        };
        let status = Command::new(program)
            .args(words)
            .args(["mount", "-o", &format!("remount,{options}")])
            .arg(self.folder.path())
            .status();
        assert!(status.unwrap().success());
    }

    fn filler(&self) -> PathBuf {
        self.outside(&self.folder.path().join("filler"))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // OK to ignore because it ends with its input anyway.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// Written past the test harness, which hides the output of tests that pass.
fn skip() -> Option<SmallDisk> {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    assert!(
        std::env::var_os(REQUIRE_ALL).is_none(),
        "app::{test} needs root or a user namespace, to mount a small disk"
    );
    let line = format!("skipped: app::{test} needs root or a user namespace, to mount a small disk\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
    None
}
