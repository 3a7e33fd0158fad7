//! The picture in docs/architecture.md is drawn from the table of rooms, and the page names each room and what it may name.
//! `UPDATE_DOCS=1` draws it anew.

use std::fmt::Write as _;
use std::path::Path;

use super::{ROOMS, ROOT, read};

const PICTURE: &str = "docs/architecture.svg";
const PAGE: &str = "docs/architecture.md";

/// Sizes, in pixels.
const BOX: (usize, usize) = (130, 44);
const GAP: (usize, usize) = (36, 62);
const EDGE: usize = 24;

/// Where each room stands from left to right, in halves of a box and its gap, so that no arrow runs behind a box.
const COLUMNS: &[(&str, usize)] = &[
    ("web", 3),
    ("telemetry", 5),
    ("flow", 2),
    ("portal", 0),
    ("session", 1),
    ("limits", 3),
    ("http_client", 0),
    ("panics", 2),
    ("clock", 4),
    ("domain", 6),
    ("config", 8),
    ("trace", 10),
];

/// What a room may name.
fn below(room: &str) -> &'static [&'static str] {
    let row = ROOMS.iter().find(|(name, _)| *name == room);
    row.map_or(&[], |(_, below)| below)
}

/// How far a room stands from those that name nothing: it is above all that it may name.
fn floor(room: &str) -> usize {
    below(room).iter().map(|other| floor(other) + 1).max().unwrap_or(0)
}

/// What another room below names as well needs no arrow of its own.
fn is_said_by_another(from: &str, to: &str) -> bool {
    below(from).iter().any(|room| *room != to && reaches(room, to))
}

fn reaches(from: &str, to: &str) -> bool {
    below(from).iter().any(|room| *room == to || reaches(room, to))
}

/// The left upper corner of a room. The first row is the wiring.
fn corner(highest: usize, room: &str) -> (usize, usize) {
    let column = COLUMNS.iter().find(|(name, _)| *name == room);
    let (_, column) = column.unwrap_or_else(|| panic!("`{room}` has no column"));
    (
        EDGE + column * (BOX.0 + GAP.0) / 2,
        EDGE + (highest - floor(room) + 1) * (BOX.1 + GAP.1),
    )
}

fn drawn() -> String {
    let highest = ROOMS.iter().map(|(room, _)| floor(room)).max().unwrap_or(0);
    let last = COLUMNS.iter().map(|(_, column)| *column).max().unwrap_or(0);
    let widest = last * (BOX.0 + GAP.0) / 2 + BOX.0;
    let (width, height) = (widest + 2 * EDGE, (highest + 2) * (BOX.1 + GAP.1) - GAP.1 + 2 * EDGE);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-label=\"The rooms of src/ and which may name which\">\n<style>\n\
         rect {{ fill: #eef2f7; stroke: #33475b; }}\ntext {{ font: 15px sans-serif; fill: #1b2733; text-anchor: middle; }}\n\
         line {{ stroke: #5b7083; stroke-width: 1.3; marker-end: url(#tip); }}\n#tip path {{ fill: #5b7083; }}\n\
         @media (prefers-color-scheme: dark) {{ rect {{ fill: #22303d; stroke: #9fb3c6; }} text {{ fill: #e6edf3; }} \
         line {{ stroke: #9fb3c6; }} #tip path {{ fill: #9fb3c6; }} }}\n</style>\n\
         <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\">\
         <path d=\"M0 0 L8 4 L0 8 z\"/></marker></defs>\n"
    );
    for (from, below) in ROOMS {
        for to in below.iter().filter(|to| !is_said_by_another(from, to)) {
            let ((x1, y1), (x2, y2)) = (corner(highest, from), corner(highest, to));
            let (x1, x2) = (x1 + BOX.0 / 2, x2 + BOX.0 / 2);
            writeln!(svg, "<line x1=\"{x1}\" y1=\"{}\" x2=\"{x2}\" y2=\"{y2}\"/>", y1 + BOX.1).expect("text grows");
        }
    }
    square(
        &mut svg,
        (EDGE, EDGE),
        widest,
        "startup, cli: wiring, may name every room",
    );
    for (room, _) in ROOMS {
        square(&mut svg, corner(highest, room), BOX.0, room);
    }
    svg.push_str("</svg>\n");
    svg
}

fn square(svg: &mut String, (x, y): (usize, usize), width: usize, label: &str) {
    let height = BOX.1;
    writeln!(
        svg,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>\n<text x=\"{}\" y=\"{}\">{label}</text>",
        x + width / 2,
        y + height / 2 + 5
    )
    .expect("text grows");
}

#[test]
fn the_picture_shows_the_rooms() {
    let path = Path::new(ROOT).join(PICTURE);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, drawn()).unwrap();
    }
    let is_same = std::fs::read_to_string(&path).is_ok_and(|text| text == drawn());
    assert!(
        is_same,
        "{PICTURE} shows other rooms: UPDATE_DOCS=1 cargo test --test architecture picture"
    );
}

#[test]
fn the_page_names_each_room_and_what_it_may_name() {
    let page = read(&Path::new(ROOT).join(PAGE));
    for (room, below) in ROOMS {
        let names = match below {
            [] => "nothing".to_owned(),
            names => names.join(", "),
        };
        let row = page.lines().find(|line| line.starts_with(&format!("| `{room}` |")));
        let row = row.unwrap_or_else(|| panic!("{PAGE} has no row for `{room}`"));
        assert!(
            row.ends_with(&format!("| {names} |")),
            "{PAGE}: `{room}` may name {names}"
        );
    }
    let words = page.split("## Words").nth(1).expect("a glossary");
    let entries = words.lines().filter(|line| line.starts_with("| **")).count();
    assert!((5..=20).contains(&entries), "the glossary has {entries} words");
}
