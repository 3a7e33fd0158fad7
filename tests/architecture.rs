//! The walls of the house: which room may name which, which files run in circles, which names mean two things, how long a
//! file may be, what the manifests may depend on.
//!
//! The compiler guards the walls between crates; this guards those between the rooms of one crate. To allow something
//! new, change the tables, and say why in the same commit.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that stops is a test that failed"
)]

#[path = "architecture/audit.rs"]
mod audit;
#[path = "architecture/circles.rs"]
mod circles;
#[path = "architecture/circles_samples.rs"]
mod circles_samples;
#[path = "architecture/double_names.rs"]
mod double_names;
#[path = "architecture/everything_runs.rs"]
mod everything_runs;
#[path = "architecture/features.rs"]
mod features;
#[path = "architecture/log_errors.rs"]
mod log_errors;
#[path = "architecture/modules.rs"]
mod modules;
#[path = "architecture/named_files.rs"]
mod named_files;
#[path = "architecture/names.rs"]
mod names;
#[path = "architecture/outcomes.rs"]
mod outcomes;
#[path = "architecture/panics.rs"]
mod panics;
#[path = "architecture/picture.rs"]
mod picture;
#[path = "architecture/samples.rs"]
mod samples;
#[path = "architecture/security.rs"]
mod security;
#[path = "architecture/tokens.rs"]
mod tokens;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use names::{module_of, names_in};

/// Each room, and the rooms that it may name. Arrows point inward.
const ROOMS: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("trace", &[]),
    ("panics", &[]),
    ("http_client", &[]),
    ("config", &[]),
    ("domain", &[]),
    ("session", &["clock", "domain", "panics"]),
    ("limits", &["clock", "domain"]),
    ("portal", &["clock", "domain", "http_client", "session"]),
    ("flow", &["clock", "domain", "limits", "portal", "session", "trace"]),
    (
        "web",
        &["clock", "domain", "flow", "panics", "portal", "telemetry", "trace"],
    ),
    (
        "telemetry",
        &[
            "clock",
            "config",
            "domain",
            "flow",
            "http_client",
            "limits",
            "portal",
            "session",
            "trace",
        ],
    ),
];

/// Wiring may name everything. `build` is the build script, which names nothing.
const WIRING: &[&str] = &["", "main", "startup", "cli", "fuzzing", "build"];

/// Crates that belong to certain rooms; what is not listed here is free.
const CRATES: &[(&str, &[&str])] = &[
    ("actix_http", &["web", "telemetry"]),
    ("actix_web", &["web", "telemetry"]),
    ("clap", &[]),
    ("governor", &["limits"]),
    ("maud", &["web"]),
    ("okta_direct_auth", &["config", "domain", "flow", "session"]),
    ("okta_sim", &[]),
    ("opentelemetry_proto", &["telemetry"]),
    ("portico_views", &["web"]),
    ("prometheus_client", &["telemetry"]),
    ("prost", &["telemetry"]),
    // The portal room calls portals, at addresses that the operator gave.
    ("reqwest", &["http_client", "portal", "telemetry"]),
    (
        "tokio",
        &[
            "clock",
            "panics",
            "session",
            "limits",
            "portal",
            "flow",
            "web",
            "telemetry",
            "trace",
        ],
    ),
    (
        "tracing",
        &["panics", "session", "limits", "portal", "flow", "web", "telemetry"],
    ),
    ("tracing_subscriber", &["telemetry"]),
];

/// Single names that a room must not use although the crate is open to it: the domain and the store know Okta's states,
/// not Okta.
const NAMES: &[(&str, &[&str])] = &[
    ("domain", &["okta_direct_auth", "Client"]),
    ("session", &["okta_direct_auth", "Client"]),
];

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The roots of the crates of this workspace, but for `public-suffix`, which is two functions.
const ROOTS: [&str; 4] = [
    "src/lib.rs",
    "src/okta-direct-auth/src/lib.rs",
    "views/lib.rs",
    "tests/okta-sim/src/lib.rs",
];

/// Longest source file outside tests, in lines.
const LONGEST_FILE: usize = 400;

/// A manifest, one of its tables, and what must not stand there.
const MANIFESTS: &[(&str, &[&str], &[&str])] = &[
    (
        "tests/okta-sim/Cargo.toml",
        &["dependencies", "dev-dependencies", "build-dependencies"],
        &["portico", "okta-direct-auth", "portico-views"],
    ),
    (
        "views/Cargo.toml",
        &["dependencies", "dev-dependencies", "build-dependencies"],
        &[
            "portico",
            "okta-direct-auth",
            "okta-sim",
            "actix-web",
            "secrecy",
            "serde",
            "tokio",
        ],
    ),
    (
        "src/okta-direct-auth/Cargo.toml",
        &["dependencies", "build-dependencies"],
        &["portico", "portico-views", "okta-sim", "actix-web"],
    ),
];

