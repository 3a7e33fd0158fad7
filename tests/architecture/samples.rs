//! The checker can fail: bad houses, and good ones that look bad.

use super::names::{module_of, names_in};
use super::{bad_dependencies, dockerfile_toolchain, is_release, violations};

/// A file, its text, and the name in it that must not be there.
const OUTWARD: &[(&str, &str, &str)] = &[
    ("src/domain/mod.rs", "use crate::flow::Flow;", "crate::flow::Flow"),
    ("src/domain/mod.rs", "use crate::{domain::x, web};", "crate::web"),
    (
        "src/domain/a/b.rs",
        "use crate::{x::{y, z}, session::{Secrets}};",
        "crate::session::Secrets",
    ),
    (
        "src/domain/mod.rs",
        "fn f() { crate::config::load() }",
        "crate::config::load",
    ),
    (
        "src/domain/mod.rs",
        "fn f() -> ::actix_web::HttpResponse {}",
        "actix_web::HttpResponse",
    ),
    ("src/domain/mod.rs", "use { std::fmt, tokio::sync };", "tokio::sync"),
    ("src/domain/mod.rs", "use tracing;", "tracing"),
    ("src/domain/mod.rs", "use reqwest as http;", "reqwest"),
    (
        "src/domain/mod.rs",
        "use okta_direct_auth::{Tokens, Client as C};",
        "okta_direct_auth::Client",
    ),
    ("src/domain/mod.rs", "use super::web::Page;", "crate::web::Page"),
    ("src/domain/a.rs", "use super::super::flow;", "crate::flow"),
    (
        "src/domain/a.rs",
        "mod x { use super::super::super::flow; }",
        "crate::flow",
    ),
    ("src/domain.rs", "use crate::web;", "crate::web"),
    ("src/config/mod.rs", "use crate::domain::X;", "crate::domain::X"),
    (
        "src/session/mod.rs",
        "use okta_direct_auth::Client;",
        "okta_direct_auth::Client",
    ),
    ("src/limits/mod.rs", "use actix_web::web;", "actix_web::web"),
    ("src/portal/mod.rs", "use crate::flow::Flow;", "crate::flow::Flow"),
    ("src/flow/mod.rs", "use actix_web::web;", "actix_web::web"),
    ("src/flow/mod.rs", "use maud::Markup;", "maud::Markup"),
    ("src/flow/mod.rs", "use portico_views::X;", "portico_views::X"),
    ("src/flow/mod.rs", "use crate::config::Config;", "crate::config::Config"),
    ("src/flow/mod.rs", "use crate::startup;", "crate::startup"),
    ("src/web/a.rs", "use crate::session::Store;", "crate::session::Store"),
    ("src/web/a.rs", "use crate::config::Config;", "crate::config::Config"),
    (
        "src/web/a.rs",
        "fn f(c: okta_direct_auth::Client) {}",
        "okta_direct_auth::Client",
    ),
    ("src/web/a.rs", "reqwest::get(x)", "reqwest::get"),
    (
        "src/web/a.rs",
        "let a = 'x'; let s = \"\\\"\"; crate::session::f()",
        "crate::session::f",
    ),
    ("src/telemetry/mod.rs", "use crate::web::X;", "crate::web::X"),
    ("src/clock.rs", "use crate::domain::X;", "crate::domain::X"),
];

#[test]
fn arrows_that_run_outward_are_found_however_they_are_written() {
    for (path, source, named) in OUTWARD {
        let wrong = violations(path, source);
        assert_eq!(wrong.len(), 1, "{path} {source} {wrong:?}");
        let named = format!("names {named}");
        assert!(wrong[0].ends_with(&named), "{path} {source} {wrong:?}");
    }
}

#[test]
fn a_room_that_no_table_knows_is_found() {
    let wrong = violations("src/helpers/mod.rs", "");
    assert_eq!(wrong, ["src/helpers/mod.rs: `helpers` is in no table of this test"]);
}

