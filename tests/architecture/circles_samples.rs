//! Circles are found however they are tied, and what only looks like one is left alone.

use std::collections::BTreeMap;

use super::circles::{Arrows, arrows_in, circles, complaints};
use super::modules::Crate;

/// The arrows of a crate whose root is `src/lib.rs`.
fn arrows(files: &[(&str, &str)]) -> Arrows {
    let files: BTreeMap<String, String> = files
        .iter()
        .map(|(path, source)| (format!("src/{path}"), (*source).to_owned()))
        .collect();
    arrows_in(&Crate::read("src/lib.rs", &files))
}

/// The two files of a circle, ways in which the first can name the second, and the other way round.
#[test]
fn a_circle_is_found_however_it_is_tied() {
    for (a, b) in [
        ("use crate::b::B; pub struct A;", "use crate::a::A; pub struct B;"),
        (
            "use super::b::B; pub struct A;",
            "fn f() -> super::a::A {} pub struct B;",
        ),
        (
            "use crate::{b::{B as X}}; pub fn a() {}",
            "fn f() { crate::a::a() } pub struct B;",
        ),
        (
            "use crate::b; pub const A: u8 = b::B;",
            "use super::a; pub const B: u8 = a::A;",
        ),
        (
            "use crate::b::{self}; pub static A: u8 = b::B;",
            "use super::a as x; pub const B: u8 = x::A;",
        ),
        ("use super::b::*; pub type A = u8;", "use crate::a::A; pub trait B {}"),
        ("use crate::B; pub enum A {}", "use crate::A; pub enum B {}"),
        (
            "use crate::B; fn f() { made!() }",
            "use crate::a::made_by_a_macro; pub enum B {}",
        ),
        (
            "#[cfg(test)] mod tests {} use crate::B; pub enum A {}",
            "#[cfg(unix)] use crate::A; pub enum B {}",
        ),
        (
            "pub struct A(crate::b::B);",
            "pub mod inner { fn f() { crate::a::A::new() } } pub struct B;",
        ),
        (
            "pub use crate::b::B; pub struct A(B);",
            "use crate::a::A; pub struct B;",
        ),
    ] {
        let root = "mod a; mod b; pub use a::A; pub(crate) use b::B;";
        let arrows = arrows(&[("lib.rs", root), ("a.rs", a), ("b.rs", b)]);
        let found: Vec<Vec<String>> = circles(&arrows)
            .into_iter()
            .map(|circle| circle.into_iter().collect())
            .collect();
        assert_eq!(found, [["src/a.rs", "src/b.rs"]], "{a} {b} {arrows:?}");
    }
}

#[test]
fn a_child_that_names_what_its_parent_defines_and_uses_it_back_is_a_circle() {
    for parent in [
        "mod child; pub struct Parent(child::Child);",
        "mod child; use child::Child; pub struct Parent(Child);",
        "mod child; pub use child::Child; pub struct Parent(Child);",
        "mod child; pub(crate) use self::child::Child as C; pub struct Parent(C);",
    ] {
        let child = "use super::Parent; pub struct Child;";
        for (file, below) in [
            ("a.rs", "a/child.rs"),
            ("a/mod.rs", "a/child.rs"),
            ("a.rs", "a/child/mod.rs"),
        ] {
            let arrows = arrows(&[("lib.rs", "mod a;"), (file, parent), (below, child)]);
            assert_eq!(circles(&arrows).len(), 1, "{file} {below} {parent}");
        }
    }
}

#[test]
fn what_only_looks_like_a_circle_is_left_alone() {
    let child = "use super::Parent; pub struct Child;";
    for (parent, child) in [
        ("mod child; pub struct Parent;", child),
        ("mod child; pub use child::Child; pub struct Parent;", child),
        (
            "mod child; use child::Child; pub struct Parent(Child);",
            "use super::super::a; pub struct Child;",
        ),
        (
            "mod child; use child::Child; pub struct Parent(Child);",
            "use super::Child as C; pub struct Child;",
        ),
        (
            "mod child; use child::Child; use other::Parent; fn f() -> (Child, Parent) {}",
            child,
        ),
        (
            "mod child; use child::Child; pub struct Parent(Child);",
            "#[cfg(test)] mod tests { use super::super::Parent; } #[cfg(test)] use super::Parent; pub struct Child;",
        ),
        (
            "mod child; use child::Child; pub struct Parent(Child);",
            "// use super::Parent;\n pub struct Child(std::fmt::Parent, Parent::Other); const C: &str = \"super::Parent\";",
        ),
        (
            "#[cfg(test)] mod child; #[cfg(test)] use child::Child; pub struct Parent;",
            "is not read",
        ),
    ] {
        let arrows = arrows(&[("lib.rs", "mod a;"), ("a.rs", parent), ("a/child.rs", child)]);
        assert_eq!(circles(&arrows).len(), 0, "{parent} {child} {arrows:?}");
    }
}

#[test]
fn a_name_that_is_passed_on_leads_to_where_it_is_defined() {
    let arrows = arrows(&[
        ("lib.rs", "mod a; mod b; mod far;"),
        (
            "a.rs",
            "mod deep; pub use deep::Deep; pub use crate::far::*; pub struct A; pub fn a() -> &'static Deep {}",
        ),
        ("a/deep.rs", "pub struct Deep; pub fn deep() {}"),
        ("far.rs", "pub struct Far;"),
        (
            "b.rs",
            "use crate::a::{A, Deep}; use super::a as x; fn f() { x::Far::new() }",
        ),
    ]);
    let of_b: Vec<(&str, Vec<&str>)> = arrows["src/b.rs"]
        .iter()
        .map(|(file, names)| (file.as_str(), names.iter().map(String::as_str).collect()))
        .collect();
    assert_eq!(
        of_b,
        [
            ("src/a.rs", vec!["A"]),
            ("src/a/deep.rs", vec!["Deep"]),
            ("src/far.rs", vec!["Far"])
        ]
    );
}

#[test]
fn a_circle_of_several_files_is_one_and_its_arrows_are_named() {
    let arrows = arrows(&[
        ("lib.rs", "mod a; mod b; mod c; mod aside;"),
        ("a.rs", "use crate::b::{B, also}; pub struct A;"),
        ("b.rs", "use crate::c::C; pub struct B; pub fn also() {}"),
        ("c.rs", "use crate::a::A; pub struct C; use crate::aside::Leaf;"),
        ("aside.rs", "pub struct Leaf;"),
    ]);
    let circle =
        "  src/a.rs names B, also of src/b.rs\n  src/b.rs names C of src/c.rs\n  src/c.rs names A of src/a.rs\n";
    assert_eq!(complaints(&arrows), [circle.to_owned()].into());
}