/// What is wrong with one source file: every name in it that its room may not use.
fn violations(path: &str, source: &str) -> Vec<String> {
    let module = module_of(path);
    let room = module.first().map_or("", String::as_str);
    if WIRING.contains(&room) {
        return Vec::new();
    }
    let Some((_, may_name)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        return vec![format!("{path}: `{room}` is in no table of this test")];
    };
    let mut wrong = Vec::new();
    for name in names_in(source, module.len()) {
        let Some((first, rest)) = name.split_first() else {
            continue;
        };
        let is_wrong = match (first.as_str(), rest.first()) {
            ("crate", Some(other)) => {
                let is_room = ROOMS.iter().any(|(name, _)| name == other) || WIRING.contains(&other.as_str());
                is_room && other != room && !may_name.contains(&other.as_str())
            }
            (krate, _) => CRATES
                .iter()
                .any(|(name, rooms)| *name == krate && !rooms.contains(&room)),
        };
        let is_named = NAMES.iter().any(|(of, banned)| {
            *of == room && name.iter().zip(*banned).filter(|(a, b)| a == b).count() == banned.len()
        });
        if is_wrong || is_named {
            wrong.push(format!("{path}: `{room}` names {}", name.join("::")));
        }
    }
    wrong
}

/// The crates that a manifest must not depend on and does, under whatever name.
fn bad_dependencies(manifest: &str, tables: &[&str], banned: &[&str]) -> Vec<String> {
    let manifest: toml::Table = manifest.parse().expect("a manifest is TOML");
    let entries = tables
        .iter()
        .filter_map(|table| manifest.get(*table)?.as_table())
        .flatten();
    entries
        .map(|(key, value)| {
            let renamed = value.get("package").and_then(toml::Value::as_str);
            renamed.unwrap_or(key).to_owned()
        })
        .filter(|package| banned.contains(&package.as_str()))
        .collect()
}

/// The toolchain that the Dockerfile pins in an `ARG`, as a version or as an image with a tag.
fn dockerfile_toolchain(dockerfile: &str) -> Option<&str> {
    dockerfile.lines().find_map(|line| {
        let (name, value) = line.trim().strip_prefix("ARG ")?.split_once('=')?;
        let value = value.trim().trim_matches('"').split('@').next()?;
        let is_toolchain = name.contains("RUST") || name.contains("TOOLCHAIN");
        is_toolchain.then(|| value.rsplit(':').next().unwrap_or(value))
    })
}

/// Whether a toolchain is of the release that `rust-version` names.
fn is_release(toolchain: &str, rust_version: &str) -> bool {
    let patch = toolchain.strip_prefix(rust_version);
    patch.is_some_and(|patch| patch.is_empty() || patch.starts_with(['.', '-']))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The root of each crate, and the files below the root's folder: path and text.
fn workspace() -> impl Iterator<Item = (&'static str, BTreeMap<String, String>)> {
    ROOTS.iter().map(|root| {
        let folder = Path::new(root).parent().and_then(Path::to_str).unwrap();
        (*root, sources(folder).into_iter().collect())
    })
}

/// Every Rust file below `folder` outside tests: its path from the root, and its text.
fn sources(folder: &str) -> Vec<(String, String)> {
    let is_test = |path: &Path| {
        let mut names = path.strip_prefix(folder).unwrap().iter();
        names.any(|name| name == "tests" || name == "tests.rs")
    };
    let mut found: Vec<_> = files(folder, &["rs"])
        .into_iter()
        .filter(|path| !is_test(path))
        .map(|path| (path.to_str().unwrap().to_owned(), read(&Path::new(ROOT).join(path))))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no sources in {folder}");
    found
}

/// Every file below `folder` with one of these endings, by its path from the root.
fn files(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(ROOT).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.extend((path.file_name() != Some(OsStr::new("target"))).then_some(path));
            } else if endings
                .iter()
                .any(|ending| path.extension() == Some(OsStr::new(ending)))
            {
                found.push(path.strip_prefix(ROOT).unwrap().to_owned());
            }
        }
    }
    found
}

#[test]
fn arrows_between_rooms_point_inward() {
    let wrong: Vec<_> = sources("src")
        .iter()
        .filter(|(path, _)| !path.starts_with("src/okta-direct-auth/") && !path.starts_with("src/public-suffix/"))
        .flat_map(|(path, source)| violations(path, source))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn no_file_is_too_long_to_be_read_at_one_go() {
    let long: Vec<_> = ["src", "views", "tests/okta-sim/src"]
        .into_iter()
        .flat_map(sources)
        .filter(|(_, source)| source.lines().count() > LONGEST_FILE)
        .map(|(path, source)| format!("{path}: {} lines", source.lines().count()))
        .collect();
    assert!(long.is_empty(), "\n{}", long.join("\n"));
}

#[test]
fn the_crates_beside_the_app_know_nothing_of_it() {
    for (path, tables, banned) in MANIFESTS {
        let bad = bad_dependencies(&read(&Path::new(ROOT).join(path)), tables, banned);
        assert!(bad.is_empty(), "{path} depends on {bad:?}");
    }
}

#[test]
fn sec_609_the_simulator_can_be_left_out() {
    let manifest: toml::Table = read(&Path::new(ROOT).join("Cargo.toml")).parse().unwrap();
    let simulator = &manifest["dependencies"]["okta-sim"];
    assert_eq!(simulator.get("optional"), Some(&toml::Value::Boolean(true)));
}

#[test]
fn one_rust_version_is_named_everywhere() {
    let manifest: toml::Table = read(&Path::new(ROOT).join("Cargo.toml")).parse().unwrap();
    let version = &manifest["workspace"]["package"]["rust-version"];
    let dockerfile = Path::new(ROOT).join("docker/Dockerfile");
    if dockerfile.exists() {
        let text = read(&dockerfile);
        let toolchain = dockerfile_toolchain(&text).expect("an ARG names the toolchain");
        let version = version.as_str().unwrap();
        assert!(is_release(toolchain, version), "{toolchain} {version}");
    }
}
