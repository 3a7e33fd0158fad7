//! That docs/help-desk.md shows what the commands print.

use std::path::Path;

use okta_sim::Settings;

use crate::support::{Browser, PASSWORD, Served, portico, run};

/// An account of the simulator; the page calls it Robin's.
const ROBIN: &str = "password@example.com";

/// Times, distances, codes and pseudonyms are others each time.
fn shape(text: &str) -> String {
    let word = |word: &str| {
        let core = word.trim_matches(['(', ')', ',', ';', ':']);
        let is_hex = core.len() == 16 && core.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_time = core.len() == 5 && core.as_bytes()[2] == b':';
        let is_code = core.len() == 12 && core.bytes().filter(|byte| *byte == b'-').count() == 2;
        let is_count = word.starts_with('(') && core.bytes().all(|byte| byte.is_ascii_digit());
        match core {
            "second" | "seconds" => word.replace(core, "SECONDS"),
            _ if is_hex || is_time || is_code => word.replace(core, "X"),
            _ if is_count => word.replace(core, "N"),
            _ => word.to_owned(),
        }
    };
    let line = |line: &str| {
        let words: Vec<String> = line.split(' ').map(word).collect();
        // "(in 30 SECONDS)"
        let words = words.join(" ");
        match words.split_once("(in ") {
            Some((before, rest)) => {
                let rest = rest.split_once(' ').map_or(rest, |(_, rest)| rest);
                format!("{before}(in N {rest}")
            }
            None => words,
        }
    };
    // Okta may have revoked them already.
    let lines = text.lines().filter(|line| !line.contains("has not revoked yet"));
    lines.map(line).collect::<Vec<_>>().join("\n")
}

fn documented() -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/help-desk.md");
    let page = std::fs::read_to_string(page).unwrap();
    let blocks = page.split("```text\n").skip(1);
    blocks.map(|rest| shape(rest.split_once("```").unwrap().0)).collect()
}

#[tokio::test]
async fn the_page_for_the_help_desk_shows_what_the_commands_print() {
    let mut org = Settings::default();
    org.limits.user_per_second = 0;
    let served = Served::start_with(org, &[("LIMITS__PAIR_BURST", "100")]).await;
    let types = |arguments: &[&str]| {
        let mut command = portico(arguments);
        command.envs(served.variables.clone());
        let (code, said, complaints) = run(command);
        assert_eq!((code, complaints.as_str()), (0, ""), "{arguments:?}");
        shape(&said.replace(ROBIN, "robin@example.com"))
    };
    let (browser, other) = (served.browser(), served.browser());
    let tries = async |browser: &Browser, password: &str| {
        let form = browser.opens_sign_in(None).await;
        browser.submits_password(&form, ROBIN, password).await;
    };
    for _ in 0..6 {
        tries(&browser, "wrong").await;
    }
    let user = types(&["user", "show", ROBIN]);
    let limits = types(&["limits", "list"]);
    types(&["limits", "reset", "--user", ROBIN]);
    tries(&other, PASSWORD).await;
    assert!(other.is_signed_in());
    tries(&browser, "wrong").await;
    let erased = types(&["user", "erase", ROBIN]);
    let closed = types(&["closed", "on"]);
    let documented = documented();
    assert_eq!(documented.len(), 4, "{documented:?}");
    assert_eq!(documented[0], user);
    assert_eq!(documented[1], limits);
    assert_eq!(documented[2], erased);
    assert_eq!(documented[3], closed);
}