#[test]
fn what_only_looks_like_an_arrow_is_left_alone() {
    for (path, source) in [
        ("src/web/a.rs", "use crate::flow::{Flow, session}; use actix_web::web;"),
        (
            "src/web/a.rs",
            "use super::session; use super::session::show; session::show()",
        ),
        ("src/domain/a/b.rs", "use super::super::session::Session;"),
        (
            "src/domain/mod.rs",
            "use okta_direct_auth::{MfaRequired, ClientId}; use crate::domain::web;",
        ),
        (
            "src/domain/mod.rs",
            "// use crate::web;\n/* crate::web /* tokio::x */ crate::web */ //! reqwest::x",
        ),
        (
            "src/domain/mod.rs",
            "let a = \"crate::web \\\" tokio::x\"; let b = r#\"crate::web \" x\"#; let c = b\"tokio::x\";",
        ),
        (
            "src/domain/mod.rs",
            "fn f<'a>(x: &'a str) -> char { '\"' } // \" crate::web",
        ),
        (
            "src/domain/mod.rs",
            "fn f() {} #[cfg(test)] mod tests { use tokio::test; fn g() { crate::web::x() } }",
        ),
        (
            "src/domain/mod.rs",
            "#[cfg(test)] mod tests; let tokio = 1; x.tracing();",
        ),
        ("src/domain/mod.rs", "use std::{fmt as web, io}; my::tokio::x()"),
        ("src/main.rs", "use crate::web; use actix_web::App;"),
        ("src/startup.rs", "use okta_direct_auth::Client;"),
        ("src/cli/serve.rs", "use clap::Parser; use crate::config::Config;"),
        ("src/lib.rs", "pub mod web; pub use web::X;"),
    ] {
        assert_eq!(violations(path, source), [""; 0], "{path} {source}");
    }
}

#[test]
fn what_follows_a_test_still_counts() {
    for source in [
        "#[cfg(test)] mod tests { fn f() { {} } } use crate::web;",
        "#[cfg(test)] mod tests; use crate::web;",
        "#[cfg(test)] use tokio::{sync, time}; use crate::web;",
        "#[cfg(test)] #[derive(Debug)] fn f(a: tokio::A, b: tokio::B) -> [u8; 2] { {} } use crate::web;",
        "struct S { #[cfg(test)] pub a: tokio::A, b: crate::web::B }",
        "struct S { b: crate::web::B, #[cfg(test)] a: tokio::A }",
    ] {
        assert_eq!(violations("src/domain/mod.rs", source).len(), 1, "{source}");
    }
}

#[test]
fn files_know_their_module() {
    for (path, module) in [
        ("src/lib.rs", ""),
        ("src/main.rs", "main"),
        ("src/clock.rs", "clock"),
        ("src/flow/mod.rs", "flow"),
        ("src/flow/begin.rs", "flow::begin"),
        ("src/config/okta/checks.rs", "config::okta::checks"),
    ] {
        assert_eq!(module_of(path).join("::"), module, "{path}");
    }
}

#[test]
fn groups_are_unfolded() {
    let names: Vec<_> = names_in("use a::{b, c::{d, self}, e as f}; g::h::<I>();", 1)
        .iter()
        .map(|name| name.join("::"))
        .collect();
    assert_eq!(names, ["a::b", "a::c::d", "a::c::self", "a::e", "g::h"]);
}

#[test]
fn a_forbidden_dependency_is_found_under_any_name() {
    let manifest = "[dependencies]\nserde = \"1\"\nx = { package = \"portico\", path = \"..\" }\n\
        [dev-dependencies]\nokta-direct-auth = { workspace = true }\n";
    let both = ["dependencies", "dev-dependencies"];
    let banned = ["portico", "okta-direct-auth"];
    assert_eq!(bad_dependencies(manifest, &both, &banned), banned);
    assert_eq!(bad_dependencies(manifest, &both[..1], &banned), ["portico"]);
    assert_eq!(bad_dependencies(manifest, &both, &["tokio"]), [""; 0]);
}

#[test]
fn another_toolchain_in_the_dockerfile_is_found() {
    let toolchain = |text| dockerfile_toolchain(text);
    assert_eq!(toolchain("FROM x\nARG RUST_VERSION=1.95.0\n"), Some("1.95.0"));
    assert_eq!(toolchain("ARG DEBIAN=12\nARG RUST_TOOLCHAIN=\"1.95\""), Some("1.95"));
    let image = "ARG RUST_IMAGE=registry.example/library/rust:1.95-bookworm@sha256:00";
    assert_eq!(toolchain(image), Some("1.95-bookworm"));
    assert_eq!(toolchain("FROM rust:1.95"), None);
    for (toolchain, is_same) in [
        ("1.95", true),
        ("1.95.1", true),
        ("1.95-slim", true),
        ("1.9", false),
        ("1.96.0", false),
        ("1.950", false),
    ] {
        assert_eq!(is_release(toolchain, "1.95"), is_same, "{toolchain}");
    }
}
