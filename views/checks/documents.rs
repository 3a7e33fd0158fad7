use std::collections::HashSet;

use super::{all, documents, english, parsed, text, title};

#[test]
fn every_page_has_one_heading_one_main_and_a_foot() {
    for (name, document) in documents() {
        for selector in ["h1", "main", "body header", "footer", "title"] {
            assert_eq!(all(&document, selector).len(), 1, "{name}: {selector}");
        }
        let html = document.root_element().value();
        assert!(html.attr("lang").is_some() && html.attr("dir").is_some(), "{name}");
    }
}

#[test]
fn a_title_says_first_that_something_went_wrong() {
    for (name, document) in documents() {
        let is_wrong = !all(&document, ".summary").is_empty();
        let says_so = title(&document).starts_with("Error: ") || title(&document).starts_with("Fehler: ");
        let is_trouble = ["trouble", "forgotten"].iter().any(|kind| name.contains(kind));
        let is_calm = ["attempt-gone", "closed"].iter().any(|kind| name.contains(kind));
        assert_eq!(says_so, is_wrong || (is_trouble && !is_calm), "{name}");
    }
}

#[test]
fn every_step_has_a_title_of_its_own() {
    let steps = [
        "sign-in",
        "factor",
        "code-otp",
        "push",
        "passkey",
        "account",
        "sign-out",
        "signed-out",
        "forgotten",
    ];
    let mut seen = HashSet::new();
    for sample in english() {
        if steps.contains(&sample.name) || (sample.name.starts_with("trouble") && !sample.name.ends_with("retry")) {
            let title = title(&parsed(&sample));
            let is_other_cast = ["-long", "-bare", "-mirrored", "-hosted"]
                .iter()
                .any(|cast| sample.name.ends_with(cast));
            assert!(seen.insert(title.clone()) || is_other_cast, "{}: {title}", sample.name);
        }
    }
}

#[test]
fn the_number_to_tap_is_no_part_of_the_title() {
    for (name, document) in documents().filter(|(name, _)| name.contains("push")) {
        assert!(!title(&document).contains("95"), "{name}");
    }
}

#[test]
fn ids_are_unique_and_every_reference_finds_its_own() {
    for (name, document) in documents() {
        let mut ids = HashSet::new();
        for element in all(&document, "[id]") {
            assert!(
                ids.insert(element.value().attr("id").unwrap()),
                "{name}: {:?}",
                element.value()
            );
        }
        for attribute in ["aria-describedby", "aria-labelledby", "aria-controls", "for"] {
            for element in all(&document, &format!("[{attribute}]")) {
                for id in element.value().attr(attribute).unwrap().split(' ') {
                    assert!(ids.contains(id), "{name}: {attribute}={id}");
                }
            }
        }
        for link in all(&document, "a[href^='#']") {
            assert!(
                ids.contains(&link.value().attr("href").unwrap()[1..]),
                "{name}: {:?}",
                link.value()
            );
        }
    }
}

#[test]
fn no_page_is_a_dead_end() {
    for (name, document) in documents() {
        let ways = all(&document, "main a[href], main button:not([hidden]):not([type=button])");
        assert!(!ways.is_empty(), "{name}");
        assert!(
            ways.iter().all(|way| !text(*way).is_empty()),
            "{name}: a way on without words"
        );
    }
}

#[test]
fn every_step_can_be_left() {
    for sample in english() {
        let is_step = ["factor", "code", "push", "passkey"]
            .iter()
            .any(|step| sample.name.starts_with(step));
        let document = parsed(&sample);
        assert!(
            !is_step || !all(&document, "form[action$='/sign-in/restart']").is_empty(),
            "{}",
            sample.name
        );
    }
}

#[test]
fn nothing_is_inline_and_nothing_comes_from_elsewhere() {
    for (name, document) in documents() {
        assert!(
            all(
                &document,
                "style, [style], script:not([src]), base, iframe, meta[http-equiv]"
            )
            .is_empty(),
            "{name}"
        );
        for element in all(&document, "*") {
            assert!(
                !element
                    .value()
                    .attrs()
                    .any(|(attribute, _)| attribute.starts_with("on")),
                "{name}"
            );
        }
        for element in all(&document, "[src], link[href], [srcset]") {
            let of = |attribute| element.value().attr(attribute);
            let url = of("src").or(of("href")).or(of("srcset")).unwrap();
            let is_ours = url.starts_with("/assets/") || url == "/auth/companion.js";
            assert!(is_ours, "{name}: {url}");
        }
    }
}

#[test]
fn whatever_went_wrong_comes_first_and_is_announced() {
    for (name, document) in documents() {
        if let Some(summary) = all(&document, ".summary").first() {
            assert_eq!(all(&document, "main > *").first(), Some(summary), "{name}");
            assert_eq!(all(&document, ".summary > [role=alert] h2").len(), 1, "{name}");
        }
    }
}

#[test]
fn the_waiting_page_has_its_region_from_the_start() {
    for name in ["push", "push-number", "push-not-yet", "push-resent"] {
        let sample = english().into_iter().find(|sample| sample.name == name).unwrap();
        let document = parsed(&sample);
        assert_eq!(all(&document, ".wait [role=status]").len(), 1, "{name}");
        assert!(
            !all(&document, "form[action$='/sign-in/push'] button").is_empty(),
            "{name}: no way without script"
        );
    }
}
