//! That a panic costs one request and no more (SEC-418): it must unwind, and no lock may stay poisoned by it.

use std::path::Path;

use super::{ROOT, read, sources};

/// How a lock of the standard library must be taken.
const TAKEN: &str = ".unwrap_or_else(PoisonError::into_inner)";

/// What else is called like that: locks of tokio, which are waited for, and functions of ours that take one so.
fn is_taken_well(before: &str, after: &str) -> bool {
    after.starts_with(TAKEN) || after.starts_with(".await") || before.ends_with("self")
}

/// The calls in a source that would fail for ever once somebody panicked. Whatever stands in its tests does not count.
fn poisoned(source: &str) -> Vec<String> {
    if !["Mutex", "RwLock", "Condvar", "OnceLock", "Once"]
        .iter()
        .any(|name| source.contains(name))
    {
        return Vec::new();
    }
    let source = source.split("#[cfg(test)]\nmod tests {").next();
    let lines = source.unwrap_or_default().lines();
    let code: String = lines
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.chars().filter(|letter| !letter.is_whitespace()))
        .collect();
    let mut found = Vec::new();
    for call in [".lock()", ".read()", ".write()"] {
        for (at, _) in code.match_indices(call) {
            let (before, after) = (&code[..at], &code[at + call.len()..]);
            if !is_taken_well(before, after) {
                let from = code.floor_char_boundary(at.saturating_sub(30));
                let to = code.floor_char_boundary((at + 60).min(code.len()));
                found.push(code[from..to].to_owned());
            }
        }
    }
    // Nothing of these goes on after a panic in what they run.
    for call in ["Once::new(", "Condvar::new("] {
        found.extend(code.contains(call).then(|| call.to_owned()));
    }
    found
}

#[test]
fn sec_418_no_lock_stays_poisoned() {
    let (mut wrong, mut locks) = (Vec::new(), 0);
    // Without the tests of a room, or of the library.
    for (path, source) in sources("src") {
        locks += source.matches("PoisonError::into_inner").count();
        wrong.extend(poisoned(&source).into_iter().map(|code| format!("{path}: {code}")));
    }
    assert!(locks > 30, "only {locks} locks were found");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_lock_that_stays_poisoned_is_found() {
    for bad in [
        "use std::sync::Mutex; fn f() { if let Ok(held) = LOCK.lock() {} }",
        "use std::sync::RwLock; fn f() { self.held\n    .read().ok() }",
        "use std::sync::RwLock; fn f() { held.write().map_err(|_| Closed)? }",
        "use std::sync::Once; static TOLD: Once = Once::new();",
    ] {
        assert_eq!(poisoned(bad).len(), 1, "{bad}");
    }
    for good in [
        "use std::sync::Mutex; fn f() { LOCK\n  .lock()\n  .unwrap_or_else(PoisonError::into_inner); }",
        "use tokio::sync::Mutex; fn f() { self.gate.lock().await; }",
        "use std::sync::Mutex; fn f() { self.lock().clear(); }",
        "fn f() { std::io::stdout().lock(); }",
        "use std::sync::Mutex;\n#[cfg(test)]\nmod tests {\n fn f() { LOCK.lock().unwrap(); }",
    ] {
        assert_eq!(poisoned(good), Vec::<String>::new(), "{good}");
    }
}

#[test]
fn sec_418_panics_unwind_in_every_build() {
    let manifest: toml::Table = toml::from_str(&read(&Path::new(ROOT).join("Cargo.toml"))).unwrap();
    let profiles = manifest["profile"].as_table().unwrap();
    assert_eq!(profiles["release"]["panic"].as_str(), Some("unwind"));
    for (name, profile) in profiles {
        let panic = profile.get("panic").and_then(toml::Value::as_str);
        assert_ne!(panic, Some("abort"), "{name}");
    }
    let settings = read(&Path::new(ROOT).join(".cargo/config.toml"));
    let image = read(&Path::new(ROOT).join("docker/Dockerfile"));
    for (name, text) in [(".cargo/config.toml", settings), ("docker/Dockerfile", image)] {
        assert!(!text.contains("panic"), "{name} may change what a panic does");
    }
}

/// Anybody could break requests with it, though nothing else.
#[test]
fn sec_418_what_panics_on_demand_is_in_debug_builds_alone() {
    let rooms = read(&Path::new(ROOT).join("src/web/middleware/mod.rs"));
    assert!(rooms.contains("#[cfg(debug_assertions)]\npub(super) mod dev_panic;"));
    let manifest: toml::Table = toml::from_str(&read(&Path::new(ROOT).join("Cargo.toml"))).unwrap();
    let release = manifest["profile"]["release"].as_table().unwrap();
    assert!(!release.contains_key("debug-assertions"));
}
