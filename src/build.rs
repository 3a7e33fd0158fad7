//! Tells the program which commit it is built from, for `portico_build_info`: what `SOURCE_COMMIT` says, as in the build
//! of the image, which has no git; or else git, in a release. Other builds change too often to be told apart by it. The
//! name does not begin like a setting: cargo gives the variable to the programs that it runs, too.

#![expect(
    clippy::disallowed_methods,
    reason = "this is how cargo and its build scripts talk to each other"
)]

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=src/build.rs");
    println!("cargo::rerun-if-env-changed=SOURCE_COMMIT");
    let given = env::var("SOURCE_COMMIT").ok().filter(|commit| is_one(commit));
    let commit = given.or_else(of_this_tree).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=SOURCE_COMMIT={commit}");
}

fn of_this_tree() -> Option<String> {
    if env::var("PROFILE").as_deref() != Ok("release") {
        return None;
    }
    let commit = git(&["rev-parse", "HEAD"])?;
    // Grows with every commit and checkout.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    println!("cargo::rerun-if-changed={log}");
    is_one(&commit).then_some(commit)
}

fn git(arguments: &[&str]) -> Option<String> {
    let answer = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(answer.stdout).ok()?;
    answer.status.success().then(|| text.trim().to_owned())
}

/// It becomes the value of a label: a hash, or a name such as `v1.2.3`.
fn is_one(commit: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    !commit.is_empty() && commit.len() <= 64 && commit.chars().all(is_plain)
}
