use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{BrandStyle, Script, brand_css};

use super::english;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets").join(name)
}

fn read(folder: &Path) -> Vec<(String, String)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                fs::read_to_string(&path).unwrap(),
            )
        })
        .collect();
    files.sort();
    files
}

#[test]
fn every_script_is_there_and_small() {
    let files = read(&folder("js"));
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, Script::ALL.map(Script::file));
    for (name, text) in &files {
        assert!(text.lines().count() <= 60, "{name} is long");
        for forbidden in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "import ",
        ] {
            assert!(!text.contains(forbidden), "{name}: {forbidden}");
        }
    }
    let lines: usize = files.iter().map(|(_, text)| text.lines().count()).sum();
    assert!(lines <= 200, "{lines} lines of script");
}

#[test]
fn only_the_tokens_hold_colours() {
    for (name, text) in read(&folder("css")) {
        assert!(text.lines().count() <= 120, "{name} is long");
        assert!(!text.contains("!important") && !text.contains("@import"), "{name}");
        let has_colour = ["oklch(", "rgb(", "hsl(", "#"].iter().any(|sign| text.contains(sign));
        assert!(!has_colour || name == "20-tokens.css", "{name} has a colour of its own");
    }
}

#[test]
fn the_first_page_weighs_less_than_forty_kilobytes() {
    let page = english()
        .into_iter()
        .find(|sample| sample.name == "sign-in")
        .unwrap()
        .html
        .0;
    let scripts: usize = read(&folder("js"))
        .iter()
        .filter(|(name, _)| page.contains(name))
        .map(|(_, text)| text.len())
        .sum();
    let styles: usize = read(&folder("css")).iter().map(|(_, text)| text.len()).sum();
    let pictures: usize = read(&folder("brand")).iter().map(|(_, text)| text.len()).sum();
    let brand = brand_css(&BrandStyle::default()).unwrap().len();
    let total = page.len() + scripts + styles + pictures + brand;
    assert!(total < 40 * 1024, "{total} bytes before compression");
}
