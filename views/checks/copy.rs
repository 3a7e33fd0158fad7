use crate::copy::{ALL, EN, find};

#[test]
fn a_language_is_found_by_its_primary_tag() {
    for (tag, expected) in [
        ("en", Some("en")),
        ("EN-gb", Some("en")),
        ("en_US", Some("en")),
        ("xx", None),
        ("", None),
    ] {
        assert_eq!(find(tag).map(|words| words.lang), expected, "{tag}");
    }
}

#[test]
fn the_default_language_is_english() {
    assert_eq!(ALL.first().map(|words| words.lang), Some("en"));
}

#[test]
fn durations_never_promise_too_little() {
    let cases = [
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (61, "2 minutes"),
        (3_599, "1 hour"),
        (3_600, "1 hour"),
        (41_700, "11 hours 35 minutes"),
        (172_800, "2 days"),
    ];
    for (seconds, expected) in cases {
        assert_eq!((EN.shared.duration)(seconds), expected, "{seconds}");
    }
}

#[test]
fn no_language_leaves_words_out() {
    for words in ALL {
        let all = format!("{words:?}");
        assert!(
            !all.replace("Linked(\"\"", "")
                .replace("\"\", \"", "")
                .contains(": \"\""),
            "{}",
            words.lang
        );
        for countdown in [words.code.resend_wait, words.push.resend_wait, words.push.left] {
            assert!(countdown.contains("{}"), "{}: {countdown}", words.lang);
        }
    }
}
